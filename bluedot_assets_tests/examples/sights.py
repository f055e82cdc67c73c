"""Sights of a site made by hand: folders by date, dots by symbol. No test belongs here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from msgspec import structs

from bluedot_assets.kernel.alerts.incidents import CallerFacts
from bluedot_assets.kernel.alerts.ledger import Ledger
from bluedot_assets.kernel.alerts.message import Message
from bluedot_assets.kernel.alerts.reconcile import SiteObservation, reconcile
from bluedot_assets.kernel.site.dashboard import Dashboard, StockRow
from bluedot_assets.kernel.site.status import CheckResult, Folder, RolledBack, Run, TimeframeStatus

URL: Final = "https://trader.github.io/dots"
START: Final = datetime(2024, 7, 31, 10, tzinfo=UTC)


def stock(symbol: str, last: date, **more: Any) -> StockRow:
    """A stock with a dot on its last bar."""
    values: dict[str, Any] = {
        "name": f"{symbol.title()} Limited",
        "zone": 0,
        "close": 110.0,
        "previous": 100.0,
        "rlst": 85.0,
        "rlst_5": None,
        "rlst_20": None,
        "dot_age": 0,
        "last_dot": last,
        "etf": 0,
        "asm": 0,
        "gsm": 0,
        "pattern": None,
    }
    return StockRow(symbol=symbol, last=last, **(values | more))


def folder_of(key: str, stocks: Sequence[StockRow], timeframe: str = "daily") -> Dashboard:
    session = max((one.last for one in stocks), default=date.fromisoformat(key))
    return Dashboard(timeframe=timeframe, as_of=key, session=session, sample=False, indicators=[], stocks=list(stocks))


@dataclass
class Scene:
    """A daily site that changes, and people who are told; `said` gathers all messages."""

    now: datetime = START
    state: TimeframeStatus = field(default_factory=TimeframeStatus)
    dashboards: dict[str, Dashboard] = field(default_factory=dict)
    told: Ledger = field(default_factory=Ledger)
    said: list[Message] = field(default_factory=list)

    def publish(self, key: str, *symbols: str, checks: Sequence[CheckResult] = (), keep: int = 10) -> None:
        """`key` is public with dots of those stocks on its bar."""
        day = date.fromisoformat(key)
        self.dashboards[key] = folder_of(key, [stock(symbol, day) for symbol in symbols])
        fingerprint = f"{key} {symbols}"
        folders = {**self.state.folders, key: Folder(self.now, 4, 100, fingerprint)}
        kept = sorted(folders)[-keep:]
        self.dashboards = {one: board for one, board in self.dashboards.items() if one in kept}
        newest = max(kept)
        run = Run(key, "published", self.now, f"run-{len(self.state.runs)}", 8.2, 57, 228, 1)
        self.state = structs.replace(
            self.state,
            as_of=newest,
            folders={one: folders[one] for one in kept},
            runs=[run, *self.state.runs],
            failures={one: failure for one, failure in self.state.failures.items() if one != key},
            checks=list(checks) if newest == key else self.state.checks,
            rolled_back=None,
            due_at=datetime.combine(date.fromisoformat(newest), START.time(), UTC) + timedelta(days=1),
            late_after=datetime.combine(date.fromisoformat(newest), START.time(), UTC) + timedelta(days=1, hours=6),
        )

    def fail(self, key: str, reason: str = "2 of 4 files gave series") -> None:
        run = Run(key, "failed", self.now, f"failed-{key}-{self.now:%H}", reason=reason)
        self.state = structs.replace(self.state, failures={**self.state.failures, key: run})

    def roll_back(self, to: str) -> None:
        back = RolledBack(to=to, withdrawn=max(self.state.folders), at=self.now, reason="wrong closes")
        self.state = structs.replace(self.state, rolled_back=back, as_of=to, checks=[])

    def tell(self, facts: CallerFacts | None = None, *, blind: bool = False, watched: Sequence[str] = ()) -> list[str]:
        """Titles of what is told now; `blind`: the site cannot be read."""
        states: Mapping[str, TimeframeStatus] = {} if blind else {"daily": self.state}
        messages, self.told = reconcile(self.sight(states, facts or CallerFacts(), watched), self.told)
        self.said += messages
        return [message.title for message in messages]

    def sight(
        self, states: Mapping[str, TimeframeStatus], facts: CallerFacts, watched: Sequence[str]
    ) -> SiteObservation:
        return SiteObservation(
            now=self.now,
            states=states,
            dashboard_of=lambda timeframe, key: self.dashboards.get(key),
            facts=facts,
            urls={"daily": URL},
            watched=frozenset(watched),
        )

    def after(self, **passed: float) -> None:
        self.now += timedelta(**passed)
