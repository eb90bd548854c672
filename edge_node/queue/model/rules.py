"""What an office decides about its own queue."""

from datetime import date
from enum import StrEnum

import msgspec


class Overnight(StrEnum):
    """What becomes of who still waits at midnight: the ticket ends, or keeps its place in the next day's queue."""

    END = "end"
    CARRY_OVER = "carry-over"


class QueueRules(msgspec.Struct, frozen=True, kw_only=True):
    """``issues_past_closing_on``: the day on which the head lets tickets be issued that closing time will not reach."""

    overnight: Overnight = Overnight.END
    issues_past_closing_on: date | None = None


CARRIED_DAYS_MAX = 7  # a queue older than a week is a paper in a pocket
