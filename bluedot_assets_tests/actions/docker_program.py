"""What stands in for `docker` on a machine of the workflows' runner: it checks its arguments, remembers images, and
runs a container's command here, in an empty folder with the programs of this environment. Its state lies beside it."""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

STATE: Final = "docker.json"
EMPTY: Final = {"images": {}, "ran": [], "pushed": [], "logins": [], "logged_in": False}
_REFERENCE: Final = re.compile(r"[a-z0-9.-]+(/[a-z0-9._-]+)+:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")


def install(folder: Path, binaries: Path) -> None:
    """The program `docker` in a folder for PATH; containers find their programs in `binaries`."""
    folder.mkdir()
    (folder / STATE).write_text(json.dumps(EMPTY))
    program = folder / "docker"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {__file__} {folder} {binaries} "$@"\n')
    program.chmod(0o755)


def state(folder: Path) -> Any:
    return json.loads((folder / STATE).read_text())


def main(folder: Path, binaries: Path, words: list[str]) -> int:
    known = state(folder)
    parser = argparse.ArgumentParser()
    actions = parser.add_subparsers(dest="action", required=True)
    build = actions.add_parser("build")
    build.add_argument("--pull", action="store_true")
    build.add_argument("--file", type=Path, required=True)
    build.add_argument("--label", action="append", default=[])
    build.add_argument("--tag", action="append", default=[])
    build.add_argument("context", type=Path)
    run = actions.add_parser("run")
    run.add_argument("--rm", action="store_true")
    run.add_argument("--network")
    run.add_argument("--env", action="append", default=[])
    run.add_argument("image")
    run.add_argument("command", nargs=argparse.REMAINDER)
    login = actions.add_parser("login")
    login.add_argument("--username", required=True)
    login.add_argument("--password-stdin", action="store_true", required=True)
    login.add_argument("host")
    actions.add_parser("push").add_argument("image")
    actions.add_parser("logout").add_argument("host")
    image = actions.add_parser("image").add_subparsers(dest="what", required=True).add_parser("inspect")
    image.add_argument("--format", choices=["{{index .RepoDigests 0}}"])
    image.add_argument("image")
    given = parser.parse_args(words)
    code = {"build": _build, "run": _run, "login": _login, "push": _push, "logout": _logout, "image": _inspect}[
        given.action
    ](known, given, binaries)
    (folder / STATE).write_text(json.dumps(known))
    return code


def _build(known: Any, given: argparse.Namespace, binaries: Path) -> int:
    if not (given.file.is_file() and given.context.is_dir() and all(map(_REFERENCE.fullmatch, given.tag))):
        return 1
    labels = dict(one.split("=", 1) for one in given.label)
    known["images"] |= dict.fromkeys(given.tag, labels)
    return 0


def _run(known: Any, given: argparse.Namespace, binaries: Path) -> int:
    if given.image not in known["images"]:
        return 125
    with tempfile.TemporaryDirectory() as place:
        settings = dict(one.split("=", 1) for one in given.env)
        inside = {name: value.replace("/tmp", place) for name, value in settings.items()}  # noqa: S108
        path = f"{binaries}:/usr/bin:/bin"
        environment = {"PATH": path, "HOME": place, "DAGSTER_HOME": f"{place}/none", **inside}
        program = shutil.which(given.command[0], path=path) or given.command[0]
        done = subprocess.run([program, *given.command[1:]], cwd=place, env=environment, check=False)
    known["ran"].append(given.command)
    return done.returncode


def _login(known: Any, given: argparse.Namespace, binaries: Path) -> int:
    known["logins"].append([given.host, given.username, sys.stdin.read().strip()])
    known["logged_in"] = True
    return 0


def _push(known: Any, given: argparse.Namespace, binaries: Path) -> int:
    if not known["logged_in"] or given.image not in known["images"]:
        return 1
    known["pushed"].append(given.image)
    return 0


def _logout(known: Any, given: argparse.Namespace, binaries: Path) -> int:
    known["logged_in"] = False
    return 0


def _inspect(known: Any, given: argparse.Namespace, binaries: Path) -> int:
    if given.image not in known["pushed"]:
        return 1  # it has no digest of a registry before
    print(given.image.rpartition(":")[0] + "@sha256:" + "0" * 64)  # noqa: T201  what the program answers
    return 0


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]))
