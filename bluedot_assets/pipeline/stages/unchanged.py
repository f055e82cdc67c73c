"""Whether a stage would make the same again: a digest of all that decides on its output. What is stored under the same
digest, and whole, is not made once more (`Outputs.unchanged`)."""

import hashlib
from typing import Any, Final

import msgspec

from bluedot_assets.adapters.code_version import code_version
from bluedot_assets.kernel.stored.manifest import Manifest
from bluedot_assets.pipeline.stage import Work

# Where things are, and how fast they are fetched and worked at, decides on no byte; every other setting may.
PLACES: Final = {"source", "data", "site", "site_weekly", "history", "drive_endpoint"}
PACE: Final = {"download_connections", "parallel_workers", "retry_attempts", "poll_seconds"}
UPKEEP: Final = {"keep_data", "keep_runs_days", "owners"}  # of what is kept, and of whom the UI names


def inputs_of(work: Work, *made_from: Manifest | None, **more: Any) -> str:
    """Of the outputs that it is made from, the settings and the code, and of what else a stage reads."""
    sources = [one and one.fingerprint for one in made_from]
    settings = work.platform.settings.model_dump(mode="json", exclude=PLACES | PACE | UPKEEP)
    parts = (code_version(), work.timeframe.name, work.key, sources, settings, more)
    content = repr(msgspec.to_builtins(parts, str_keys=True, order="deterministic"))
    # A local file's name may hold bytes that are no text.
    return hashlib.sha256(content.encode("utf-8", "backslashreplace")).hexdigest()
