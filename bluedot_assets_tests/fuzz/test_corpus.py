"""Each kept input, those that once failed among them, given to its target; and that the fuzzer finds what is broken."""

from pathlib import Path
from random import Random

import pytest

from bluedot_assets_tests.fuzz import targets
from bluedot_assets_tests.fuzz.corpus import CORPUS, kept
from bluedot_assets_tests.fuzz.fuzzer import BrokenRule, Fuzzer, check
from bluedot_assets_tests.fuzz.mutator import Mutator
from bluedot_assets_tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("target", TARGETS)
def test_no_kept_input_breaks_a_rule(target: str) -> None:
    for content in kept(target):
        check(target, [content])


def test_kept_vendor_files_do_one_another_no_harm() -> None:
    check("vendor", kept("vendor"), memory=True)


def test_every_target_has_a_corpus_and_every_corpus_a_target() -> None:
    assert {path.name for path in CORPUS.iterdir()} == {*TARGETS}


def test_the_corpus_stays_small() -> None:
    sizes = [path.stat().st_size for path in CORPUS.rglob("*") if path.is_file()]
    assert len(sizes) <= 200
    assert sum(sizes) <= 300_000


@pytest.mark.parametrize("target", TARGETS)
def test_the_same_numbers_make_the_same_input(target: str) -> None:
    one, other = Mutator(kept(target)), Mutator(kept(target))
    assert [one.input(Random(seed)) for seed in range(50)] == [other.input(Random(seed)) for seed in range(50)]


def test_an_input_that_breaks_a_rule_is_kept_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def strict(content: bytes) -> None:
        content.decode("ascii")

    monkeypatch.setitem(targets.TARGETS, "trigger", strict)
    fuzzer = Fuzzer("trigger", tmp_path)
    with pytest.raises(BrokenRule, match=r"trigger: UnicodeDecodeError: .*, by the input") as raised:
        for seed in range(1000):
            fuzzer.try_one(Random(seed))
    assert not raised.value.path.read_bytes().isascii()
