"""What stands in for the actions of GitHub that our workflows use: the same effect by local means."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from bluedot_assets_tests.actions.runner import _Execution

Outputs = Mapping[str, str]


def checkout(execution: "_Execution", given: Mapping[str, str]) -> Outputs:
    """A clone of what is committed, with no credentials left in it."""
    assert given["persist-credentials"] == "false"
    runner = execution.runner
    subprocess.run(["git", "clone", "--quiet", str(runner.source), str(runner.workspace)], check=True)
    return {}


def setup_python(execution: "_Execution", given: Mapping[str, str]) -> Outputs:
    """The Python that runs the tests, as `python`."""
    binaries = execution.runner.temp / "python"
    binaries.mkdir()
    (binaries / "python").symlink_to(Path(sys.base_prefix) / "bin" / "python3")
    execution.environment["PATH"] = f"{binaries}:{execution.environment['PATH']}"
    return {"python-version": "{}.{}.{}".format(*sys.version_info)}


def cache(execution: "_Execution", given: Mapping[str, str]) -> Outputs:
    """Restored now; saved when the job has succeeded, unless the very key was there."""
    outputs = restore(execution, given)
    if outputs["cache-hit"] != "true":
        execution.at_the_end.append(lambda: save(execution, given) if execution.job.conclusion == "success" else None)
    return outputs


def restore(execution: "_Execution", given: Mapping[str, str]) -> Outputs:
    """The cache of the key, else the newest one whose key begins with a restore key."""
    caches, key = execution.runner.caches, given["key"]
    found = caches / key
    for prefix in given.get("restore-keys", "").split():
        if not found.is_dir():
            like = sorted(caches.glob(f"{prefix}*"), key=lambda path: path.stat().st_mtime_ns)
            found = like[-1] if like else found
    assert found.is_dir() or given.get("fail-on-cache-miss") != "true", f"no cache is called {key}"
    if found.is_dir():
        _copy(found, execution.runner.workspace / given["path"])
    return {"cache-hit": "true" if found.name == key and found.is_dir() else "false"}


def save(execution: "_Execution", given: Mapping[str, str]) -> Outputs:
    caches = execution.runner.caches
    caches.mkdir(exist_ok=True)
    _copy(execution.runner.workspace / given["path"], caches / given["key"])
    return {}


def _copy(source: Path, target: Path) -> None:
    # Hard links: .venv has a gigabyte, and whatever is rewritten there or in the data is written anew and renamed.
    shutil.copytree(source, target, symlinks=True, copy_function=_link, dirs_exist_ok=True)


def _link(source: str, target: str) -> None:
    Path(target).unlink(missing_ok=True)
    Path(target).hardlink_to(source)


REPLACEMENTS: Final[Mapping[str, Callable[["_Execution", Mapping[str, str]], Outputs]]] = {
    "actions/checkout": checkout,
    "actions/setup-python": setup_python,
    "actions/cache": cache,
    "actions/cache/restore": restore,
    "actions/cache/save": save,
}
