"""Credentials, endpoints and options: what is taken, and the sentence for what is not."""

import base64
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bluedot_assets.adapters.source.drive.access import DriveAccess, drive_credentials
from bluedot_assets.adapters.source.drive.calls import DriveOptions
from bluedot_assets.kernel.calendar.timeframes import DAILY
from bluedot_assets.kernel.errors import SettingsError, SourceRefused, SourceUnreadable
from bluedot_assets_tests.examples.drive_sources import as_account, as_key, fill, open_drive
from bluedot_assets_tests.servers.drive import SERVICE_ACCOUNT, DriveServer
from bluedot_assets_tests.servers.one_answer import one_answer

KEY = "AIzaSyNotAKeyOfAnybody0123456789-_abcd"


@pytest.fixture(scope="module")
def info() -> dict[str, Any]:
    return DriveServer().service_account_info()


def refusal(env: dict[str, str]) -> str:
    """The sentence that is raised. No value of `env` but a file's name may be in it, nor hang on to it."""
    with pytest.raises(SettingsError) as caught:
        drive_credentials(env)
    error = caught.value
    assert error.__cause__ is None
    assert error.__context__ is None or error.__suppress_context__
    for value in env.values():
        assert value.endswith(".json") or value not in repr(error)
    return str(error)


def test_the_first_credential_in_order_is_taken(info: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    path.write_text(json.dumps(info | {"client_email": "from-file@example.com"}), "utf-8")
    env = {
        "GOOGLE_APPLICATION_CREDENTIALS": str(path),
        "GOOGLE_DRIVE_SERVICE_ACCOUNT": json.dumps(info),
        "GOOGLE_DRIVE_API_KEY": KEY,
    }
    taken = [drive_credentials(dict(list(env.items())[first:])) for first in range(3)]
    assert [access.variable for access in taken] == list(env)
    assert [access.email for access in taken] == ["from-file@example.com", SERVICE_ACCOUNT, None]


def test_an_empty_variable_counts_as_unset() -> None:
    env = {"GOOGLE_APPLICATION_CREDENTIALS": " ", "GOOGLE_DRIVE_SERVICE_ACCOUNT": "", "GOOGLE_DRIVE_API_KEY": KEY}
    assert drive_credentials(env).variable == "GOOGLE_DRIVE_API_KEY"


@pytest.mark.parametrize("width", [None, 76])
def test_a_service_account_may_come_as_base64(info: dict[str, Any], width: int | None) -> None:
    text = base64.b64encode(json.dumps(info, indent=2).encode()).decode()
    wrapped = "\n".join(text[at : at + (width or len(text))] for at in range(0, len(text), width or len(text)))
    assert drive_credentials({"GOOGLE_DRIVE_SERVICE_ACCOUNT": wrapped}).email == SERVICE_ACCOUNT


def in_lines(content: bytes, width: int = 64) -> str:
    text = base64.b64encode(content).decode()
    return "".join(f"{text[at : at + width]}\r\n" for at in range(0, len(text), width))


def certutil(content: bytes) -> str:
    """As `certutil -encode` writes it."""
    return f"-----BEGIN CERTIFICATE-----\r\n{in_lines(content)}-----END CERTIFICATE-----\r\n"


CLOTHES: dict[str, Callable[[str], str | bytes]] = {
    "as it came": lambda key: key,
    "UTF-8 with BOM": lambda key: key.encode("utf-8-sig"),
    "UTF-16": lambda key: key.encode("utf-16"),
    "UTF-16 big end first": lambda key: f"\ufeff{key}".encode("utf-16-be"),
    "UTF-16 without BOM": lambda key: key.encode("utf-16-le"),
    "blanks around": lambda key: f" \r\n\t{key}\n\n ",
    "quotes around": lambda key: f"'{key}'\n",
    "base64": lambda key: base64.b64encode(key.encode()),
    "base64 in lines": lambda key: in_lines(key.encode()),
    "base64 with blanks around": lambda key: f"\n  {in_lines(key.encode())}  ",
    "base64 without its last =": lambda key: base64.b64encode(key.encode() + b" " * (len(key) % 3 == 0)).rstrip(b"="),
    "base64 with BOM": lambda key: f"\ufeff{in_lines(key.encode())}",
    "base64 in UTF-16": lambda key: in_lines(key.encode()).encode("utf-16"),
    "base64 of UTF-8 with BOM": lambda key: in_lines(key.encode("utf-8-sig")),
    "base64 of UTF-16": lambda key: in_lines(key.encode("utf-16")),
    "certutil": lambda key: certutil(key.encode()),
    "certutil of UTF-16": lambda key: certutil(key.encode("utf-16")),
    "certutil on one line": lambda key: " ".join(certutil(key.encode()).split("\r\n")),
    "the private key's line ends written out": lambda key: key.replace("\\n", "\n"),
    "the private key's line ends escaped twice": lambda key: key.replace("\\n", "\\\\n"),
}


@pytest.mark.parametrize("clothes", CLOTHES)
def test_a_good_key_works_in_other_clothes(info: dict[str, Any], tmp_path: Path, clothes: str) -> None:
    dressed = CLOTHES[clothes](json.dumps(info, indent=2))
    content = dressed.encode() if isinstance(dressed, str) else dressed
    path = tmp_path / "key.json"
    path.write_bytes(content)
    assert drive_credentials({"GOOGLE_APPLICATION_CREDENTIALS": str(path)}).email == SERVICE_ACCOUNT
    if b"\0" not in content:  # which no variable can hold
        assert drive_credentials({"GOOGLE_DRIVE_SERVICE_ACCOUNT": content.decode()}).email == SERVICE_ACCOUNT


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"-----BEGIN CERTIFICATE-----\n", b"\x80\x81 binary", b"hello!"])
def test_a_file_that_is_no_key_is_named_by_its_variable(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key.json"
    path.write_bytes(content)
    said = refusal({"GOOGLE_APPLICATION_CREDENTIALS": str(path)})
    assert said.startswith("GOOGLE_APPLICATION_CREDENTIALS is neither JSON nor base64 of it: create a JSON key")


def test_no_credential_at_all_names_the_three_ways() -> None:
    said = refusal({})
    for variable in ("GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_DRIVE_SERVICE_ACCOUNT", "GOOGLE_DRIVE_API_KEY"):
        assert variable in said


def test_a_key_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = str(tmp_path / "gone.json")
    said = refusal({"GOOGLE_APPLICATION_CREDENTIALS": path})
    assert said.startswith(f"GOOGLE_APPLICATION_CREDENTIALS names no readable file ({path}): give the path")


@pytest.mark.parametrize("form", ["json", "base64"])
def test_a_key_pasted_where_its_path_belongs_is_not_shown(info: dict[str, Any], form: str) -> None:
    text = json.dumps(info)
    said = refusal(
        {"GOOGLE_APPLICATION_CREDENTIALS": text if form == "json" else base64.b64encode(text.encode()).decode()}
    )
    assert "GOOGLE_DRIVE_SERVICE_ACCOUNT" in said
    assert "PRIVATE" not in said


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "not a whole service account key"),
        ("[1]", "neither JSON nor base64"),
        ("ya29.not-base64!", "neither JSON nor base64"),
        (base64.b64encode(b"\xff\xfe").decode(), "neither JSON nor base64"),
        (base64.b64encode(b"hello").decode(), "not a whole service account key"),
        ('{"type": "authorized_user", "refresh_token": "1//secret"}', "its type is authorized_user"),
        ('{"installed": {"client_secret": "secret"}}', "not the key of a service account"),
        ('{"type": "service_account"}', "not a whole service account key"),
    ],
)
def test_text_that_is_no_key_says_so_and_what_to_do(text: str, says: str) -> None:
    said = refusal({"GOOGLE_DRIVE_SERVICE_ACCOUNT": text})
    assert says in said
    assert said.startswith("GOOGLE_DRIVE_SERVICE_ACCOUNT is ")
    assert "create a JSON key" in said


@pytest.mark.parametrize(
    "change",
    [
        {"private_key": "-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n"},
        {"private_key": None},
        {"client_email": None},
        {"token_uri": None},
        {"token_uri": "http://["},
        {"token_uri": "http://example.com/token"},  # the assertion would go over the net in the clear
    ],
)
def test_a_damaged_key_says_so_and_shows_nothing_of_it(info: dict[str, Any], change: dict[str, str | None]) -> None:
    damaged = {name: value for name, value in (info | change).items() if value is not None}
    said = refusal({"GOOGLE_DRIVE_SERVICE_ACCOUNT": json.dumps(damaged)})
    assert "not a whole service account key" in said
    assert "secret" not in said


@pytest.mark.parametrize("key", ["AIza with spaces", "AIza\r\nX-Other: header", "AIzaé", '"AIza"'])
def test_an_api_key_with_other_characters_is_refused_unseen(key: str) -> None:
    assert "GOOGLE_DRIVE_API_KEY is no API key" in refusal({"GOOGLE_DRIVE_API_KEY": key})


def test_a_credential_shows_no_secret_of_itself(info: dict[str, Any]) -> None:
    accounts = [
        drive_credentials({"GOOGLE_DRIVE_SERVICE_ACCOUNT": json.dumps(info)}),
        drive_credentials({"GOOGLE_DRIVE_API_KEY": KEY}),
    ]
    for access in accounts:
        for shown in (repr(access), str(access), f"{access.sharing}"):
            assert KEY not in shown
            assert "PRIVATE" not in shown


@pytest.mark.parametrize(
    ("endpoint", "taken"),
    [
        ("https://proxy.example", "https://proxy.example/"),
        ("https://proxy.example/drive/", "https://proxy.example/drive/"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/"),
        ("http://localhost:1/", "http://localhost:1/"),
        ("http://[::1]:1/", "http://[::1]:1/"),
    ],
)
def test_an_endpoint_is_https_or_this_machine(endpoint: str, taken: str) -> None:
    assert DriveOptions("root", endpoint=endpoint).endpoint == taken


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://proxy.example/",
        "http://127.0.0.1.example/",
        "http://localhost.example/",
        "http://10.0.0.1/",
        "ftp://localhost/",
        "localhost:8080",
        "https://user:password@proxy.example/",
        "https://proxy.example/?key=password",
        "https:///",
        "https://proxy.example:port/",
        "",
    ],
)
def test_any_other_endpoint_is_refused_unseen(endpoint: str) -> None:
    with pytest.raises(SettingsError, match=r"BLUEDOT_DRIVE_ENDPOINT is not usable: write https://HOST/") as caught:
        DriveOptions("root", endpoint=endpoint)
    assert "password" not in str(caught.value)


@pytest.mark.parametrize("root", ["", "a b", "https://drive.google.com/drive/folders/1abc", "1abc?usp=sharing", "a'b"])
def test_a_root_that_is_no_id_says_where_the_id_stands(root: str) -> None:
    with pytest.raises(SettingsError, match="what follows /folders/"):
        DriveOptions(root)


@pytest.mark.parametrize("kind", [as_key, as_account])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_credential_goes_to_no_other_host(kind: Callable[[DriveServer], DriveAccess], status: int) -> None:
    with DriveServer() as drive, one_answer(200) as other, one_answer(status, to=other.url) as proxy:
        source = open_drive(drive, kind(drive), endpoint=proxy.url, retries=0)
        with pytest.raises(SourceUnreadable):
            source.partitions(DAILY)
        credential = drive.api_key if kind is as_key else "Bearer "
        assert credential in proxy.sent
        assert other.headers
        assert credential not in other.sent
        assert "authorization" not in other.sent.lower()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_the_proof_of_an_account_goes_to_no_other_host(status: int) -> None:
    with DriveServer() as drive, one_answer(200) as other, one_answer(status, to=other.url) as tokens:
        info = drive.service_account_info() | {"token_uri": f"{tokens.url}/token"}
        access = drive_credentials({"GOOGLE_DRIVE_SERVICE_ACCOUNT": json.dumps(info)})
        with pytest.raises(SourceUnreadable):
            open_drive(drive, access, retries=0).partitions(DAILY)
        assert "assertion=" in tokens.sent
        assert "assertion=" not in other.sent


def test_a_redirect_to_another_host_is_followed_without_the_credential() -> None:
    with DriveServer() as drive, one_answer(302, to=drive.endpoint.rstrip("/")) as proxy:
        source = open_drive(drive, as_key(drive), endpoint=proxy.url, retries=0)
        with pytest.raises(SourceRefused, match="Drive answered 403"):
            source.partitions(DAILY)
        assert [one.status for one in drive.requests] == [403]


def test_calls_leave_no_thread_that_could_wake_while_the_process_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[threading.Thread] = []
    start = threading.Thread.start

    def starting(self: threading.Thread) -> None:
        started.append(self)
        start(self)

    with DriveServer() as drive:
        fill(drive, 1)
        monkeypatch.setattr(threading.Thread, "start", starting)
        assert open_drive(drive).partitions(DAILY).keys
    ours = [thread for thread in started if "process_request_thread" not in thread.name]
    assert {thread.name for thread in ours} == {"drive-watch"}
    for thread in ours:
        assert not thread.daemon
        thread.join(10)
        assert not thread.is_alive()
