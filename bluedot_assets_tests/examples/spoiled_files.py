"""Breaking and correcting vendor files of a tree."""

from pathlib import Path

from bluedot_assets_tests.examples.trees import (
    DAY,
    Installation,
    stock_files,
)


def spoil(folder: Path, files: int = 2) -> None:
    """Break some of a partition's files, so that it stays below the least share."""
    for path in stock_files(folder)[:files]:
        path.write_bytes(b'{"chart": ')


def changed_files(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}


def revise(installation: Installation, key: str = DAY) -> None:
    """The vendor corrects a company's name: another content of good quality."""
    path = stock_files(installation.source / "daily" / key)[0]
    path.write_bytes(path.read_bytes().replace(b'"name": "', b'"name": "Renamed '))
