"""What an acceptor of notes and coins does. No driver: decision 0018."""

from typing import Protocol

import msgspec

from device_drivers.driver import Condition


class NoteStacked(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A note lies in the cassette and cannot be given back; ``number`` counts up and is never used twice."""

    number: int
    amount_kopecks: int


class CashAcceptor(Protocol):
    """Takes cash; only what is stacked is money."""

    def probe(self) -> Condition:
        """Whether it answers, is full, jammed or open."""
        ...

    def accept(self, *, amount_kopecks_max: int) -> None:
        """Take notes from now on, up to this sum. Raises Unavailable, NeedsAttention."""
        ...

    def stacked_after(self, *, number: int, wait_seconds: float) -> tuple[NoteStacked, ...]:
        """Notes stacked after this one; each is said until a later question shows that the app has kept it."""
        ...

    def stop(self) -> None:
        """Take no more; a note that is being held is given back."""
        ...

    def close(self) -> None:
        """Stop, and let go of the line."""
        ...
