"""The JSON Schemas of the site's JSON files, made of the types that write and read them; what a field means stands
there. A publish puts them beside the files, below `schemas/`. `notices.json` has none: it is the pipeline's own
memory (`kernel/alerts/ledger`), and no reader's."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import msgspec

from bluedot_assets.kernel.history.outcomes.outcomes_file import Outcomes
from bluedot_assets.kernel.site.dashboard import Dashboard
from bluedot_assets.kernel.site.index import HistoryIndex, Index
from bluedot_assets.kernel.site.publication import DASHBOARD, HISTORY_FILES, INDEX, OUTCOMES, STATUS
from bluedot_assets.kernel.site.rollback_file import ROLLBACK, Rollbacks
from bluedot_assets.kernel.site.status import Status
from bluedot_assets.kernel.tradingview.pine.library import CATALOG, Catalog
from bluedot_assets.kernel.tradingview.registry_file import REGISTRY, Registry

SCHEMAS: Final = "schemas"
DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
FILES: Final[Mapping[str, type[msgspec.Struct]]] = {
    STATUS: Status,
    INDEX: Index,
    HISTORY_FILES: HistoryIndex,
    DASHBOARD: Dashboard,
    OUTCOMES: Outcomes,
    ROLLBACK: Rollbacks,
    CATALOG: Catalog,
    REGISTRY: Registry,
}


@cache
def schema_files() -> Mapping[str, bytes]:
    """The schemas by path of the site. A reader takes fields that it does not know (a later version may add some), and
    files of earlier versions, which lack some: only what every version writes is required."""
    return {f"{SCHEMAS}/{name.removesuffix('.json')}.schema.json": _schema(name, kind) for name, kind in FILES.items()}


def _schema(name: str, kind: type[msgspec.Struct]) -> bytes:
    (top,), definitions = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    for one in definitions.values():
        if "description" in one:  # a docstring, with its line breaks
            one["description"] = " ".join(one["description"].split())
    versions = [one.default for one in msgspec.structs.fields(kind) if one.name == "schema_version"]
    schema: dict[str, Any] = {
        "$schema": DRAFT,
        "$id": f"urn:bluedot_assets:{name}:{versions[0] if versions else 1}",
        "title": name,
        **top,
        "$defs": definitions,
    }
    return msgspec.json.format(msgspec.json.encode(schema), indent=1) + b"\n"
