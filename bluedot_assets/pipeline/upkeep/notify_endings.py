"""A server notifies people of what ends soon, as the monitor does of what it can see on the public site."""

from bluedot_assets.kernel.alerts import endings
from bluedot_assets.kernel.alerts.incidents import CallerFacts
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES
from bluedot_assets.kernel.errors import BluedotError
from bluedot_assets.pipeline.notifications import notify
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.pipeline.upkeep.endings import machine_endings, site_endings


def notify_endings(platform: Platform, home: str | None = None) -> list[str]:
    """Notify people of all that ends soon, of each once: sentences on that, and on what did not work. `home` is where
    Dagster keeps its runs."""
    problems, checkers = machine_endings(platform, disks_too=True, home=home)
    try:
        states = {name: platform.status(timeframe) for name, timeframe in TIMEFRAMES.items()}
    except (BluedotError, OSError):  # that it cannot be read, people are notified of anyway
        states = {}
    if states:
        places = {name: platform.site_of(timeframe).address for name, timeframe in TIMEFRAMES.items()}
        problems += site_endings(platform, states, places)
        checkers |= {endings.CALENDAR, endings.ROOM}
    result = notify(platform, CallerFacts(problems=problems, checkers=checkers), tries=1)
    return [f"{problem.title}: {endings.sentence_of(problem)}" for problem in problems] + (
        result.sentences() if result else []
    )
