"""A day as an office lived it: who took a ticket when, and when they were called. Minutes count from local midnight."""

import msgspec

MINUTES_MAX = 24 * 60


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """One ticket; ``called_minute`` is ``None`` when the office closed before it was called."""

    queue: str
    ticket: str
    issued_minute: float
    called_minute: float | None
    is_no_show: bool = False


class OfficeDay(msgspec.Struct, frozen=True, kw_only=True):
    """The visits of one office in the order of their tickets; ``desks`` is the most desks that were open at once."""

    source: str
    visits: tuple[Visit, ...]
    desks: int

    @property
    def first_minute(self) -> float:
        """When the first ticket was taken; 0 for a day without visits."""
        return min((visit.issued_minute for visit in self.visits), default=0.0)


def minute_of_clock(text: str) -> int:
    """``09:30`` as minutes after midnight; raises ``ValueError`` for anything else."""
    hours, separator, minutes = text.partition(":")
    if not (separator and len(minutes) == 2 and hours.isdecimal() and minutes.isdecimal()):  # noqa: PLR2004 - MM
        raise ValueError(f"{text!r} is no time of day such as 09:30")
    value = int(hours) * 60 + int(minutes)
    if int(minutes) >= 60 or value > MINUTES_MAX:  # noqa: PLR2004 - minutes of an hour
        raise ValueError(f"{text!r} is no time of day such as 09:30")
    return value
