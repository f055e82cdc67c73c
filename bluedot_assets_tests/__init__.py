"""Tests; the folders mirror the package."""

from pathlib import Path
from typing import Final

REPOSITORY: Final = Path(__file__).parent.parent
