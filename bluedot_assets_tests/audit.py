"""`python -m bluedot_assets_tests.audit`: every locked package against the published advisories. A known vulnerability
fails; advisories that cannot be reached are one line that says so, for no network is no vulnerability."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from bluedot_assets_tests import REPOSITORY

LOCKS: Final = REPOSITORY / "requirements"
LONGEST_S: Final = 300


def main(folder: Path = LOCKS, *service: str) -> int:
    """1 for a vulnerability. `service` are words for pip-audit: whose advisories, PyPI's where there are none."""
    vulnerable: dict[str, list[Any]] = {}
    audited: set[str] = set()
    for lock in sorted(folder.glob("*.lock")):
        known, problem = _audit(lock, service)
        audited |= {str(one["name"]) for one in known}
        vulnerable |= {f"{one['name']} {one['version']}": one["vulns"] for one in known if one["vulns"]}
        if problem:
            sys.stdout.write(f"pip-audit: no advisories for {lock.name}, which is not audited: {problem}.\n")
            break  # another lock would wait as long
    for name, found in vulnerable.items():
        ids = ", ".join(f"{one['id']} (mended in {' or '.join(one['fix_versions']) or 'none yet'})" for one in found)
        sys.stdout.write(f"pip-audit: {name} has {ids}: `make lock` takes newer versions.\n")
    if audited and not vulnerable:
        sys.stdout.write(f"pip-audit: {len(audited)} packages without a known vulnerability.\n")
    return 1 if vulnerable else 0


def _audit(lock: Path, service: tuple[str, ...]) -> tuple[list[dict[str, Any]], str]:
    """The packages of a lock file of which advisories are known, and what stood in the way of others."""
    words = ["--requirement", str(lock), "--require-hashes", "--disable-pip", "--format", "json", *service]
    command = [sys.executable, "-m", "pip_audit", *words, "--progress-spinner", "off"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LONGEST_S)
        packages: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except subprocess.TimeoutExpired:
        return [], f"no answer within {LONGEST_S} s"
    except json.JSONDecodeError:
        return [], ([line.strip() for line in done.stderr.splitlines() if line.strip()] or ["no word why"])[-1][:200]
    known = [one for one in packages if "vulns" in one]
    # A mirror that has packages and no advisories: pip-audit itself takes it for success.
    unknown = len(packages) - len(known)
    return known, f"{unknown} of {len(packages)} packages are unknown there" if unknown else ""


if __name__ == "__main__":
    sys.exit(main())
