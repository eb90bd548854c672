"""What a ticket printer does."""

from enum import StrEnum
from typing import Protocol

import msgspec

from device_drivers.driver import Condition, Printed

LINES_MAX = 24  # a ticket is no longer than a hand
LINE_LETTERS_MAX = 200


class LineSize(StrEnum):
    """How a line of a ticket is set."""

    LARGE = "large"  # sphere, range of waiting
    NORMAL = "normal"


class PaperLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of text; it is wrapped where the paper ends."""

    text: str
    size: LineSize = LineSize.NORMAL


class TicketPaper(msgspec.Struct, frozen=True, kw_only=True):
    """What stands on one ticket of 80 mm: the number, some lines, a QR code; a copy says КОПІЯ."""

    number: str
    lines: tuple[PaperLine, ...] = ()
    qr: str | None = None
    is_copy: bool = False


class TicketPrinter(Protocol):
    """Prints small papers at once, one after another."""

    def probe(self) -> Condition:
        """Paper, cover and line."""
        ...

    def print_ticket(self, paper: TicketPaper, *, ref: str, after_unknown: str | None = None) -> Printed:
        """Print one ticket and wait until the printer confirms it.

        ``after_unknown`` is the ref of the ticket before it where nobody knows its end: a driver that did not see that
        one come out itself parts the two first, at the price of a strip of blank paper.

        Raises Unavailable or NeedsAttention before anything is sent, OutcomeUnknown after. A ticket of unknown
        outcome may still come out (after a refill, say): what follows it must be a copy that says so.
        """
        ...

    def close(self) -> None:
        """Let go of the line."""
        ...
