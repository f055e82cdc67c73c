"""Every secret that an installation can have, marked, while commands fail in every way: no mark stands where somebody
else can read it. Where that is, is in `torture/marks`."""

import base64
import json
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bluedot_assets_tests.examples.trees import write_tree
from bluedot_assets_tests.servers.drive import DriveServer
from bluedot_assets_tests.servers.git import Faults, GitServer
from bluedot_assets_tests.servers.processes import end, start
from bluedot_assets_tests.servers.webhooks import Webhooks, serving
from bluedot_assets_tests.torture.attack import Deal, Once, attack
from bluedot_assets_tests.torture.marks import Marks, Watch, found_below, mark, objects

GROUP: Final = "Secrets"
LONGEST_S: Final = 12.0  # of a command that may hang; then Ctrl-C
OWN: Final = (  # secrets that are used as they are, where all is well
    *("github_token", "api_key", "webhook", "digest", "trouble", "header", "runtime", "oidc", "aws", "postgres"),
    *("url", "address", "proxy", "wrong"),
)
ADDRESSES: Final = {"hooks.slack.com": {"webhook"}, "discord.com": {"digest"}, "local": {"trouble"}}
Environment = dict[str, str]


@dataclass
class World:
    """The servers, and the settings with which all goes well."""

    root: Path
    git: GitServer
    drive: DriveServer
    webhooks: Webhooks
    settings: Environment = field(default_factory=dict)
    words: list[str] = field(default_factory=list)

    def be_well(self) -> None:
        """All servers answer, all settings are right."""
        self.git.faults = Faults()
        self.drive.faults.clear()
        self.webhooks.answers.clear()
        (self.root / ".env").unlink(missing_ok=True)
        self.settings, self.words = _good_settings(self), []

    def found_elsewhere(self, marks: Marks) -> dict[str, str]:
        """Secrets that left this machine: by name, where they came to."""
        found: dict[str, str] = {}
        for repository in self.git.root.glob("user/*.git"):
            found |= dict.fromkeys(marks.of(objects(repository)), repository.name)
        for one in self.webhooks.received:
            found |= dict.fromkeys(marks.of(json.dumps(one.payload).encode()), f"a message to {one.host}")
            found |= dict.fromkeys(marks.of(one.path.encode()) - ADDRESSES.get(one.host, {"wrong"}), one.host)
        self.webhooks.received.clear()
        return found

    def address(self, scheme: str = "http", name: str = "address", path: str = "x.git") -> str:
        """One with a password, of a port where nobody listens."""
        return f"{scheme}://user:{mark(name)}@127.0.0.1:9/{path}"


COMMANDS: Final[tuple[tuple[str, ...], ...]] = (
    ("run", "--timeframe", "daily", "--partition", "latest"),
    ("run", "--timeframe", "all", "--partition", "all", "--quiet"),
    ("run", "--timeframe", "weekly", "--wait", "--json"),
    ("run", "--partition", "2024-08-0"),
    ("partitions",),
    ("partitions", "--due", "--ready", "--problems", "problems.json"),
    ("check", "drive/daily/2024-08-02"),
    ("rollback", "daily", "previous", "--reason", "wrong"),
    ("raw", "AAPL_daily.json"),
    ("sample", "--out", "tree", "--stocks", "1", "--days", "1", "--weeks", "0"),
    ("prune", "--dry-run"),
    ("monitor", "--sample", "2"),
    ("notify",),
    ("notify", "--test", "--json"),
    ("notify", "--job", "--problems", "problems.json"),
    ("doctor", "--send"),
    ("doctor", "--json"),
    ("github", "settings"),
    ("github", "summary"),
    ("seeds", "plan"),
    ("serve", "--port", "0"),
    ("dev", "--port", "9"),
)


Failure = Callable[[World], None]


def _git_answers(status: int) -> Failure:
    def fail(world: World) -> None:
        world.git.faults.status[".git"] = status

    return fail


def _drive_fails(kind: str) -> Failure:
    def fail(world: World) -> None:
        world.drive.faults.add(kind, seconds=1)

    return fail


def _webhooks_answer(answer: int | float) -> Failure:
    def fail(world: World) -> None:
        for host in ("hooks.slack.com", "discord.com", "local"):
            world.webhooks.answers[host] = answer

    return fail


def _set(name: str, value: Callable[[World], str]) -> Failure:
    def fail(world: World) -> None:
        world.settings[name] = value(world)

    return fail


def _in_file(line: str) -> Failure:
    def fail(world: World) -> None:
        (world.root / ".env").write_text(f"{line}\n")

    return fail


def _git_hangs(world: World) -> None:
    world.git.faults.before = lambda path: time.sleep(LONGEST_S) if ".git" in path else None


def _url(form: str) -> Failure:
    def fail(world: World) -> None:
        world.words[:] = ["monitor", "--url", form.format(mark("url"), world.git.port)]

    return fail


def _bad_key_file(content: str) -> Failure:
    def fail(world: World) -> None:
        (world.root / "key.json").write_text(content)
        del world.settings["GOOGLE_DRIVE_SERVICE_ACCOUNT"]

    return fail


def _key_alone(world: World) -> None:
    del world.settings["GOOGLE_DRIVE_SERVICE_ACCOUNT"], world.settings["GOOGLE_APPLICATION_CREDENTIALS"]


def _on_postgres(world: World) -> None:
    home = world.root / "other-home"
    home.mkdir(exist_ok=True)
    (home / "dagster.yaml").write_text("storage: {postgres: {postgres_url: {env: DAGSTER_PG_URL}}}\n")
    world.settings["DAGSTER_HOME"] = str(home)


WRONG: Final = mark("wrong")
FAILURES: Final[Mapping[str, Failure]] = {
    "nothing": lambda world: None,
    **{f"git answers {status}": _git_answers(status) for status in (301, 401, 403, 404, 407, 500)},
    "git hangs": _git_hangs,
    **{
        f"Drive: {kind}": _drive_fails(kind)
        for kind in ("authError", "notFound", "keyInvalid", "500", "502html", "reset", "timeout", "corrupt")
    },
    "the API key is not good": _key_alone,
    **{f"webhooks: {answer}": _webhooks_answer(answer) for answer in (301, 401, 404, 500, 15.0)},
    # Addresses with a password, where none belongs and where one may stand.
    "password in BLUEDOT_SITE": _set("BLUEDOT_SITE", lambda world: world.address()),
    "password in BLUEDOT_SITE, https": _set("BLUEDOT_SITE", lambda world: world.address("https")),
    "password in BLUEDOT_SITE, ssh": _set("BLUEDOT_SITE", lambda world: world.address("ssh")),
    "password with a slash": _set("BLUEDOT_SITE", lambda world: f"https://user:a/{mark('address')}@host.invalid/x.git"),
    "no scheme": _set("BLUEDOT_SITE", lambda world: f"user:{mark('address')}@github.com/a/b.git"),
    "token for a user": _set("BLUEDOT_SITE", lambda world: f"https://{mark('address')}@github.com/a/b.git"),
    "token in the query": _set("BLUEDOT_SITE", lambda world: f"https://github.com/a/b.git?t={mark('address')}"),
    "password in BLUEDOT_SITE_WEEKLY": _set("BLUEDOT_SITE_WEEKLY", lambda world: world.address()),
    "password in BLUEDOT_SOURCE": _set("BLUEDOT_SOURCE", lambda world: world.address()),
    "password in BLUEDOT_SOURCE, Drive": _set("BLUEDOT_SOURCE", lambda world: f"gdrive:x?key={mark('address')}"),
    "password in BLUEDOT_DATA": _set("BLUEDOT_DATA", lambda world: world.address("ftp", path="x")),
    "password in BLUEDOT_DATA, s3": _set("BLUEDOT_DATA", lambda world: f"s3://key:{mark('address')}@bucket/x"),
    "password in BLUEDOT_DATA, unknown": _set("BLUEDOT_DATA", lambda world: world.address("nothing", path="x")),
    "password in BLUEDOT_DATA, http": _set("BLUEDOT_DATA", lambda world: world.address("http", path="x")),
    "password in BLUEDOT_SEEDS": _set("BLUEDOT_SEEDS", lambda world: f"daily={world.address()}"),
    "password in BLUEDOT_SEEDS, of none": _set("BLUEDOT_SEEDS", lambda world: world.address()),
    "password in BLUEDOT_SITE_URL": _set("BLUEDOT_SITE_URL", lambda world: world.address(path="")),
    "password in BLUEDOT_DRIVE_ENDPOINT": _set("BLUEDOT_DRIVE_ENDPOINT", lambda world: world.address(path="")),
    "password in BLUEDOT_TICKERS": _set("BLUEDOT_TICKERS", lambda world: world.address()),
    "password in BLUEDOT_HOLIDAYS": _set("BLUEDOT_HOLIDAYS", lambda world: world.address()),
    "password in HTTPS_PROXY": _set("HTTPS_PROXY", lambda world: f"http://user:{mark('proxy')}@127.0.0.1:9"),
    "password in http_proxy": _set("http_proxy", lambda world: f"http://user:{mark('proxy')}@127.0.0.1:9"),
    **{
        f"--url {number}": _url(form)
        for number, form in enumerate(
            (
                "http://user:{}@127.0.0.1:{}",
                "http://127.0.0.1:{1}/?key={0}",
                "user:{}@host",
                "{0}:{0}@host",
                "http://127.0.0.1:{1}/#{0}",
                "http://user:a/{}@127.0.0.1:{}",
                "ftp://{0}@127.0.0.1",
                "http://[{}",
                "{}",
            ),
            1,
        )
    },
    # Values that are none.
    "webhook without a scheme": _set("NOTIFICATION_WEBHOOK", lambda world: f"hooks.slack.com/services/{WRONG}"),
    "webhook of nobody": _set("NOTIFICATION_WEBHOOK", lambda world: f"https://example.invalid/{WRONG}"),
    "webhook of Apprise's": _set(
        "NOTIFICATION_WEBHOOK", lambda world: f"tgram://{WRONG}/1 mailto://a:{WRONG}@b.invalid"
    ),
    "key that is no JSON": _set("GOOGLE_DRIVE_SERVICE_ACCOUNT", lambda world: '{"private_key": "' + WRONG),
    "key that is no key": _set(
        "GOOGLE_DRIVE_SERVICE_ACCOUNT", lambda world: json.dumps({"type": "service_account", "private_key": WRONG})
    ),
    "key that is no base64": _set("GOOGLE_DRIVE_SERVICE_ACCOUNT", lambda world: WRONG),
    "key file that is no JSON": _bad_key_file('{"private_key": "' + WRONG),
    "key file of another": _bad_key_file(json.dumps({"type": "authorized_user", "refresh_token": WRONG})),
    "wrong token": _set("GITHUB_TOKEN", lambda world: WRONG),
    "token of two lines": _set("GITHUB_TOKEN", lambda world: f"{WRONG}\n{WRONG}"),
    "secret among the variables": _set("BLUEDOT_VARIABLES", lambda world: json.dumps({"GITHUB_TOKEN": WRONG})),
    "mistyped name": _set("NOTIFICATION_WEBHOK", lambda world: WRONG),
    "secret in another's place": _set("PARALLEL_WORKERS", lambda world: world.address()),
    ".env without =": _in_file(f"NOTIFICATION_WEBHOOK https://hooks.slack.com/services/{WRONG}"),
    ".env with a colon": _in_file(f"GITHUB_TOKEN: {WRONG}"),
    ".env with an open quote": _in_file(f'GITHUB_TOKEN="{WRONG}'),
    # Places that cannot be used.
    "no folder for data": _set("BLUEDOT_DATA", lambda world: "/dev/null/data"),
    "no folder for Dagster": _set("DAGSTER_HOME", lambda world: "/dev/null/home"),
    "no folder for the site": _set("BLUEDOT_SITE", lambda world: "/dev/null/site"),
    "no PostgreSQL": _on_postgres,
}


def _key_marks(key: Mapping[str, Any]) -> dict[str, str]:
    """Of a private key its lines; some of the last are its numbers in a form of their own."""
    lines = [line for line in key["private_key"].splitlines() if len(line) == 64]
    return {f"line {number} of the key": line for number, line in enumerate(lines)}


def _good_settings(world: "World") -> Environment:
    key = json.dumps(world.drive.service_account_info())
    (world.root / "key.json").write_text(key)
    hooks = world.webhooks
    slack = f"https://hooks.slack.com/services/T0AAAAAAA/B0BBBBBBB/{mark('webhook')}"
    own = f"json://127.0.0.1:{hooks.port}/{mark('trouble')}?+X-Token={mark('header')}"
    return {
        **hooks.environment,
        "BLUEDOT_SOURCE": f"gdrive:{world.drive.root_id}",
        "BLUEDOT_DRIVE_ENDPOINT": world.drive.endpoint,
        "GOOGLE_DRIVE_SERVICE_ACCOUNT": base64.b64encode(key.encode()).decode(),
        "GOOGLE_APPLICATION_CREDENTIALS": str(world.root / "key.json"),
        "GOOGLE_DRIVE_API_KEY": f"AIza{mark('api_key')}",
        "GITHUB_TOKEN": mark("github_token"),
        "BLUEDOT_SITE": world.git.url("site"),
        "BLUEDOT_SEEDS": f"daily={world.git.url('seed_user_daily')}",
        "BLUEDOT_SITE_URL": world.git.pages("site"),
        "NOTIFICATION_WEBHOOK": slack,
        "NOTIFICATION_WEBHOOK_DIGEST": f"https://discord.com/api/webhooks/123456789012345678/{mark('digest') * 3}",
        "NOTIFICATION_WEBHOOK_TROUBLE": own,
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": mark("aws"),
        "DAGSTER_PG_URL": f"postgresql://dagster:{mark('postgres')}@127.0.0.1:9/dagster",
        "ACTIONS_RUNTIME_TOKEN": mark("runtime"),
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": mark("oidc"),
        "GITHUB_ACTIONS": "true",
        "GITHUB_STEP_SUMMARY": str(world.root / "summary.md"),
        "GITHUB_ENV": str(world.root / "github.env"),
        "GITHUB_OUTPUT": str(world.root / "github.out"),
        "RUNNER_TEMP": str(world.root / "tmp"),
        "TMPDIR": str(world.root / "tmp"),
        "XDG_CACHE_HOME": str(world.root / "cache"),
        "RETRY_ATTEMPTS": "0",
        "BLUEDOT_SITE_WAIT_MINUTES": "0.05",
    }


def _verbose(chance: random.Random) -> Environment:
    """What a person switches on who seeks a fault."""
    everything = {"GIT_TRACE": "2", "GIT_TRACE_CURL": "2", "GIT_CURL_VERBOSE": "1", "PYTHONASYNCIODEBUG": "1"}
    return everything if chance.random() < 0.3 else {}


def _carried_out(process: "subprocess.Popen[bytes]", chance: random.Random) -> str:
    """Wait for it; or end it as a person or the system would, in the words of the page."""
    end, after_s = chance.choice((None, None, None, signal.SIGINT, signal.SIGKILL)), chance.uniform(0.5, 6)
    with suppress(subprocess.TimeoutExpired):
        process.wait(after_s if end else LONGEST_S)
        return "ended by themselves"
    for number in (end or signal.SIGINT, signal.SIGINT, signal.SIGKILL):
        process.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
            break
    return "killed" if end == signal.SIGKILL else "interrupted"


@contextmanager
def _world(root: Path) -> Iterator[World]:
    """An installation that has published, over servers of its own."""
    write_tree(root / "drive", stocks=2, days=2, weeks=1)
    for name in ("tmp", "cache"):
        (root / name).mkdir()
    with (
        GitServer(root.parent / "git", token=mark("github_token"), private=True) as git,
        DriveServer(root / "drive", link_public=True) as drive,
        serving(root.parent) as webhooks,
    ):
        for name in ("site", "seed_user_daily"):
            git.create(name)
        drive._accounts.api_key = f"AIza{mark('api_key')}"
        world = World(root, git, drive, webhooks)
        world.be_well()
        assert start(root, "bluedot", *COMMANDS[0], **world.settings).wait(180) == 0, (
            root / "processes.log"
        ).read_text()
        yield world


@attack(
    GROUP,
    "14 marked secrets and a private key in the environment, in addresses and in files, while commands fail: servers "
    "that refuse and hang, wrong values, unusable folders, tracebacks, traces of git, Ctrl-C, SIGKILL. Then every "
    "file, database, git object, message, command line and log is searched",
    long=80,
    short=2,
)
def marked_secrets(folder: Path) -> Iterator[Once]:
    root = folder / "here"
    root.mkdir()
    with _world(root) as world:
        failures, commands = Deal([*FAILURES]), Deal(COMMANDS)
        marks = Marks({**{name: mark(name) for name in OWN}, **_key_marks(world.drive.service_account_info())})

        def once(chance: random.Random) -> Mapping[str, int]:
            world.be_well()
            name = failures(chance)
            FAILURES[name](world)
            words = [*(["--debug"] if chance.random() < 0.5 else []), *(world.words or [*commands(chance)])]
            (root / "processes.log").unlink()
            since = time.time() - 0.05  # a file's time is that of the clock's last tick
            process = start(root, "bluedot", *words, **world.settings, **_verbose(chance))
            with Watch(marks, process, root / "tmp") as watch:
                ended = _carried_out(process, chance)
            end(process)
            found, files = found_below(marks, root, since, (root / "key.json", root / ".env"))
            found |= world.found_elsewhere(marks) | dict.fromkeys(watch.found, "processes")
            assert not found, f"{' '.join(words)} ({name}): {found}"
            return {f"commands {ended}": 1, "child processes observed": len(watch.seen), "files searched": files}

        yield once
