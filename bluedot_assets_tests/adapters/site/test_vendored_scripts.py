"""The scripts of others that the site shows: unchanged, with licence and notice, and nothing that the pages' policy
refuses."""

import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Final

import pytest

from bluedot_assets.adapters.site.pages import SHELL

VENDOR: Final = SHELL / "vendor"


def digests() -> Iterator[tuple[str, str]]:
    for file in sorted(VENDOR.glob("*.NOTICE.txt")):
        yield from re.findall(r"^sha256 of (\S+): ([0-9a-f]{64})$", file.read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize(("name", "digest"), [*digests()])
def test_a_script_is_as_its_notice_says(name: str, digest: str) -> None:
    assert sha256((VENDOR / name).read_bytes()).hexdigest() == digest


def test_every_script_has_licence_and_notice_and_runs_no_text() -> None:
    scripts = {file.name.split(".")[0]: file.read_text("utf-8") for file in VENDOR.glob("*.js")}
    assert {name.removesuffix(".js") for name, _ in digests()} == scripts.keys() - {"lightweight-charts"}
    for ending in ("LICENSE", "NOTICE"):
        assert {file.name.split(".")[0] for file in VENDOR.glob(f"*.{ending}.txt")} == scripts.keys()
    assert [name for name, text in scripts.items() if re.search(r"\beval\(|new Function\(|WebAssembly", text)] == []
