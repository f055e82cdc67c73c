"""What each name in the source's tree is: a stock file, a partition, a trigger, a system's own file, or something that
is ignored although it was meant to be read, with what to rename it to. Which stock file a misspelled name means is in
`file_names`, which partition in `calendar/timeframes`; the names are listed by `adapters/source`."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import msgspec

from bluedot_assets.kernel.calendar.misnamed_keys import plain
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES, Timeframe
from bluedot_assets.kernel.source.file_names import is_stock_file, meant_stock, without_copy_marks

TRIGGERS: Final = "triggers"
LATEST: Final = "latest"
# `other` is nothing that was meant to be read, as far as its name tells.
NameKind = Literal["stock file", "partition", "known folder", "system file", "other", "ignored"]
SHOWN: Final = 10  # ignored names in a sentence
_TRIGGER_FILES: Final = tuple(f"{name}_ready.txt" for name in TIMEFRAMES)
# What operating systems, file managers and synchronising programs leave behind.
_SYSTEM_NAMES: Final = frozenset(
    {
        *("desktop.ini", "thumbs.db", "ehthumbs.db", "$recycle.bin", "system volume information"),
        *(
            ".ds_store",
            ".localized",
            "icon\r",
            "__macosx",
            ".spotlight-v100",
            ".trashes",
            ".fseventsd",
            ".temporaryitems",
        ),
        *(".directory", "lost+found", ".nomedia", "@eadir", "#recycle", ".git", ".gitkeep", ".keep"),
        *(
            ".dropbox",
            ".dropbox.attr",
            ".tmp.drivedownload",
            ".tmp.driveupload",
            ".stfolder",
            ".stignore",
            ".stversions",
        ),
    }
)
_SYSTEM_STARTS: Final = ("._", ".~lock.", ".trash-", ".nfs", ".fuse_hidden", ".syncthing.")
_UPLOADING: Final = re.compile(
    r"\.(part|partial|filepart|crdownload|opdownload|download|upload|uploading|tmp|temp|!ut)$|^~\$|^\..+\.\w{6}$", re.I
)
_ARCHIVE: Final = re.compile(r"\.(zip|gz|tgz|tar|bz2|xz|7z|rar|zst)$", re.I)
_SHORTCUT: Final = re.compile(r"\.(gdoc|gsheet|gslides|gshortcut|lnk|url|webloc|desktop)$", re.I)
_OTHER_FORMAT: Final = re.compile(r"\.(csv|tsv|xlsx?|ods|pdf|html?|xml|parquet|png|jpe?g)$", re.I)
_DATED: Final = re.compile(
    r"(19|20)\d\d[\W_]?\d|\d[\W_](19|20)\d\d|(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[\W_]*(\d\d?[\W_]+)?20\d\d",
    re.I,
)


class Place(msgspec.Struct, frozen=True):
    """A folder of the tree: the root, a timeframe's, a partition's."""

    timeframe: Timeframe | None = None
    key: str = ""

    def path(self, name: str) -> str:
        parts = [*([self.timeframe.name] if self.timeframe else []), *([self.key] if self.key else []), name]
        path = "/".join(parts)
        # A blank at the end must show.
        return path if path.isprintable() and path == path.strip() else repr(path)


@dataclass(frozen=True)
class JudgedName:
    """A judged name. Of an ignored one `reason` says why, `remedy` what a person can do, and `meant` how it should be
    called in the same folder, "" where that would not cure it."""

    kind: NameKind
    reason: str = ""
    remedy: str = ""
    meant: str = ""


class IgnoredName(msgspec.Struct, frozen=True):
    """What was meant to be read and is not: where it is, why, and what to do."""

    path: str
    reason: str
    remedy: str
    name: str
    meant: str = ""  # what it should be called

    def __str__(self) -> str:
        return f"{self.path} is ignored ({self.reason}): {self.remedy}"


@dataclass(frozen=True)
class PartitionListing:
    """The partitions of a timeframe in the source, oldest first, and what lies beside them and above and is ignored."""

    keys: list[str]
    ignored: list[IgnoredName]


def list_partitions(
    timeframe: Timeframe, root: Iterable[tuple[str, bool]], beside: Iterable[tuple[str, bool]]
) -> PartitionListing:
    """Of the names in the root folder and in the timeframe's, each with whether it is a folder."""
    beside, place = list(beside), Place(timeframe)
    judged = {name: judge_name(name, place, folder=folder) for name, folder in beside}
    keys = sorted(name for name, one in judged.items() if one.kind == "partition")
    return PartitionListing(keys, [*ignored_names(root, Place()), *ignored_names(beside, place)])


def ignored_names(entries: Iterable[tuple[str, bool]], place: Place) -> list[IgnoredName]:
    """Those of a folder's names that were meant to be read and are not."""
    entries = sorted(set(entries))
    names = {name for name, _ in entries}
    found = []
    for name, folder in entries:
        judged = judge_name(name, place, folder=folder)
        if judged.kind == "ignored":
            remedy = _possible(judged, names, folder=folder)
            found.append(IgnoredName(place.path(name), judged.reason, remedy, name, judged.meant))
    return found


def misnamed_trigger(names: Iterable[str], timeframe: Timeframe) -> str:
    """What is wrong with a trigger that lies in its folder under another name alone (`daily_ready.txt.txt`), "" where
    there is none such."""
    right = f"{timeframe.name}_ready.txt"
    form = re.compile(rf"{timeframe.name}[\s_-]*ready(\.txt|\s*\(\d+\))*", re.I)
    found = next((name for name in sorted(names) if form.fullmatch(without_copy_marks(name))), None)
    return f"there is only {found!r}, rename it to {right}" if found else ""


def misnamed_folders(root: Iterable[tuple[str, bool]]) -> str:
    """Of a root folder that has no timeframe's folder those that were meant to be one, in a sentence; "" for none."""
    return in_a_sentence([one for one in ignored_names(root, Place()) if one.meant])


def _possible(judged: JudgedName, names: set[str], *, folder: bool) -> str:
    """The remedy, where another bears the right name already."""
    if not judged.meant or judged.meant not in names:
        return judged.remedy
    return f"move its files into {judged.meant}" if folder else f"keep one of it and {judged.meant}, under that name"


def in_a_sentence(ignored: Sequence[IgnoredName]) -> str:
    """The first few, and how many more; "" for none."""
    more = f"; and {len(ignored) - SHOWN} more" if len(ignored) > SHOWN else ""
    return "; ".join(map(str, ignored[:SHOWN])) + more


def judge_name(name: str, place: Place, *, folder: bool = False) -> JudgedName:
    """The one judge of every name in the tree."""
    if name.lower() in _SYSTEM_NAMES or name.lower().startswith(_SYSTEM_STARTS):
        return JudgedName("system file")
    if place.timeframe is None:
        return _in_root(name, folder=folder)
    if not place.key:
        return _folder_in_timeframe(name, place.timeframe) if folder else _file_in_timeframe(name, place.timeframe)
    if folder:
        return _ignored("a folder", f"move its files up into {place.timeframe.name}/{place.key}, or delete it")
    if is_stock_file(name, place.timeframe):
        return JudgedName("stock file")
    return _misplaced_in_partition(name, place.timeframe) or _misnamed_file(name, place.timeframe)


def judge_stray_name(name: str) -> JudgedName:
    """A file's name where no folder tells the timeframe: `BEFODIX.json` may be a stock's file of each."""
    ends = [
        (timeframe.ending, judge_name(name, Place(timeframe, timeframe.example))) for timeframe in TIMEFRAMES.values()
    ]
    if not all(one.meant for _, one in ends):
        return JudgedName("other")
    ending, first = ends[0]
    reason = first.reason.replace(ending, " or ".join(ending for ending, _ in ends))
    remedy = first.remedy.replace(first.meant, " or ".join(one.meant for _, one in ends))
    return JudgedName("ignored", reason, remedy)


def _renamed(reason: str, meant: str) -> JudgedName:
    return JudgedName("ignored", reason, f"rename it to {meant}", meant)


def _ignored(reason: str, remedy: str) -> JudgedName:
    return JudgedName("ignored", reason, remedy)


def _in_root(name: str, *, folder: bool) -> JudgedName:
    if not folder:
        return _misplaced_file(name, "the folder of its date")
    if name in {*TIMEFRAMES, TRIGGERS}:
        return JudgedName("known folder")
    letters = re.sub(r"[^a-z]", "", without_copy_marks(plain(name)).lower())
    for known in (*TIMEFRAMES, TRIGGERS):
        if letters in {known, known.removesuffix("s"), f"{known}s"}:
            return _renamed("no folder is read under this name", known)
    for timeframe in TIMEFRAMES.values():
        if key := name if timeframe.is_key(name) else timeframe.meant(name):
            return _ignored(f"a dated folder outside of {timeframe.name}/", f"move it to {timeframe.name}/{key}")
    return JudgedName("other")


def _folder_in_timeframe(name: str, timeframe: Timeframe) -> JudgedName:
    if timeframe.is_key(name) or name == LATEST:
        return JudgedName("known folder" if name == LATEST else "partition")
    absence, meant = timeframe.absence(name), timeframe.meant(name)
    for other in TIMEFRAMES.values():
        if other.is_key(name):
            rename = f", or rename it to {meant}" if meant else ""
            return _ignored(f"a {other.name} key in {timeframe.name}/", f"move it to {other.name}/{name}{rename}")
    if meant:
        return _renamed(absence or _key_reason(name, meant), meant)
    if absence or _DATED.search(plain(name)):
        span = "week" if timeframe.days == 7 else "day"
        return _ignored(absence or f"no {timeframe.name} key", f"rename it to its {span}, like {timeframe.example}")
    return JudgedName("other")


def _file_in_timeframe(name: str, timeframe: Timeframe) -> JudgedName:
    if timeframe.is_key(name):
        return _ignored("a file and no folder", "remove it, and make a folder of that name")
    if (key := timeframe.meant(name)) and _ARCHIVE.search(name):
        return _ignored("an archive", f"unpack it into the folder {timeframe.name}/{key}")
    return _misplaced_file(name, f"the folder of its date, like {timeframe.name}/{timeframe.example}")


def _key_reason(name: str, meant: str) -> str:
    if name.strip() == meant:
        return "a blank before or after its name"
    return "its characters only look like those of a key" if plain(name) == meant else "not written as a key"


def _misplaced_file(name: str, where: str) -> JudgedName:
    """A file where only folders are read."""
    if any(is_stock_file(name, one) or meant_stock(name, one) for one in TIMEFRAMES.values()):
        return _ignored("a stock file outside of a dated folder", f"move it into {where}")
    if name.lower() in _TRIGGER_FILES:
        return _ignored(f"a trigger outside of {TRIGGERS}/", f"move it to {TRIGGERS}/{name.lower()}")
    return JudgedName("other")


def _misplaced_in_partition(name: str, timeframe: Timeframe) -> JudgedName | None:
    for other in TIMEFRAMES.values():
        if other is not timeframe and is_stock_file(name, other):
            return _ignored(f"a {other.name} file", f"move it to its folder in {other.name}/")
    return _misplaced_file(name, "") if name.lower() in _TRIGGER_FILES else None


def _misnamed_file(name: str, timeframe: Timeframe) -> JudgedName:
    stock = meant_stock(name, timeframe)
    meant = f"{stock}{timeframe.ending}" if stock else ""
    if _UPLOADING.search(name):
        return JudgedName("ignored", "an upload in progress", "wait until it ends, else delete it", meant)
    if _ARCHIVE.search(name):
        return JudgedName("ignored", "an archive", f"unpack it{f' to {meant}' if meant else ''}", meant)
    if meant and (_SHORTCUT.search(name) or _OTHER_FORMAT.search(name)):
        return JudgedName("ignored", "not the vendor's JSON", f"put that there as {meant}", meant)
    return _renamed(_name_reason(name, timeframe), meant) if meant else JudgedName("other")


def _name_reason(name: str, timeframe: Timeframe) -> str:
    if not name.lower().endswith(timeframe.ending):
        return f"its name does not end in {timeframe.ending}"
    if name.strip() != name or plain(name) != name:
        return "blanks, or characters that only look like plain ones, in its name"
    return "named as a copy or a hidden file is"
