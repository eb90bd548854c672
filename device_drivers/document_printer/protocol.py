"""What an office printer does."""

from typing import Protocol

import msgspec

from device_drivers.driver import Condition, Printed

COPIES_MAX = 20  # more is a slip of the finger


class Queued(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The print system has the job and prints it by itself when it can; ``reasons`` say what it waits for."""

    ref: str
    job_id: int
    reasons: tuple[str, ...] = ()


class NotPrinted(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The job ended without being printed in full: ``cancelled``, ``aborted``, or ``not-known`` to the print system."""

    ref: str
    reason: str


class DocumentPrinter(Protocol):
    """Prints PDF documents through a queue that outlives us."""

    def probe(self) -> Condition:
        """Queue, paper, toner."""
        ...

    def print_pdf(self, *, ref: str, pdf_path: str, title: str, copies: int) -> Printed | Queued | NotPrinted:
        """Give a PDF to the printer and wait a few seconds for its end.

        ``title`` is seen by everyone near the printer: no personal data. A ref that the print system already knows is
        not printed again, its state is answered. Raises Unavailable or NeedsAttention before the document is sent,
        OutcomeUnknown after.
        """
        ...

    def inquire(self, *, ref: str) -> Printed | Queued | NotPrinted:
        """What became of ``ref``; raises Unavailable, or OutcomeUnknown where even the print system cannot tell."""
        ...

    def close(self) -> None:
        """End the helper process."""
        ...
