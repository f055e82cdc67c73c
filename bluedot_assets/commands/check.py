"""`bluedot check`: vendor files judged without a run or a source, and before anything is set. What is set decides as in
a run; what is set wrong stops nothing. How a file is judged is in `kernel/checks/files/judged_files`."""

import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from bluedot_assets.adapters.source.local_folder import LocalSource, readable
from bluedot_assets.adapters.storage.raw_reading import raw_file
from bluedot_assets.commands.console import as_named, print_json, print_warning
from bluedot_assets.kernel.alerts.github_annotations import printable
from bluedot_assets.kernel.bars.answers import AnswerRules
from bluedot_assets.kernel.bars.normalize import NormalizeRules
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES, Timeframe
from bluedot_assets.kernel.checks.files.judged_files import (
    FileRules,
    Judged,
    judge_files,
    rejected_file,
    unmade_series,
)
from bluedot_assets.kernel.errors import UsageError
from bluedot_assets.kernel.series.indicators import enabled_indicators
from bluedot_assets.kernel.source.file_names import stock_of
from bluedot_assets.kernel.source.raw_file import MAX_FILE_BYTES, RawFile, SourceFile
from bluedot_assets.kernel.source.tree_names import TRIGGERS, JudgedName, Place, judge_name, judge_stray_name
from bluedot_assets.kernel.tradingview.tickers import TickerRules
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.settings.fields import Settings
from bluedot_assets.settings.load import usable_settings

NAMES = " or ".join(f"AAPL{timeframe.ending}" for timeframe in TIMEFRAMES.values())
NAMED = 3  # files of those that are alike
MEANT = frozenset({"stock file", "ignored"})
Places = dict[tuple[Path, Timeframe], list[Path]]


def check_files(named: Sequence[Path], *, as_json: bool) -> int:
    """Show what would become of each file; 1 when one would be rejected. Raises UsageError, and SettingsError for a
    file of calendars or tickers that cannot be used."""
    files, left_out = _files(named)
    places, others = _places(files)
    platform = Platform(_settings())
    judged = [*others, *(one for place, files in places.items() for one in _judged(platform, *place, files))]
    if as_json:
        paths = [str(path) for path in left_out]
        print_json({"usable": all(one.usable for one in judged), "files": judged, "left_out": paths})
    else:
        # Of hundreds of files the last lines are seen.
        lines = [*_left_out_lines(left_out), *_usable_lines(judged), *_rejected_lines(judged)]
        sys.stdout.writelines(f"{line}\n" for line in [*lines, *_unmade(judged, platform), _summary(judged)])
    return 0 if all(one.usable for one in judged) else 1


def _settings() -> Settings:
    """With the default in place of each that is wrong, and of all where `.env` cannot be read."""
    settings, wrong = usable_settings()
    for sentence in dict.fromkeys(wrong.values()):
        print_warning(f"{sentence} The files are judged by the default.")
    return settings


def _files(named: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """The files that are meant, those of a folder and below it where they are or were meant to be stock files, and what
    else in it is JSON. Raises UsageError for what is not there."""
    found: dict[Path, None] = {}  # each once, in this order
    left_out: dict[Path, None] = {}
    for path in named:
        paths = [path] if path.exists() else sorted(Path(path.anchor).glob(str(path.relative_to(path.anchor))))
        below = [file for one in paths for file in (_files_in(one) if one.is_dir() else [one])]
        others = {file for file in below if file not in paths and _judged_name(file)[1].kind not in MEANT}
        if others.issuperset(below):
            what = "has no stock file" if paths else "is not there"
            raise UsageError(f"{path} {what}: name vendor files ({NAMES}), or a folder with such files.")
        found |= dict.fromkeys(file for file in below if file not in others)
        left_out |= dict.fromkeys(file for file in below if file in others and file.suffix == ".json")
    return list(found), [path for path in left_out if path not in found]


def _files_in(folder: Path) -> list[Path]:
    """Links of folders show what lies elsewhere in the tree."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _judged_name(path: Path) -> tuple[Timeframe | None, JudgedName]:
    """The timeframe that the folder is named after, else the file, and what the file's name is there: the same whether
    the file is named or its folder."""
    folder, name = path.parent.resolve().name, readable(path.name)
    frames = TIMEFRAMES.values()
    timeframe = next((one for one in frames if one.is_key(folder)), None) or next(
        (one for one in frames if one.name in name.lower()), None
    )
    if timeframe is None or folder == TRIGGERS:
        return None, JudgedName("other") if folder == TRIGGERS else judge_stray_name(name)
    return timeframe, judge_name(name, Place(timeframe, folder))


def _places(files: Iterable[Path]) -> tuple[Places, list[Judged]]:
    """The stock files of each folder and timeframe, and the files that are none."""
    places: Places = defaultdict(list)
    others = []
    for path in files:
        timeframe, name = _judged_name(path)
        if timeframe and name.kind == "stock file":
            places[path.parent, timeframe].append(path)
        else:
            reason = name.reason or "it is named like no stock file"
            remedy = name.remedy or f"name it like {NAMES}"
            frame = timeframe.name if timeframe else ""
            why = (reason, "file name", f"{remedy[0].upper()}{remedy[1:]}.")
            others.append(rejected_file(readable(str(path)), frame, "", *why))
    return places, others


def _judged(platform: Platform, folder: Path, timeframe: Timeframe, files: Sequence[Path]) -> list[Judged]:
    """Of one partition: that which the folder is named after, else that of today."""
    name, settings = folder.resolve().name, platform.settings  # a link `latest` is the folder that it leads to
    key = name if timeframe.is_key(name) else timeframe.key_of(platform.clock().date())
    answers = AnswerRules(platform.trading_days, publish=settings.unfinished_bars == "publish")
    normalize = NormalizeRules(timeframe, timeframe.end(key), settings.exchange_timezones, answers)
    judged = judge_files([*_read(files)], FileRules(normalize, key, settings.min_bars))
    tickers = platform.ticker_rules()  # of a file that is read anew each time
    return [_with_ticker(one, timeframe, tickers) for one in judged]


def _with_ticker(one: Judged, timeframe: Timeframe, rules: TickerRules) -> Judged:
    if one.timezone is None:
        return one
    found = rules.ticker(stock_of(Path(one.file).name, timeframe), one.timezone)
    missing = [] if found.ticker else [f"No ticker at TradingView: {found.problem}."]
    return msgspec.structs.replace(one, ticker=found.ticker, warnings=[*one.warnings, *missing])


def _read(files: Iterable[Path]) -> Iterator[RawFile]:
    source = LocalSource(Path(), retries=0, confined=False)  # who names a file may read it
    for path in files:
        stat = path.stat()
        file = SourceFile(readable(path.name), str(path), stat.st_size, datetime.fromtimestamp(stat.st_mtime, UTC))
        content = dict(source.read([file])).get(file) if file.size <= MAX_FILE_BYTES else None
        yield msgspec.structs.replace(raw_file(source, file, content), origin_id=readable(str(path)))


def _left_out_lines(paths: Sequence[Path]) -> Iterator[str]:
    if paths:
        yield f"left out {_some([str(path) for path in paths])}: named like no stock file ({NAMES})"


def _usable_lines(judged: Iterable[Judged]) -> Iterator[str]:
    """What would be published, a line for all files that have the same warnings but for their own names and numbers."""
    groups: dict[tuple[str, ...], list[Judged]] = defaultdict(list)
    for one in judged:
        if one.usable:
            groups[tuple(_without_own(warning, one) for warning in one.warnings)].append(one)
    for _, alike in sorted(groups.items(), key=lambda group: len(group[0])):
        yield _usable_line(alike)
        for texts in zip(*[one.warnings for one in alike], strict=True):
            of_first = "" if len(set(texts)) == 1 else f" ({Path(alike[0].file).name})"
            yield f"         warning{printable(of_first)}: {printable(texts[0])}"


def _without_own(warning: str, one: Judged) -> str:
    return re.sub(rf"\b{re.escape(one.symbol or Path(one.file).name)}\b|\d[\d.,:-]*", "", warning)


def _usable_line(alike: Sequence[Judged]) -> str:
    first = alike[0]
    who = f"{first.symbol}, {first.ticker or 'no ticker'}" if len(alike) == 1 else f"{len(alike):,} files"
    zones = ", ".join(sorted({one.timezone for one in alike if one.timezone}))
    begin = min(one.first_session for one in alike if one.first_session)
    end = max(one.last_session for one in alike if one.last_session)
    bars, dots = sum(one.bars for one in alike), sum(one.dots for one in alike)
    made_up = ", made up by bluedot sample" if all(one.sample for one in alike) else ""
    places = {(one.timeframe, one.partition) for one in alike}
    name = f"{_some([one.file for one in alike])}{_place(first) if len(places) == 1 else ''}"
    return f"usable   {name}: {who} ({zones}), {bars:,} bars from {begin} to {end}, {dots:,} dots{made_up}"


def _rejected_lines(judged: Iterable[Judged]) -> Iterator[str]:
    for one in judged:
        if not one.usable:
            about = f" [{one.field}]" if one.field else ""
            yield f"rejected {_some([one.file])}{_place(one)}: {printable(one.reason or '')}{about}. {one.remedy}"


def _some(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - NAMED:,} more" if len(paths) > NAMED else ""
    return ", ".join(printable(as_named(path)) for path in paths[:NAMED]) + more


def _place(one: Judged) -> str:
    return f" ({' '.join(filter(None, [one.timeframe, one.partition]))})" if one.timeframe else ""


def _unmade(judged: Sequence[Judged], platform: Platform) -> Iterator[str]:
    """What a run would stop for in files that are good, each once."""
    series = {one.name: one.columns for one in enabled_indicators(platform.settings.indicators)}
    found = [
        sentence
        for timeframe in TIMEFRAMES
        for sentence in unmade_series([one for one in judged if one.timeframe == timeframe], series)
    ]
    yield from dict.fromkeys(found)


def _summary(judged: Sequence[Judged]) -> str:
    usable = [one for one in judged if one.usable]
    warned = sum(bool(one.warnings) for one in usable)
    files = f"{len(judged)} file{'s' if len(judged) != 1 else ''}"
    published = f"{len(usable)} would be published ({warned} with warnings)"
    return f"{files}: {published}, {len(judged) - len(usable)} rejected. Nothing was run."
