"""The git site against the contract, over smart HTTP and over file://, and what only a repository can do."""

import random
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from bluedot_assets.adapters.git import process as git_process
from bluedot_assets.adapters.git.failures import LostRace
from bluedot_assets.adapters.site.git_branch import GitSnapshot
from bluedot_assets.adapters.storage.leftovers import find_leftovers
from bluedot_assets.adapters.storage.store.local import LocalStore
from bluedot_assets.kernel.errors import PublishRefused, RepositoryRefused, RepositoryUnreachable, SettingsError
from bluedot_assets.kernel.site.publication import STATUS
from bluedot_assets.kernel.site.publish_plan import plan_publication
from bluedot_assets.kernel.site.rollback_plan import plan_rollback
from bluedot_assets.kernel.site.status import decode_status
from bluedot_assets_tests.contracts.publications import AT, OpenSite, contents, fail, publication, publish
from bluedot_assets_tests.contracts.site import DAY, EARLIER, SiteContract
from bluedot_assets_tests.examples.git_sites import open_git, open_site, public, server, store
from bluedot_assets_tests.servers.git import GitServer, Repository, git

__all__ = ["open_site", "public", "server", "store"]


@pytest.mark.long
class TestGitSiteOverHttp(SiteContract):
    """A server that asks for a token, as GitHub does."""


@pytest.mark.long
class TestGitSiteOverFile(SiteContract):
    """A repository of this machine, which offers no partial clones."""

    @pytest.fixture
    def public(self, tmp_path: Path) -> Repository:
        git("init", "--quiet", "--bare", str(tmp_path / "site.git"))
        return Repository(tmp_path / "site.git")

    @pytest.fixture
    def open_site(self, public: Repository, store: LocalStore) -> OpenSite:
        return partial(open_git, f"file://{public.path}", store)


@pytest.mark.long
class TestGitSiteThatKeepsHistory(SiteContract):
    @pytest.fixture
    def open_site(self, server: GitServer, public: Repository, store: LocalStore) -> OpenSite:
        return partial(open_git, server.url("site"), store, squash=False)


@pytest.mark.long
class TestGitSiteOnAServerWithoutTreeFilters(SiteContract):
    @pytest.fixture
    def public(self, server: GitServer) -> Repository:
        repository = server.create("site")
        repository.git("config", "uploadpackfilter.tree.allow", "false")
        return repository


@pytest.mark.parametrize("refused", ["uploadpackfilter.tree.allow", "uploadpack.allowFilter"])
def test_a_server_that_filters_less_is_published_to_all_the_same(
    refused: str, open_site: OpenSite, store: LocalStore, public: Repository
) -> None:
    public.git("config", refused, "false")
    for key in (EARLIER, DAY):
        publish(open_site(), publication(store, "daily", key, contents(key)))
    assert sorted(decode_status(public.get(STATUS)).of("daily").folders) == [EARLIER, DAY]
    assert public.tree("daily/latest") == public.tree(f"daily/{DAY}")


def test_latest_is_the_very_tree_of_the_newest_folder(
    open_site: OpenSite, store: LocalStore, public: Repository
) -> None:
    publish(open_site(), publication(store, "daily", DAY, contents("1")))
    assert public.tree("daily/latest") == public.tree(f"daily/{DAY}")


def test_a_publish_is_one_commit_that_says_what_it_holds(
    open_site: OpenSite, store: LocalStore, public: Repository
) -> None:
    for key in (EARLIER, DAY):
        publish(open_site(), publication(store, "daily", key, contents(key)))
    assert public.commits() == 1
    assert public.git("log", "--format=%s", "gh-pages").strip() == f"daily {DAY}: 3 stocks, 3 CSVs"


def test_what_is_published_has_the_page_of_its_commit(
    open_site: OpenSite, store: LocalStore, public: Repository
) -> None:
    site = open_site()
    publish(site, publication(store, "daily", DAY, contents(DAY)))
    here = site.snapshot()
    assert isinstance(here, GitSnapshot)
    assert here.page is None  # this server shows no pages
    there = GitSnapshot(here.branch, store, {}, "https://github.com/u/site.git")
    assert there.page == f"https://github.com/u/site/commit/{public.tip()}"


def test_kept_history_has_a_commit_for_each_publish_that_changed_something(
    server: GitServer, store: LocalStore, public: Repository
) -> None:
    def site() -> object:
        return open_git(server.url("site"), store, squash=False)

    for key in (EARLIER, DAY, DAY):
        publish(site(), publication(store, "daily", key, contents(key)))  # type: ignore[arg-type]
    assert public.git("log", "--format=%s", "gh-pages").splitlines() == [
        f"daily {DAY}: 3 stocks, 3 CSVs",
        f"daily {EARLIER}: 3 stocks, 3 CSVs",
    ]


def test_unchanged_content_makes_no_commit(open_site: OpenSite, store: LocalStore, public: Repository) -> None:
    publish(open_site(), publication(store, "daily", DAY, contents("1")))
    tip = public.tip()
    assert publish(open_site(), publication(store, "daily", DAY, contents("1"), at=AT + timedelta(days=1))) is None
    assert public.tip() == tip


def test_a_failed_run_leaves_every_tree_as_it_was(open_site: OpenSite, store: LocalStore, public: Repository) -> None:
    publish(open_site(), publication(store, "daily", DAY, contents("1")))
    before = public.tree("daily"), public.tree("assets"), public.tip()
    fail(open_site(), "daily", "2024-08-05")
    assert (public.tree("daily"), public.tree("assets")) == before[:2]
    assert public.tip() != before[2]


def test_a_rollback_points_latest_at_the_older_tree_and_uploads_almost_nothing(
    open_site: OpenSite, store: LocalStore, public: Repository, server: GitServer
) -> None:
    for key in (EARLIER, DAY):
        publish(open_site(), publication(store, "daily", key, contents(key, stocks=400)))
    server.traffic()
    open_site().publish(lambda site: plan_rollback("daily", EARLIER, AT, "bad prices", site))
    uploaded, _ = server.traffic()
    assert public.tree("daily/latest") == public.tree(f"daily/{EARLIER}")
    assert uploaded < 4096
    rolled_back = decode_status(public.get(STATUS)).of("daily").rolled_back
    assert rolled_back is not None and (rolled_back.to, rolled_back.withdrawn) == (EARLIER, DAY)


def test_a_mirror_is_the_very_tree_of_its_folder_and_a_rollback_of_it_uploads_almost_nothing(
    open_site: OpenSite, store: LocalStore, public: Repository, server: GitServer
) -> None:
    for key in (EARLIER, DAY):
        scripts = {f"scripts/{number}.pine": f"{key} {number}".encode() * 100 for number in range(200)}
        made = publication(store, "daily", key, contents(key, stocks=400), extras=scripts)
        publish(open_site(), replace(made, mirrors={"pine/scripts": "scripts"}))
        assert public.tree("pine/scripts") == public.tree(f"daily/{key}/scripts")
    server.traffic()
    open_site().publish(lambda site: plan_rollback("daily", EARLIER, AT, "bad prices", site))
    uploaded, downloaded = server.traffic()
    assert public.tree("pine/scripts") == public.tree(f"daily/{EARLIER}/scripts")
    assert uploaded < 4096
    assert downloaded < 100_000


def test_the_next_day_downloads_little_however_large_the_site_is(
    open_site: OpenSite, store: LocalStore, server: GitServer
) -> None:
    for day in range(1, 6):
        publish(open_site(), publication(store, "daily", f"2024-08-0{day}", contents(str(day), stocks=300)))
    server.traffic()
    publish(open_site(), publication(store, "daily", "2024-08-06", contents("6", stocks=300)))
    _, downloaded = server.traffic()
    assert downloaded < 10_000


def test_a_correction_uploads_what_changed_alone(open_site: OpenSite, store: LocalStore, server: GitServer) -> None:
    csvs = {f"S{number}": random.Random(number).randbytes(2000) for number in range(300)}
    publish(open_site(), publication(store, "daily", DAY, csvs))
    first, _ = server.traffic()
    publish(open_site(), publication(store, "daily", DAY, csvs | {"S7": b"20240802T,2,2,2,2,2\n"}))
    corrected, _ = server.traffic()
    assert first > 600_000
    assert corrected < 30_000  # the folder's list of files, index.json and one CSV


def test_a_lost_race_is_built_again_on_what_the_winner_left(
    open_site: OpenSite, store: LocalStore, public: Repository
) -> None:
    publish(open_site(), publication(store, "daily", EARLIER, contents("1")))
    rival = publication(store, "weekly", "2024-W31", contents("2"))
    asked: list[str | None] = []

    def decide(site: object) -> object:
        asked.append(public.tip())
        plan = plan_publication(publication(store, "daily", DAY, contents("3")), site)  # type: ignore[arg-type]
        if len(asked) == 1:
            publish(open_site(), rival)  # after the look at the site and before the push
        return plan

    assert open_site().publish(decide) is not None  # type: ignore[arg-type]
    assert len(set(asked)) == 2
    status = decode_status(public.get(STATUS))
    assert (status.of("daily").as_of, status.of("weekly").as_of) == (DAY, "2024-W31")


def test_a_squash_with_a_stale_lease_overwrites_nothing(
    open_site: OpenSite, store: LocalStore, public: Repository
) -> None:
    publish(open_site(), publication(store, "daily", EARLIER, contents("1")))
    stale = open_git(public.path.as_uri(), store).snapshot().branch
    publish(open_site(), publication(store, "weekly", "2024-W31", contents("2")))
    tip = public.tip()
    commit = stale.commit([b"commit refs/heads/next\ncommitter a <a@example.org> 0 +0000\ndata 0\n\n"])
    with pytest.raises(LostRace):
        stale.push(commit)
    assert public.tip() == tip


def test_a_folder_that_breaks_the_budget_is_refused_before_anything_is_pushed(
    open_site: OpenSite, store: LocalStore, public: Repository, server: GitServer
) -> None:
    publish(open_site(), publication(store, "daily", EARLIER, contents("1")))
    tip = public.tip()
    server.traffic()
    with pytest.raises(PublishRefused, match=r"BLUEDOT_SITE_BUDGET_MB.*BLUEDOT_SITE_WEEKLY.*Nothing was published"):
        publish(open_site(), replace(publication(store, "daily", DAY, contents("2")), budget=1000))
    assert not [request for request in server.log if "receive-pack" in request.path]
    assert public.tip() == tip


def test_an_answer_that_is_lost_after_the_push_arrived_is_a_success(
    open_site: OpenSite, store: LocalStore, public: Repository, server: GitServer
) -> None:
    publish(open_site(), publication(store, "daily", EARLIER, contents("1")))
    server.faults.cut_once["/git-receive-pack"] = 0
    plan = publish(open_site(), publication(store, "daily", DAY, contents("2")))
    assert server.faults.cut_once == {}
    assert plan is not None and plan.folders
    assert public.tree("daily/latest") == public.tree(f"daily/{DAY}")


@pytest.mark.parametrize("squash", [True, False])
def test_a_publish_whose_answer_is_lost_is_a_success_also_when_somebody_publishes_on_top_of_it(
    squash: bool, open_site: OpenSite, store: LocalStore, public: Repository, server: GitServer
) -> None:
    publish(open_site(), publication(store, "daily", EARLIER, contents("1")))
    server.faults.cut_once["/git-receive-pack"] = 0
    site = open_git(server.url("site"), store, squash=squash)
    rival = publication(store, "weekly", "2024-W31", contents("2"))

    def publish_meanwhile(seconds: float) -> None:
        publish(open_site(), rival)

    site.options = replace(site.options, sleep=publish_meanwhile)
    plan = publish(site, publication(store, "daily", DAY, contents("3")))
    assert server.faults.cut_once == {}
    assert plan is not None and plan.folders
    status = decode_status(public.get(STATUS))
    assert (status.of("daily").as_of, status.of("weekly").as_of) == (DAY, "2024-W31")


def test_a_publish_that_never_arrived_is_made_again_although_its_answer_was_lost(
    open_site: OpenSite, store: LocalStore, public: Repository, server: GitServer
) -> None:
    publish(open_site(), publication(store, "daily", EARLIER, contents("1")))
    public.hook("pre-receive", "rm $0; kill -9 $PPID; exit 1")
    plan = publish(open_site(), publication(store, "daily", DAY, contents("2")))
    assert plan is not None and plan.folders
    assert decode_status(public.get(STATUS)).of("daily").as_of == DAY


def test_a_publish_on_a_snapshot_that_is_out_of_date_overwrites_nothing(
    open_site: OpenSite, store: LocalStore, public: Repository
) -> None:
    publish(open_site(), publication(store, "daily", EARLIER, contents("1")))
    site = open_site()
    known = site.snapshot()
    publish(open_site(), publication(store, "weekly", "2024-W31", contents("2")))
    wanted = publication(store, "daily", DAY, contents("3"))
    assert site.publish(lambda now: plan_publication(wanted, now), known) is not None
    status = decode_status(public.get(STATUS))
    assert (status.of("daily").as_of, status.of("weekly").as_of) == (DAY, "2024-W31")
    assert site.snapshot().read(STATUS) == public.get(STATUS)


@pytest.mark.parametrize("squash", [True, False])
def test_one_process_publishes_day_after_day_on_what_it_pushed_itself(
    squash: bool, server: GitServer, store: LocalStore, public: Repository
) -> None:
    days = [f"2024-08-0{number}" for number in range(1, 6)]
    publish(open_git(server.url("site"), store), publication(store, "daily", days[0], contents(days[0], stocks=300)))
    site = open_git(server.url("site"), store, squash=squash)
    for day in days[1:]:
        wanted = publication(store, "daily", day, contents(day, stocks=300))
        server.traffic()
        site.publish(partial(plan_publication, wanted), site.snapshot())
        uploaded, downloaded = server.traffic()
        assert uploaded < 60_000  # this day alone
        assert downloaded < 20_000
        assert site.snapshot().damaged(f"daily/{day}", wanted.csvs) == []
    public.git("fsck", "--strict")
    assert public.commits() == (1 if squash else 5)
    for day in days:
        assert public.get(f"daily/{day}/S7_PRICE_DATA.csv") == contents(day, stocks=300)["S7"]
    assert public.tree("daily/latest") == public.tree(f"daily/{days[-1]}")
    assert sorted(decode_status(public.get(STATUS)).of("daily").folders) == days


def test_a_branch_with_something_else_on_it_is_left_alone(
    open_site: OpenSite, store: LocalStore, public: Repository, tmp_path: Path
) -> None:
    _push_files(public, tmp_path, {"main.py": "print()"})
    tip = public.tip()
    with pytest.raises(
        PublishRefused, match=r"holds something else than a site of ours \(main.py\).*BLUEDOT_SITE_BRANCH"
    ):
        publish(open_site(), publication(store, "daily", DAY, contents("1")))
    with pytest.raises(SettingsError, match="BLUEDOT_SITE_BRANCH"):
        open_site().require_usable()
    assert public.tip() == tip


def test_a_custom_domain_stays_on_the_branch(
    open_site: OpenSite, store: LocalStore, public: Repository, tmp_path: Path
) -> None:
    _push_files(public, tmp_path, {"CNAME": "dots.example.com"})
    publish(open_site(), publication(store, "daily", DAY, contents("1")))
    assert public.get("CNAME") == b"dots.example.com"


def _push_files(public: Repository, tmp_path: Path, files: dict[str, str]) -> None:
    work = tmp_path / "work"
    git("clone", "--quiet", str(public.path), str(work))
    for name, text in files.items():
        (work / name).write_text(text)
    git("add", "-A", folder=work)
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    git(*who, "commit", "--quiet", "-m", "mine", folder=work)
    git("push", "--quiet", "origin", "HEAD:refs/heads/gh-pages", folder=work)


@pytest.mark.parametrize("token", ["wrong", None])
def test_without_a_right_token_nothing_is_pushed_and_the_remedy_is_said(
    token: str | None, server: GitServer, store: LocalStore, public: Repository
) -> None:
    site = open_git(server.url("site"), store, token=token)
    with pytest.raises(RepositoryRefused, match="GITHUB_TOKEN"):
        publish(site, publication(store, "daily", DAY, contents("1")))
    with pytest.raises(SettingsError, match="GITHUB_TOKEN"):
        open_git(server.url("site"), store, token=token).require_usable()
    assert public.tip() is None


def test_a_token_that_may_only_read_is_told_before_the_work(
    server: GitServer, store: LocalStore, public: Repository
) -> None:
    reader = "reads-only"
    server.readers.add(reader)
    with pytest.raises(RepositoryRefused, match=r"May not push to .* with GITHUB_TOKEN: give"):
        open_git(server.url("site"), store, token=reader).require_usable()


def test_what_may_push_is_usable_and_the_question_leaves_nothing(
    open_site: OpenSite, store: LocalStore, public: Repository
) -> None:
    open_site().require_usable()
    assert public.git("for-each-ref").strip() == ""
    publish(open_site(), publication(store, "daily", DAY, contents("1")))
    tip = public.tip()
    open_site().require_usable()
    assert (public.tip(), public.git("for-each-ref").count("\n")) == (tip, 1)


def test_a_repository_that_is_not_there_is_named(server: GitServer, store: LocalStore) -> None:
    with pytest.raises(RepositoryRefused, match=r"There is no repository http.*/absent.git"):
        open_git(server.url("absent"), store).snapshot()


def test_a_remote_that_refuses_says_why(open_site: OpenSite, store: LocalStore, public: Repository) -> None:
    public.hook("pre-receive", "echo 'over the quota of this account' >&2; exit 1")
    with pytest.raises(PublishRefused, match=r"refuses the push .*over the quota of this account"):
        publish(open_site(), publication(store, "daily", DAY, contents("1")))
    assert public.tip() is None
    public.hook("pre-receive", "")
    assert publish(open_site(), publication(store, "daily", DAY, contents("1"))) is not None


def test_a_server_that_takes_no_rewritten_history_takes_a_site_that_keeps_it(
    store: LocalStore, public: Repository, server: GitServer
) -> None:
    public.git("config", "receive.denyNonFastForwards", "true")
    publish(open_git(server.url("site"), store), publication(store, "daily", EARLIER, contents("1")))
    with pytest.raises(PublishRefused, match=r"denying non-fast-forward.*BLUEDOT_SITE_HISTORY=keep"):
        publish(open_git(server.url("site"), store), publication(store, "daily", DAY, contents("2")))
    publish(open_git(server.url("site"), store, squash=False), publication(store, "daily", DAY, contents("2")))
    assert (public.commits(), decode_status(public.get(STATUS)).of("daily").as_of) == (2, DAY)


@pytest.mark.parametrize("status", [411, 413, 422])
def test_an_upload_that_the_host_refuses_is_sent_once_and_changes_nothing(
    store: LocalStore, public: Repository, server: GitServer, status: int
) -> None:
    publish(open_git(server.url("site"), store), publication(store, "daily", EARLIER, contents("1")))
    tip, server.log = public.tip(), []
    server.faults.status["site.git/git-receive-pack"] = status
    with pytest.raises(PublishRefused, match=rf"Could not push to .*{status}.*ssh:// address"):
        publish(open_git(server.url("site"), store), publication(store, "daily", DAY, contents("2")))
    assert [one.status for one in server.log if one.method == "POST"][-1:] == [status]
    assert (public.tip(), sum(one.status == status for one in server.log)) == (tip, 1)


def test_a_repository_of_another_user_is_told_with_git_s_own_remedy(
    tmp_path: Path, store: LocalStore, public: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(RepositoryRefused, match=rf"safe\.directory {public.path}` on that machine"):
        open_git(f"file://{public.path}", store).snapshot()


def test_no_network_is_an_error_that_may_pass_and_nothing_is_lost(tmp_path: Path, store: LocalStore) -> None:
    with GitServer(tmp_path / "git") as server:
        public, url, port = server.create("site"), server.url("site"), server.port
        publish(open_git(url, store), publication(store, "daily", EARLIER, contents("1")))
    with pytest.raises(RepositoryUnreachable, match="cannot be reached"):
        publish(open_git(url, store, attempts=0), publication(store, "daily", DAY, contents("2")))
    with GitServer(tmp_path / "git", port=port):
        assert publish(open_git(url, store), publication(store, "daily", DAY, contents("2"))) is not None
    assert decode_status(public.get(STATUS)).of("daily").as_of == DAY


def test_a_server_that_hangs_is_given_up_and_no_process_of_git_stays(
    server: GitServer, store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = threading.Event()
    monkeypatch.setattr(git_process, "USUAL_S", 1)
    server.create("site")
    server.faults.before = lambda _: [ended.wait(30)].clear()
    began = time.monotonic()
    try:
        with pytest.raises(RepositoryUnreachable, match="timed out: git did not end within 1 s"):
            open_git(server.url("site"), store, attempts=0).snapshot()
        assert time.monotonic() - began < 5
        assert not [one for one in Path("/proc").glob("[0-9]*") if server.url("site") in command_of(one)]
    finally:
        ended.set()


def command_of(process: Path) -> str:
    try:
        return (process / "cmdline").read_text(errors="replace")
    except OSError:  # it has just ended
        return ""


def test_a_server_that_fails_for_a_while_is_asked_again(
    open_site: OpenSite, store: LocalStore, public: Repository, server: GitServer
) -> None:
    failing = ["upload-pack", "upload-pack", "receive-pack"]

    def before(path: str) -> None:
        server.faults.status.clear()
        if failing and failing[0] in path:
            server.faults.status[failing.pop(0)] = 503

    server.faults.before = before
    assert publish(open_site(), publication(store, "daily", DAY, contents("1"))) is not None
    assert failing == []
    assert public.tree("daily/latest") == public.tree(f"daily/{DAY}")


def test_a_damaged_published_file_is_found_without_downloading_it(
    open_site: OpenSite, store: LocalStore, public: Repository, tmp_path: Path
) -> None:
    wanted = publication(store, "daily", DAY, contents("1"))
    publish(open_site(), wanted)
    assert open_site().snapshot().damaged(f"daily/{DAY}", wanted.csvs) == []
    work = tmp_path / "work"
    git("clone", "--quiet", "--branch", "gh-pages", str(public.path), str(work))
    (work / f"daily/{DAY}/S1_PRICE_DATA.csv").write_text("20240802T,9,9,9,9,9\n")
    (work / f"daily/{DAY}/S2_PRICE_DATA.csv").unlink()
    git("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qam", "harm", folder=work)
    git("push", "--quiet", folder=work)
    damaged = open_site().snapshot().damaged(f"daily/{DAY}", wanted.csvs)
    assert damaged == ["S1_PRICE_DATA.csv", "S2_PRICE_DATA.csv"]


def test_a_site_that_stays_open_sees_what_others_publish(open_site: OpenSite, store: LocalStore) -> None:
    watcher = open_site()
    assert watcher.snapshot().read(STATUS) is None
    publish(open_site(), publication(store, "daily", DAY, contents("1")))
    first = watcher.snapshot().read(STATUS)
    publish(open_site(), publication(store, "weekly", "2024-W31", contents("1")))
    assert first is not None and watcher.snapshot().read(STATUS) != first


def test_what_a_process_keeps_for_days_is_no_leftover_until_it_is_killed(
    server: GitServer, public: Repository, store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    keeps = (
        "import tempfile, time; from pathlib import Path; "
        "from bluedot_assets_tests.examples import git_sites as sites; "
        f"tempfile.tempdir = {str(tmp_path)!r}; store = sites.LocalStore(Path({str(tmp_path / 'data')!r})); "
        f"kept = sites.open_git({server.url('site')!r}, store).snapshot(); print('kept', flush=True); time.sleep(600)"
    )
    days_later = datetime.now(UTC) + timedelta(days=5)
    with subprocess.Popen([sys.executable, "-c", keeps], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"kept\n"
        assert list(find_leftovers(store, days_later)) == []
        other.kill()
    (left,) = find_leftovers(store, datetime.now(UTC))
    assert left.name.startswith("bluedot-git-")
    open_git(server.url("site"), store).snapshot()
    assert not left.exists()  # the next one that needs such a folder has removed it


def test_a_site_whose_clone_others_removed_is_fetched_anew(
    open_site: OpenSite, store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    publish(open_site(), publication(store, "daily", EARLIER, contents(EARLIER)))
    site = open_site()
    known = site.snapshot()
    days_later = datetime.now(UTC) + timedelta(days=5)
    assert list(find_leftovers(store, days_later)) == []  # this process lives
    (clone,) = (path for path in tmp_path.glob("bluedot-git-*") if path.is_dir())
    shutil.rmtree(clone)
    assert site.snapshot().read(STATUS)
    made = publication(store, "daily", DAY, contents(DAY))
    (clone,) = (path for path in tmp_path.glob("bluedot-git-*") if path.is_dir())
    shutil.rmtree(clone)
    assert site.publish(lambda here: plan_publication(made, here), known) is not None
    assert sorted(decode_status(site.snapshot().read(STATUS)).of("daily").folders) == [EARLIER, DAY]
