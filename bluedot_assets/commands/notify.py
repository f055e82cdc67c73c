"""`bluedot notify`: notify people of what is new, now; and the same at the end of `bluedot run`. What is sent, and once
only, is decided in `pipeline/notifications`."""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bluedot_assets.commands.console import print_json, print_warning, settings_here
from bluedot_assets.commands.github.problems import read_problems
from bluedot_assets.commands.partitions import timeframes_of
from bluedot_assets.commands.run.outcome import Outcome, outcomes_here
from bluedot_assets.kernel.alerts.incidents import CallerFacts, Problem, seeds_checker, seeds_problem
from bluedot_assets.kernel.alerts.message import Message, Topic
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES
from bluedot_assets.kernel.errors import SettingsError
from bluedot_assets.kernel.site.status import Run
from bluedot_assets.pipeline.notifications import NotificationResult, notify
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.pipeline.stages.pine_seeds import NAME as SEEDS

NO_ADDRESS = "NOTIFICATION_WEBHOOK is not set: give the address of a Slack or Discord webhook, or any Apprise URL."
TOPICS: tuple[Topic, ...] = ("digest", "trouble")


def notify_people(timeframe_word: str, *, as_json: bool) -> int:
    """Send what is new. 0 also where a message could not be delivered: it is printed, shown on the site and tried again
    the next time. 1 where the site could not be read. Raises SettingsError without an address."""
    result = notify(Platform(settings_here()), CallerFacts(log=log_of(os.environ)), timeframes_of(timeframe_word))
    if result is None:
        raise SettingsError(NO_ADDRESS)
    return _show(result, as_json=as_json)


def notify_of_job(timeframe_word: str, problems_file: Path | None) -> int:
    """The same at the end of a CI job: with what its runs saw, and what stopped a step before any run could begin, by
    `problems_file`. 0 also without an address: who sets none wants no messages."""
    platform = Platform(settings_here())
    timeframes = timeframes_of(timeframe_word)
    facts = facts_of(platform, outcomes_here(platform))
    checkers = {f"{timeframe.name} job" for timeframe in timeframes}
    problems = [
        Problem(f"{word}:stopped", f"The {word} stopped before a run", why, "do what it says, and run the job again.")
        for why in read_problems(problems_file)
        for word in sorted(checkers)
    ]
    problems += facts.problems
    result = notify(platform, replace(facts, problems=problems, checkers=facts.checkers | checkers), timeframes)
    if result is None:
        sys.stdout.write(f"Nobody is notified: {NO_ADDRESS}\n")
        return 0
    return _show(result, as_json=False)


def send_test(*, as_json: bool) -> int:
    """A message to every address; 1 when one did not take it. Raises SettingsError without an address."""
    platform = Platform(settings_here())
    notifier = platform.notifier()
    if notifier is None:
        raise SettingsError(NO_ADDRESS)
    results: dict[str, str] = {}
    for topic in TOPICS:
        receivers = notifier.receivers(topic)
        problems = notifier.send(test_message(topic, platform.settings.site_url or ""), receivers)
        results |= {f"{name} ({topic})": problems.get(name, "") for name in receivers}
    if as_json:
        print_json({"delivered": not any(results.values()), "receivers": results})
    else:
        sys.stdout.writelines(f"{name}: {problem or 'delivered'}\n" for name, problem in results.items())
    return 1 if any(results.values()) else 0


def _show(result: NotificationResult, *, as_json: bool) -> int:
    if as_json:
        titles = [message.title for message in result.sent]
        print_json({"told": titles, "undelivered": result.failed, "problems": result.problems})
    else:
        sys.stdout.writelines(f"notified: {message.title}\n" for message in result.sent)
        if not result.sent and not result.failed:
            sys.stdout.write("Nobody needs to be notified of anything new.\n")
        for sentence in result.sentences():
            print_warning(sentence)
    return 0 if result.site_was_read else 1


def notify_of_runs(platform: Platform, outcomes: Sequence[Outcome]) -> list[str]:
    """Notify people of what these runs brought; sentences on what was not delivered."""
    names = {outcome.timeframe for outcome in outcomes}
    timeframes = [timeframe for name, timeframe in TIMEFRAMES.items() if name in names]
    result = notify(platform, facts_of(platform, outcomes), timeframes) if timeframes else None
    return result.sentences() if result else []


def facts_of(platform: Platform, outcomes: Sequence[Outcome]) -> CallerFacts:
    """What the runs saw themselves: the site may not know of it."""
    failures: dict[str, list[Run]] = {}
    seeds: dict[str, Problem | None] = {}  # by timeframe, of its last push
    for one in outcomes:
        if one.seeds_failed_alone:
            seeds[one.timeframe] = seeds_problem(one.timeframe, one.partition, one.error or "")
        elif not one.success:
            failed = Run(one.partition, "failed", platform.clock(), one.run_id, reason=one.error or "")
            failures.setdefault(one.timeframe, []).append(failed)
        if SEEDS in one.stages_s:
            seeds[one.timeframe] = None
    checks = {(one.timeframe, one.partition): one.checks for one in outcomes}
    problems = [problem for problem in seeds.values() if problem]
    return CallerFacts(failures, checks, problems, frozenset(map(seeds_checker, seeds)), log_of(os.environ))


def log_of(environment: Mapping[str, str]) -> str:
    """Where the log of this run is to be read: in GitHub Actions it has an address."""
    parts = [environment.get(name, "") for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")]
    return f"Log: {parts[0]}/{parts[1]}/actions/runs/{parts[2]}" if all(parts) else ""


def test_message(topic: Topic, url: str) -> Message:
    what = "the digest of new blue dots" if topic == "digest" else "failures, lateness and warnings"
    return Message(
        id=f"test:{topic}",
        topic=topic,
        title=f"BlueDot: a test of the {topic} messages",
        paragraphs=[f"This receiver gets {what}. Nothing is to be done."],
        after=[f"The site: {url}/index.html"] if url else [],
    )
