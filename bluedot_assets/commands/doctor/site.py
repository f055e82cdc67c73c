"""The doctor's checks of what is published: may we publish there, and what is there? Which checks there are is in
`checks`."""

import shutil
from typing import Final

from bluedot_assets.adapters.seeds.addresses import SeedAddress
from bluedot_assets.adapters.site.pages import shell_files
from bluedot_assets.adapters.site.public import PublicSite
from bluedot_assets.commands.doctor.checkup import Checkup, CheckupResult, ok, skipped, warning
from bluedot_assets.kernel.alerts.endings import sentence_of
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES, Timeframe
from bluedot_assets.kernel.errors import PublishRefused, RepositoryUnreachable, SettingsError
from bluedot_assets.kernel.site.addresses import is_repository
from bluedot_assets.kernel.site.publication import STATUS
from bluedot_assets.kernel.site.retention import MEGABYTE
from bluedot_assets.kernel.site.status import Status, decode_status
from bluedot_assets.pipeline.upkeep.endings import room_endings, token_endings

MOST_SECONDS_APART: Final = 120


def pages_files(checkup: Checkup) -> CheckupResult:
    """Whether the static files of the site came with the package."""
    return ok(f"{len(shell_files(checkup.platform.shell, checkup.platform.docs))} static files.")


def site(checkup: Checkup, timeframe: Timeframe) -> CheckupResult:
    """Whether a publish would be taken: a git repository is asked with a push that ends before it changes anything, a
    bucket with an object that is made and deleted."""
    setting = checkup.platform.site_setting(timeframe)
    if is_repository(setting):
        _require_git()
    found = checkup.platform.site_of(timeframe)
    found.require_usable()
    return ok(f"{found.address} can be published to, and {shown(decode_status(found.snapshot().read(STATUS)))}.")


def public(checkup: Checkup, timeframe: Timeframe) -> CheckupResult:
    """Whether the world sees what is published."""
    url = checkup.platform.public_url(timeframe)
    if url is None:
        return skipped("BLUEDOT_SITE_URL is not set: no run sees whether it arrived, and messages have no links.")
    there, own = PublicSite(url).read(STATUS), checkup.platform.site_of(timeframe).snapshot().read(STATUS)
    if own is None:
        return skipped(f"Nothing is published yet that could show at {url}.")
    if there is None:
        raise SettingsError(
            f"{url} has no {STATUS}, and the site has one: correct BLUEDOT_SITE_URL, or switch Pages on (the "
            "repository's Settings, Pages, deploy from the branch, folder /)."
        )
    if there != own:
        try:
            seen = shown(decode_status(there))
        except PublishRefused:
            raise SettingsError(f"{url} is no site of ours: correct BLUEDOT_SITE_URL.") from None
        return warning(
            f"{url} {seen}, the site {shown(decode_status(own))}: a publish takes some minutes "
            "to show; if it stays so look at the repository's Actions, pages build and deployment."
        )
    return ok(f"{url} shows what is published.")


def room(checkup: Checkup) -> CheckupResult:
    """Whether the site has room for publishes to come, which is a question of GitHub Pages alone."""
    frames = TIMEFRAMES.values()
    states = {one.name: checkup.platform.status(one) for one in frames}
    places = {one.name: checkup.platform.site_of(one).address for one in frames}
    budget = checkup.settings.site_budget_mb
    if problems := [*room_endings(states, places, budget)]:
        return warning(" ".join(map(sentence_of, problems)))
    used = sum(folder.bytes for state in states.values() for folder in state.folders.values())
    return ok(f"Its dated folders have {used / MEGABYTE:.0f} MB, BLUEDOT_SITE_BUDGET_MB allows {budget}.")


def tokens(checkup: Checkup) -> CheckupResult:
    """Whether GITHUB_TOKEN ends soon."""
    if checkup.settings.github_token is None:
        return skipped("GITHUB_TOKEN is not set.")
    try:
        problems = token_endings(checkup.platform)
    except RepositoryUnreachable as error:  # whether it is accepted is another check's question
        return skipped(str(error))
    if problems:
        return warning(" ".join(map(sentence_of, problems)))
    return ok("GITHUB_TOKEN does not end soon, as far as its host says.")


def clock(checkup: Checkup) -> CheckupResult:
    """Whether this machine's clock agrees with that of the public site's server: sessions, lateness and the tokens of
    Google are judged by it."""
    url = checkup.settings.site_url
    if url is None:
        return skipped("BLUEDOT_SITE_URL is not set: there is no other clock to compare with.")
    there = PublicSite(url).server_time()
    if there is None:
        return skipped(f"{url} does not say what time it is.")
    seconds = (checkup.platform.clock() - there).total_seconds()
    if abs(seconds) > MOST_SECONDS_APART:
        way = "ahead of" if seconds > 0 else "behind"
        return warning(f"This machine's clock is {abs(seconds):.0f} s {way} that of {url}: let it be set by NTP.")
    return ok(f"It agrees with that of {url}.")


def seeds(checkup: Checkup, address: SeedAddress) -> CheckupResult:
    """Whether a seed repository would take a push; it ends before it changes anything."""
    _require_git()
    from bluedot_assets.adapters.git.branch import PUSH_PROBE, GitRemote, RemoteBranch  # noqa: PLC0415  git costs 0.2 s

    RemoteBranch(GitRemote(address.address), PUSH_PROBE).require_push_rights()
    return ok(f"{address.address.url} takes pushes for {address.timeframe}.")


def _require_git() -> None:
    if shutil.which("git") is None:
        raise SettingsError("git is not installed, and this is a git repository: install git.")


def shown(status: Status) -> str:
    """What a site says that it shows."""
    states = [f"{name} as of {state.as_of}" for name, state in sorted(status.timeframes.items()) if state.as_of]
    return f"shows {', '.join(states)}" if states else "shows nothing yet"
