"""How what was told is written to the site, so that nobody who told at the same time is forgotten."""

from collections.abc import Sequence

import msgspec
from msgspec import structs

from bluedot_assets.kernel.messages import Message
from bluedot_assets.kernel.notices import NOTICES, Notices, decode_notices, merged
from bluedot_assets.kernel.site.publication import STATUS, Plan, Published
from bluedot_assets.kernel.site.status import FailedDelivery, Status, decode_status


class Aside(msgspec.Struct, frozen=True):
    """What was told while the site could not be written: kept elsewhere, with what the site said then."""

    site: Notices
    told: Notices

    def encoded(self) -> bytes:
        return msgspec.json.encode(self, order="sorted")


def decode_aside(content: bytes) -> Aside:
    """Raises msgspec.DecodeError when `content` is none."""
    return msgspec.json.decode(content, type=Aside)


def recalled(site: Notices, aside: Aside | None) -> Notices:
    """What is told, as far as it is known."""
    return merged(aside.site, aside.told, site) if aside else site


def plan_remembering(base: Notices, told: Notices, messages: Sequence[Message], site: Published) -> Plan | None:
    """The change that makes the site remember `told`, which was made of `base`; None when it does already. Its
    `status.json` shows what was not delivered."""
    theirs = decode_notices(site.read(NOTICES))
    now = told if theirs == base else merged(base, told, theirs)
    status = _showing(decode_status(site.read(STATUS)), now)
    wanted = {NOTICES: now.encoded(), STATUS: status.encoded()}
    files = {path: content for path, content in wanted.items() if not site.holds(path, content)}
    said = f"told: {messages[0].title}" if messages else "incidents that are over"
    more = f" and {len(messages) - 1} more" if len(messages) > 1 else ""
    return Plan(f"{said}{more}", files=files) if files else None


def _showing(status: Status, now: Notices) -> Status:
    waiting = [
        FailedDelivery(one.message.title, one.since, one.receivers)
        for _, one in sorted(now.undelivered.items(), key=lambda pair: pair[1].since)
    ]
    return structs.replace(status, undelivered=waiting)
