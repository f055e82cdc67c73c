"""`python -m bluedot_assets_tests.servers.drive --tree DIR --port P`: a Drive from a folder, until it is stopped.

Prints one `name=value` a line: endpoint, root_id, api_key, service_account; then serves.
"""

import argparse
import json
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from bluedot_assets_tests.servers.drive.faults import FAULT_KINDS
from bluedot_assets_tests.servers.drive.server import SERVICE_ACCOUNT, DriveServer


def _fault(text: str) -> tuple[str, float, float | None]:
    """KIND:RATE or KIND:RATE:SECONDS."""
    kind, *numbers = text.split(":")
    if kind not in FAULT_KINDS:
        raise argparse.ArgumentTypeError(f"no fault {kind!r}; there are {', '.join(sorted(FAULT_KINDS))}")
    try:
        rate, seconds = float(numbers[0]), float(numbers[1]) if len(numbers) == 2 else None
    except (IndexError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not KIND:RATE or KIND:RATE:SECONDS") from error
    if not 0 <= rate <= 1 or len(numbers) > 2:
        raise argparse.ArgumentTypeError(f"{text!r} is not KIND:RATE[:SECONDS] with a rate within 0..1")
    return kind, rate, seconds


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bluedot_assets_tests.servers.drive", description=__doc__)
    parser.add_argument("--tree", type=Path, required=True, metavar="DIR", help="the folder to serve, live")
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    parser.add_argument("--latency-ms", type=float, default=0.0, metavar="L", help="delay of every answer")
    parser.add_argument("--fault", type=_fault, action="append", default=[], metavar="KIND:RATE[:SECONDS]")
    parser.add_argument("--seed", type=int, default=0, help="of the faults' draws")
    parser.add_argument("--quota-per-minute", type=int, metavar="UNITS", help="Google's is 325000; none by default")
    parser.add_argument("--link-public", action="store_true", help="anyone with the link may read, so API keys may")
    parser.add_argument("--role", default="writer", help="the service account's role on the folder")
    parser.add_argument(
        "--credentials-out", type=Path, metavar="PATH", help="where to write the service account's JSON"
    )
    options = parser.parse_args(arguments)
    if not options.tree.is_dir():
        parser.error(f"--tree {options.tree} is not a folder")
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM; the exit code."""
    options = _arguments(arguments)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda signum, frame: stop.set())
    with DriveServer(
        options.tree,
        port=options.port,
        latency_s=options.latency_ms / 1000,
        seed=options.seed,
        quota_per_minute=options.quota_per_minute,
        link_public=options.link_public,
        role=options.role,
    ) as drive:
        for kind, rate, seconds in options.fault:
            drive.faults.add(kind, rate=rate, seconds=seconds)
        if options.credentials_out is not None:
            options.credentials_out.write_text(json.dumps(drive.service_account_info(), indent=2), encoding="utf-8")
        facts = {"endpoint": drive.endpoint, "root_id": drive.root_id, "api_key": drive.api_key}
        for name, value in (facts | {"service_account": SERVICE_ACCOUNT}).items():
            sys.stdout.write(f"{name}={value}\n")
        sys.stdout.flush()
        stop.wait()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
