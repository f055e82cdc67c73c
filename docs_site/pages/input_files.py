"""The page *Input files*: the fields from the model of a vendor file, and what the rules make of a file without one, or
of a bad file. The files are the sample's, the rules those of a run: each is tried when the page is made."""

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import md5
from pathlib import Path
from typing import Any, Final, get_args, get_type_hints

import msgspec
import polars as pl

from bluedot_assets.kernel.bars.normalize import MAX_BAD_BARS, NormalizeRules, Shard, normalize
from bluedot_assets.kernel.calendar.timeframes import DAILY
from bluedot_assets.kernel.sample.faults import FAULT_KINDS
from bluedot_assets.kernel.sample.tree import SamplePlan, sample_files
from bluedot_assets.kernel.source.duplicates import resolve_duplicates
from bluedot_assets.kernel.source.file_names import MAX_STOCK_NAME, is_stock_file
from bluedot_assets.kernel.source.raw_file import MAX_FILE_BYTES, RawFile
from bluedot_assets.kernel.source.vendor_fields import BlueDots, Chart, Document, Pattern, Peripheral
from docs_site.pages.markdown import code, table, text

_WRITTEN: Final = Path(__file__).with_suffix(".md")
_DAY: Final = date(2024, 8, 2)
_ZONES: Final = ("Asia/Kolkata", "America/New_York")
_COUNTED: Final = ("dropped_bars", "future_bars", "duplicate_bars", "undated_bars", "nulled_values", "dropped_dots")
_TOO_LARGE: Final = "over-size"  # is found by its size, before it is read


@dataclass(frozen=True)
class Field:
    """A field of the model by its path, and whether a file must have it, as trying it without says."""

    path: str
    form: str
    meaning: str
    outcome: "Outcome"


@dataclass(frozen=True)
class Outcome:
    """What the rules make of a file: the words of its rejection, or what differs from the whole file's tables."""

    rejected: str
    changed: str = ""


def input_page() -> str:
    """The written part with the tables and the example in their places."""
    fields = [
        (code(one.path), "**yes**" if one.outcome.rejected else "no", text(one.form), text(one.meaning), _without(one))
        for one in input_fields()
    ]
    made = {
        "fields": table(("Field", "Required", "Form and unit", "Meaning", "A file without it"), fields),
        "faults": table(("A file", "What becomes of it"), map(_judged, FAULT_KINDS)),
        "example": ["```json", *json.dumps(_example(), indent=2, ensure_ascii=False).splitlines(), "```"],
    }
    limits = {
        "megabytes": str(MAX_FILE_BYTES >> 20),
        "longest": str(MAX_STOCK_NAME),
        "bad_bars": f"{100 * MAX_BAD_BARS:g} %",
    }
    page = _WRITTEN.read_text("utf-8")
    for name, content in {**limits, **{name: "\n".join(lines) for name, lines in made.items()}}.items():
        page = page.replace(f"{{{{ {name} }}}}", content)
    return page


def input_fields() -> Iterator[Field]:
    """Every field of the model in its order, those of a bar after the list of bars."""
    whole = sample_document()
    before = judge(whole)
    for path, meta in _paths(Document, ""):
        yield Field(path, meta.title or "", meta.description or "", _outcome(judge(without(whole, path)), before))


def without(document: dict[str, Any], path: str) -> dict[str, Any]:
    """The document without that field, in all of its bars where it is one of a bar."""
    changed = deepcopy(document)
    *outer, name = path.split(".")
    places: list[Any] = [changed]
    for key in outer:
        places = [one[key.removesuffix("[]")] for one in places]
        places = [bar for bars in places for bar in bars] if key.endswith("[]") else places
    for place in places:
        place.pop(name, None)
    return changed


def judge(document: dict[str, Any]) -> Shard:
    """The tables of a daily file with that content."""
    return _normalized([_raw("DASESEN_daily.json", json.dumps(document).encode())])


def _paths(model: type[msgspec.Struct], above: str) -> Iterator[tuple[str, msgspec.Meta]]:
    for name, annotation in get_type_hints(model, include_extras=True).items():
        kind, meta = get_args(annotation)
        path = f"{above}{name}"
        yield path, meta
        if inner := next(_structs(kind), None):
            yield from _paths(inner, f"{path}[]." if path == "chart.prices" else f"{path}.")


def _structs(kind: Any) -> Iterator[type[msgspec.Struct]]:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield kind
    for inner in get_args(kind):
        yield from _structs(inner)


def _outcome(shard: Shard, before: Shard) -> Outcome:
    if shard.rejected.height:
        return Outcome(shard.rejected["reason"][0])
    changed = []
    for name in ("bars", "dots", "stocks"):
        now, then = getattr(shard, name), getattr(before, name)
        if now.height != then.height:
            changed.append(f"`{name}` has {now.height} rows instead of {then.height}")
            continue
        changed += [
            f"`{name}.{column}` is {_content(now[column])}"
            for column in now.columns
            if column != "md5" and not now[column].equals(then[column], null_equal=True)
        ]
    return Outcome("", ", ".join(changed))


def _content(column: pl.Series) -> str:
    if column.null_count() == len(column):
        return "null"
    if column.dtype == pl.Boolean and not column.any():
        return "false"
    return str(column[0]) if len(column) == 1 else "another"


def _without(field: Field) -> str:
    outcome = field.outcome
    return f"rejected: *{text(outcome.rejected)}*" if outcome.rejected else text(outcome.changed or "the same")


def _judged(kind: str) -> tuple[str, str]:
    """What becomes of a file of that fault."""
    fault = FAULT_KINDS[kind]
    if kind == _TOO_LARGE:
        return text(fault.meaning), "rejected before it is read"
    plan = SamplePlan(stocks=0, days=1, weeks=0, seed=1, end=_DAY, exchange="india", fault_kinds=(kind,))
    named = [(one.path.split("/")[-1], one) for one in sample_files(plan) if one.path.startswith("daily/2")]
    files = [_raw(name, one.content, one.modified) for name, one in named if is_stock_file(name, DAILY)]
    if not files:
        return text(fault.meaning), "ignored: the check `files_named` names what was meant to be read"
    resolved = resolve_duplicates(files, DAILY)
    lost = {one["origin_id"] for one in resolved.rejected}
    shard = _normalized([one for one in files if one.origin_id not in lost])
    reasons = [str(one["reason"]) for one in resolved.rejected] + shard.rejected["reason"].to_list()
    if reasons:
        return text(fault.meaning), f"{'one is ' if lost else ''}rejected: *{text(reasons[0])}*"
    counts = {name: shard.stocks[name].sum() for name in _COUNTED}
    listed = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items() if count)
    return text(fault.meaning), f"accepted: {listed or 'kept once'}"


def _normalized(files: list[RawFile]) -> Shard:
    return normalize(files, NormalizeRules(DAILY, _DAY, _ZONES))


def _raw(name: str, content: bytes, modified: datetime = datetime(2024, 8, 3, 6, tzinfo=UTC)) -> RawFile:
    digest = md5(content, usedforsecurity=False).hexdigest()
    return RawFile(name, name, len(content), modified, digest, content)


def sample_document() -> dict[str, Any]:
    """A file in which every field of the model has a value, but for the vendor's words of an error."""
    plan = SamplePlan(stocks=2, days=1, weeks=0, seed=1, end=_DAY, exchange="india")
    content = [one.content for one in sample_files(plan) if one.path.endswith("_daily.json")][1]
    document: dict[str, Any] = json.loads(content)
    document["chart"]["peripheralData"]["isETF"] = True
    document["chart"]["blueDotData"] |= {"isASM": 1, "isGSM": 1}
    return document


def _example() -> dict[str, Any]:
    """The same with two bars and two dots, and without what is not read."""
    whole = sample_document()
    chart = whole["chart"]
    chart["prices"] = chart["prices"][:2]
    chart["blueDotData"]["dates"] = chart["blueDotData"]["dates"][:2]
    for name, model in (("peripheralData", Peripheral), ("blueDotData", BlueDots), ("lastCompletedPattern", Pattern)):
        chart[name] = {key: value for key, value in chart[name].items() if key in model.__struct_fields__}
    chart = {key: value for key, value in chart.items() if key in Chart.__struct_fields__}
    return {"responseHeader": {"error": False, "asOfDate": whole["responseHeader"]["asOfDate"]}, "chart": chart}
