"""Whether a visitor who comes now would still be called today."""

from datetime import datetime, timedelta

import msgspec

from edge_node.queue.model.estimate import WaitRange
from sync.vocabulary.office import Office
from sync.vocabulary.working_days import KYIV


class Closing(msgspec.Struct, frozen=True, kw_only=True):
    """When the office closes today; ``hour`` is local, as it stands on the door."""

    at: datetime
    hour: str


def closes_at(office: Office, *, now: datetime) -> Closing | None:
    """The end of today's hours; ``None`` where nobody has verified the office's hours, or it has none today."""
    local = now.astimezone(KYIV)
    today = next((day for day in office.hours if day.weekday == local.isoweekday()), None)
    if today is None or not office.is_verified:
        return None
    hour, minute = (int(part) for part in today.closes.split(":"))
    return Closing(at=local.replace(hour=hour, minute=minute, second=0, microsecond=0), hour=today.closes)


def is_called_before(closing: Closing, *, expected: WaitRange, now: datetime) -> bool:
    """Whether the middle of the range a visitor would wait from ``now`` ends before the office closes."""
    middle = timedelta(minutes=(expected.from_minutes + expected.to_minutes) / 2)
    return now + middle <= closing.at
