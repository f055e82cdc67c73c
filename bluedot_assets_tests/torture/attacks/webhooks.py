"""Chat services that misbehave while `bluedot run` has something to tell. How one message is sent is tested beside the
notifier; which messages there are, in `kernel/alerts`."""

import io
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Final

import pytest

from bluedot_assets.adapters import notifier
from bluedot_assets.cli import main
from bluedot_assets_tests.examples.trees import DAY, stock_files, write_tree
from bluedot_assets_tests.servers.one_answer import OneAnswer, one_answer
from bluedot_assets_tests.servers.processes import environment
from bluedot_assets_tests.servers.webhooks import DISCORD, DISCORD_TOKEN, SLACK, SLACK_TOKEN, Webhooks, serving
from bluedot_assets_tests.torture.attack import Once, attack
from bluedot_assets_tests.torture.whole import assert_sentence, assert_whole

GROUP: Final = "Chat services"
HOSTS: Final = ("hooks.slack.com", "discord.com", "local")
SECRETS: Final = (SLACK_TOKEN, SLACK_TOKEN.rpartition("/")[2], DISCORD_TOKEN, "localSecret")
LONGEST_S: Final = 120.0  # of a run whose deadlines are some seconds, on a machine that is busy
SHORT: Final[dict[str, object]] = {
    "TIMEOUT_S": 0.5,
    "LONGEST_S": 3.0,
    "PAUSES_S": (0.1, 0.1),
}  # Apprise itself waits for 4 seconds
TROUBLE: Final = ("silent", "dripping", "resetting", "429", "500", "503", "404", "redirect")


def bluedot(root: Path, *words: str, **more: str) -> tuple[int, str]:
    """The command in this process, whose deadlines are short: its exit code and all that it printed."""
    printed = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)
    with pytest.MonkeyPatch.context() as patched, chdir(root):
        for name, value in environment(root, **more).items():
            patched.setenv(name, value)
        for name, number in SHORT.items():
            patched.setattr(notifier, name, number)
        patched.setattr(sys, "argv", ["bluedot", *words])
        began = time.monotonic()
        with redirect_stdout(printed), redirect_stderr(printed), pytest.raises(SystemExit) as ended:
            main()
    assert (took_s := time.monotonic() - began) < LONGEST_S, f"the run took {took_s:.0f} s"
    return int(ended.value.code or 0), printed.buffer.getvalue().decode()


def behave(services: Webhooks) -> None:
    for troubles in (services.silent, services.dripping, services.resetting, services.answers, services.headers):
        troubles.clear()


def misbehave(services: Webhooks, chance: random.Random, other: OneAnswer) -> list[str]:
    """Some or all of the services, each in its way; those that may have taken a message without saying so."""
    unsure = []
    for host in chance.sample(HOSTS, chance.randint(1, len(HOSTS))):
        kind = chance.choice(TROUBLE)
        if kind == "redirect":
            services.answers[host] = chance.choice((301, 302, 303, 307, 308))
            services.headers[host] = {"Location": f"{other.url}/{SLACK_TOKEN}"}
        elif kind.isdecimal():
            services.answers[host] = int(kind)
            services.headers[host] = {"Retry-After": "3600"}
        else:
            getattr(services, kind).add(host)
        unsure += [host] if kind == "dripping" else []
    return unsure


@attack(
    GROUP,
    "No answer, a byte now and then, 429 with an hour to wait, 4xx, 5xx, resets and redirects to another host, of some "
    "services or of all, while a run fails or is well again",
    long=16,
    short=1,
)
def webhooks(folder: Path) -> Iterator[Once]:
    source, certificates = folder / "drive", folder / "certificates"
    certificates.mkdir()
    write_tree(source, days=1, weeks=0)
    files = {path: path.read_bytes() for path in stock_files(source / "daily" / DAY)}
    with serving(certificates) as services, one_answer(200) as other:
        addresses = {**services.environment, "NOTIFICATION_WEBHOOK": f"{SLACK},{DISCORD},{services.local}"}

        def run(broken: bool) -> str:
            for path, content in files.items():
                path.write_bytes(b"{" if broken else content)
            code, printed = bluedot(folder, "run", "--timeframe", "daily", "--partition", DAY, "--quiet", **addresses)
            assert code == int(broken), f"exit code {code}: {printed}"
            assert_sentence(printed if broken else f"{printed}.", *SECRETS)
            assert assert_whole(folder / "site") > 0
            return printed

        run(broken=False)

        def once(chance: random.Random) -> Mapping[str, int]:
            services.received.clear()
            troubled = chance.choice((True, False))
            if not troubled:
                run(broken=True)
            unsure = misbehave(services, chance, other)
            printed = run(broken=troubled)
            behave(services)
            if not troubled:
                assert bluedot(folder, "notify", **addresses)[0] == 0
            else:
                run(broken=False)
            for host in HOSTS:
                taken = Counter(services.titles(host))
                expected = Counter([f"daily {DAY} failed", "daily is back"])
                if host in unsure:
                    assert taken.keys() == expected.keys(), f"{host} took {dict(taken)}"
                else:
                    assert taken == expected, f"{host} took {dict(taken)}"
            published = b"".join(path.read_bytes() for path in (folder / "site").rglob("*.json"))
            assert not any(secret.encode() in published for secret in SECRETS), "a secret is published"
            assert not other.paths, "another host was asked"
            return {"receivers that did not take a message": printed.count("was not delivered")}

        yield once
