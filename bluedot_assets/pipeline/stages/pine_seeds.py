"""The stage `pine_seeds`: series pushed to TradingView's seed repositories, as far as its limits allow today.

What they should show is in `seed_content`, what may be pushed next is decided in `kernel/tradingview/seeds`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import msgspec

from bluedot_assets.adapters.seeds.addresses import SETTING
from bluedot_assets.adapters.storage.outputs import Draft
from bluedot_assets.kernel.checks.verdict import ErrorRule, Numbers, Rule, RuleBroken, Verdict
from bluedot_assets.kernel.series.indicators import Indicator
from bluedot_assets.kernel.series.tradingview_rows import Violation
from bluedot_assets.kernel.site.addresses import refuse_sample
from bluedot_assets.kernel.stored.manifest import fingerprints
from bluedot_assets.kernel.tradingview.seeds.files import read_symbol_info
from bluedot_assets.kernel.tradingview.seeds.history import read_history
from bluedot_assets.kernel.tradingview.seeds.limits import REMOVED_AFTER
from bluedot_assets.kernel.tradingview.seeds.map import SeedMap, SeedRange, map_stocks
from bluedot_assets.kernel.tradingview.seeds.plan import next_step
from bluedot_assets.kernel.tradingview.seeds.rules import info_violations, push_as_judged
from bluedot_assets.kernel.tradingview.seeds.state import Nothing, Push, SeedState, Step, Wait, info_path
from bluedot_assets.pipeline.seed_content import SeedContent, seed_content
from bluedot_assets.pipeline.stage import Done, Markdown, Stage, Work, commit
from bluedot_assets.pipeline.stages.bars import NAME as BARS_NAME

if TYPE_CHECKING:
    from bluedot_assets.adapters.seeds.repository import Advanced, SeedRepository

NAME: Final = "pine_seeds"
RULES: Final = ErrorRule(
    "seeds_keep_rules", "The repository, as each push would leave it, and the push itself keep TradingView's rules."
)
ROOM: Final = Rule("seeds_have_room", "Every symbol has room in a repository.")
FRESH: Final = Rule("seeds_fresh", "No repository's data are older than 60 days.")
OLD_AFTER: Final = timedelta(days=60)


class SeedsFacts(msgspec.Struct, frozen=True):
    """What is kept of a push: how many data files each repository has, and which of them holds which stocks."""

    repositories: dict[str, int]
    ranges: list[SeedRange]
    elsewhere: dict[str, str]


class SeedsPushed(msgspec.Struct, frozen=True):
    """What became of a push: a line for each repository, and when there is more to push to one, in UTC."""

    outcomes: list[str]
    next_push: datetime | None = None


@dataclass(frozen=True)
class SeedsPlan:
    """The repositories of a timeframe as they stand, and what they should show."""

    repositories: "Sequence[SeedRepository]"
    states: Mapping[str, SeedState]
    content: SeedContent
    map: SeedMap

    def decide(self, name: str, work: Work) -> Callable[[SeedState], Step]:
        """The plan of one repository, judged before it may be carried out."""
        wanted = self.content.wanted_by(name, self.map, work)

        def decide(state: SeedState) -> Step:
            require_readable(state)
            now = work.platform.clock()
            step = next_step(state, wanted, now)
            if isinstance(step, Push):
                contents = {symbol: self.content.read(symbol) for symbol in step.write}
                if found := push_as_judged(state, step, contents, now):
                    _refuse(state.repository, found, "nothing was pushed")
            return step

        return decide


def plan_seeds(work: Work) -> SeedsPlan:
    """Read the repositories and the stored output. Raises SeedsFull, RuleBroken, PublishRefused for sample data."""
    repositories = work.platform.seeds_of(work.timeframe)
    content = seed_content(work)
    for repository in repositories:
        refuse_sample(content.sample, repository.address, SETTING)
    states = {repository.name: repository.state() for repository in repositories}
    listed = {name: read_symbol_info(require_readable(state).info) for name, state in states.items()}
    return SeedsPlan(repositories, states, content, map_stocks(listed, content.by_stock))


def require_readable(state: SeedState) -> SeedState:
    """Raises RuleBroken where symbol_info is not what TradingView reads, for then nothing can be added to it."""
    _, found = info_violations(info_path(state.repository), state.info) if state.info is not None else ([], [])
    if found:
        _refuse(state.repository, found, "correct it there")
    return state


def _refuse(repository: str, found: Sequence[Violation], remedy: str) -> None:
    message = f"{repository} would break {len(found)} of TradingView's rules, first: {found[0]}; {remedy}."
    rows = [{"file": one.file, "line": one.line, "rule": one.rule} for one in found]
    raise RuleBroken(message, [RULES.fails(message, rows, Numbers(len(found)))])


def push_seeds(work: Work) -> Done:
    """Push what the plan allows; what has to wait is in the result, and is no failure."""
    asked = plan_seeds(work)
    if asked.map.problem:
        work.warn(asked.map.problem)
    work.begin(NAME, len(asked.content.ids))
    advanced = {one.name: one.advance(asked.decide(one.name, work), asked.content.read) for one in asked.repositories}
    work.platform.progress.advance(len(asked.content.ids))
    states = {name: one.state for name, one in advanced.items()}
    verdicts = _verdicts(asked.map, states, work.platform.clock())
    facts = SeedsFacts(
        {name: len(state.data) for name, state in states.items()}, list(asked.map.ranges), dict(asked.map.elsewhere)
    )
    with work.platform.outputs.staging() as staged:
        draft = Draft(verdicts, facts, fingerprints(*asked.content.sources))
        manifest, _ = commit(work, work.slot(NAME), staged, draft)
    pushed = _pushed(advanced)
    return Done(manifest.verdicts, _metadata(advanced, pushed), manifest.fingerprint, pushed)


def _verdicts(made: SeedMap, states: Mapping[str, SeedState], now: datetime) -> list[Verdict]:
    return [
        RULES.passes(f"{', '.join(states)}: every push kept TradingView's rules.", Numbers(0)),
        ROOM.judged(not made.problem, made.problem or "All symbols have room."),
        _freshness(states, now),
    ]


def _freshness(states: Mapping[str, SeedState], now: datetime) -> Verdict:
    """TradingView removes data that nobody updates."""
    dates = {name: read_history(state.commits, now).data_at for name, state in states.items() if state.data}
    old = {name: at for name, at in dates.items() if at is not None and now - at > OLD_AFTER}
    if not old:
        message = f"No repository's data are older than {OLD_AFTER.days} days."
        return FRESH.passes(message, Numbers(0, len(dates)))
    listed = ", ".join(f"{name} since {at:%Y-%m-%d}" for name, at in old.items())
    message = f"No data were pushed to {listed}; TradingView removes them after {REMOVED_AFTER.days} days."
    rows = [{"repository": name, "since": f"{at:%F}"} for name, at in old.items()]
    return FRESH.warns(message, rows, Numbers(len(old), len(dates)))


def outcome_line(name: str, pushes: Sequence[Push], rest: Wait | Nothing) -> str:
    """What became of a repository, in one line."""
    files = sum(push.files for push in pushes)
    pushed = f"pushed {counted(files, 'file')} in {counted(len(pushes), 'commit')}" if pushes else "pushed nothing"
    return f"{name}: {pushed}{f'; {wait_line(rest)}' if isinstance(rest, Wait) else f', {rest.reason}'}"


def wait_line(rest: Wait) -> str:
    """Why nothing is pushed now, and when to run again."""
    again = rest.until + timedelta(seconds=59)  # minutes are shown, and none too early
    return f"{rest.reason}: run again after {again:%Y-%m-%d %H:%M} UTC"


def counted(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def _pushed(advanced: "Mapping[str, Advanced]") -> SeedsPushed:
    waiting = [one.rest.until for one in advanced.values() if isinstance(one.rest, Wait)]
    outcomes = [outcome_line(name, one.pushes, one.rest) for name, one in advanced.items()]
    return SeedsPushed(outcomes, min(waiting, default=None))


def _metadata(advanced: "Mapping[str, Advanced]", pushed: SeedsPushed) -> dict[str, Any]:
    return {
        "pushes": sum(len(one.pushes) for one in advanced.values()),
        "files": sum(push.files for one in advanced.values() for push in one.pushes),
        "outcomes": Markdown("\n".join(f"- {line}" for line in pushed.outcomes)),
        "next_push": pushed.next_push or "",
    }


def seeds_stage(indicators: Sequence[Indicator]) -> Stage:
    """The stage; only in the graph of a timeframe that has a repository."""
    return Stage(
        NAME,
        "TradingView's seed repositories: what its limits allow is pushed, new symbols' data half an hour after their "
        "names.",
        after=(BARS_NAME, *(indicator.asset for indicator in indicators)),
        checks=(RULES, ROOM, FRESH),
        kinds=frozenset({"git", "csv"}),
        waits_for_others=True,
    )
