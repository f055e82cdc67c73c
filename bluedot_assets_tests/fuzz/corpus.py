"""The inputs that are kept: `corpus/<target>/`, each named after its bytes. They are what new ones are made of, and
every one that ever failed is among them. All are made up."""

import hashlib
from pathlib import Path
from typing import Final

CORPUS: Final = Path(__file__).parent / "corpus"


def kept(target: str) -> list[bytes]:
    """All of a target's, in an order that does not depend on the machine."""
    return [path.read_bytes() for path in sorted((CORPUS / target).iterdir())]


def keep(target: str, content: bytes, folder: Path = CORPUS) -> Path:
    """Add one; where it is kept."""
    path = folder / target / hashlib.sha256(content).hexdigest()[:12]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path
