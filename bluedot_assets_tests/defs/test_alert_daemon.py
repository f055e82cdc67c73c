"""The sensors in a real daemon, with the code server and Apprise's own client: each thing told once, also through a
daemon that was killed."""

import json
import os
from pathlib import Path

import pytest

from bluedot_assets.dagster_home import INSTANCE
from bluedot_assets_tests.examples.spoiled_files import spoil
from bluedot_assets_tests.examples.trees import stock_files, write_tree
from bluedot_assets_tests.servers.dagster import daemon, wait_until
from bluedot_assets_tests.servers.webhooks import DISCORD, DISCORD_TOKEN, SLACK, SLACK_TOKEN, Webhooks

pytestmark = [pytest.mark.long, pytest.mark.timeout(420)]


def test_failure_its_end_and_digests_are_told_once_through_a_restart_of_the_daemon(
    tmp_path: Path, webhooks: Webhooks
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "dagster.yaml").write_bytes(INSTANCE.read_bytes())
    drive = write_tree(tmp_path / "drive", days=2, weeks=0)
    old, newest = sorted(path.name for path in (drive / "daily").iterdir() if path.name[0] == "2")
    good = {path: path.read_bytes() for path in stock_files(drive / "daily" / newest)}
    spoil(drive / "daily" / newest)
    environment = {
        **os.environ,
        **webhooks.environment,
        "DAGSTER_HOME": str(home),
        "BLUEDOT_SOURCE": str(drive),
        "BLUEDOT_DATA": str(tmp_path / "data"),
        "BLUEDOT_SITE": str(tmp_path / "site"),
        "BLUEDOT_POLL_SECONDS": "5",
        "BLUEDOT_SETTLE_MINUTES": "0.1",
        "NOTIFICATION_WEBHOOK_TROUBLE": SLACK,
        "NOTIFICATION_WEBHOOK_DIGEST": DISCORD,
        "PARALLEL_WORKERS": "1",
    }
    failed = f"daily {newest} failed"
    with daemon(environment, tmp_path):
        assert wait_until(lambda: failed in webhooks.titles("hooks.slack.com"), 150), log(tmp_path)
        assert wait_until(lambda: bool(webhooks.titles("discord.com")), 150), log(tmp_path)
        # A daemon that is killed between sending and remembering has to send again.
        assert wait_until(lambda: remembered(tmp_path / "site", old, newest), 60), log(tmp_path)
    for path, content in good.items():
        path.write_bytes(content)
    with daemon(environment, tmp_path):
        assert wait_until(lambda: len(webhooks.titles("discord.com")) > 1, 150), log(tmp_path)
        # The tick in which the run reports its own digest may still see the failure; the next one sees its end.
        assert wait_until(lambda: "daily is back" in webhooks.titles("hooks.slack.com"), 60), log(tmp_path)
    assert [title.split(":")[0] for title in webhooks.titles("discord.com")] == [f"daily {old}", f"daily {newest}"]
    assert webhooks.titles("hooks.slack.com").count(failed) == 1
    assert webhooks.titles("hooks.slack.com").count("daily is back") == 1
    for token in (*SLACK_TOKEN.split("/"), DISCORD_TOKEN):
        for path in (path for path in tmp_path.rglob("*") if path.is_file()):
            assert token.encode() not in path.read_bytes(), path


def remembered(site: Path, digest: str, failed: str) -> bool:
    """Whether the site's ledger has the digest of one day and the failure of the other."""
    if not (site / "notices.json").exists():
        return False
    ledger = json.loads((site / "notices.json").read_bytes())
    newest = ledger["digests"].get("daily", {}).get("partition")
    return newest == digest and f"failed:daily:{failed}" in ledger["incidents"]


def log(folder: Path) -> str:
    return (folder / "daemon.log").read_text()[-5000:]
