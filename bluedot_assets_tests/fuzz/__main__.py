"""`python -m bluedot_assets_tests.fuzz TARGET --runs N`: guided by coverage where atheris is installed, else the fuzzer
of `fuzzer` alone; it says which. `--plain` leaves atheris out. `--keep` adds what opens new paths to the corpus, as
small as it can be; an input that fails is always kept."""

import argparse
import sys
import tempfile
from pathlib import Path
from random import Random

from bluedot_assets_tests.fuzz import guided
from bluedot_assets_tests.fuzz.corpus import CORPUS
from bluedot_assets_tests.fuzz.fuzzer import BrokenRule, Fuzzer
from bluedot_assets_tests.fuzz.targets import TARGETS


def main() -> int:
    """1 after an input that failed."""
    parser = argparse.ArgumentParser(prog="python -m bluedot_assets_tests.fuzz", description=__doc__)
    parser.add_argument("target", choices=sorted(TARGETS))
    parser.add_argument("--runs", type=int, default=10_000, help="how many inputs")
    parser.add_argument("--seed", type=int, default=1, help="another seed, other inputs")
    parser.add_argument("--plain", action="store_true", help="not guided by coverage")
    parser.add_argument("--keep", action="store_true", help="keep inputs that open new paths, for atheris alone")
    given = parser.parse_args()
    if given.plain or not guided.AVAILABLE:
        _say("atheris is left out" if given.plain else "atheris is not installed: only the structure guides")
        return _plain(given.target, given.runs, str(given.seed))
    with tempfile.TemporaryDirectory() as folder:
        done = guided.run(given.target, given.runs, given.seed, Path(folder))
        if given.keep and not done.failed:
            _say(f"{guided.keep_new(given.target, Path(folder))} inputs were added to {CORPUS / given.target}")
    _say(f"{done.runs} inputs of {given.target}, guided by atheris: {done.failed or 'no rule was broken'}")
    return bool(done.failed)


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


def _plain(target: str, runs: int, seed: str) -> int:
    fuzzer = Fuzzer(target, CORPUS)
    try:
        for number in range(runs):
            fuzzer.try_one(Random(f"{target} {seed} {number}"))
        fuzzer.finish()
    except BrokenRule as error:
        _say(str(error))
        return 1
    _say(f"{runs} inputs of {target}: no rule was broken")
    return 0


if __name__ == "__main__":
    sys.exit(main())
