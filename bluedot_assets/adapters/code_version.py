"""Which code this process runs: what it has made before can differ only where this does. The versions of what is made
are in `storage`."""

import hashlib
import os
import sys
from functools import cache
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import polars as pl
import pyarrow as pa

import bluedot_assets


def _digest_of_sources() -> str:
    digest = hashlib.sha256()
    for folder, _, names in sorted(os.walk(Path(bluedot_assets.__file__).parent)):
        for name in sorted(name for name in names if name.endswith(".py")):
            digest.update(Path(folder, name).read_bytes())
    return digest.hexdigest()


# As it is when this process starts: an upgrade beside it must not lend its name to what the old modules make.
_OURS: Final = _digest_of_sources()


@cache
def code_version() -> str:
    """A name that changes with the code of this package and of the libraries that decide on values and bytes."""
    libraries = {one.__name__: one.__version__ for one in (msgspec, np, pl, pa)}
    return f"{_OURS} {sys.version} {libraries}"
