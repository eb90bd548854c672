"""What a telephone on a desk does."""

from typing import Protocol

import msgspec

from device_drivers.driver import Condition


class Dialled(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The telephone took the number: it calls, and the person lifts the receiver."""


class Telephone(Protocol):
    """Dials for a desk."""

    def probe(self) -> Condition:
        """Whether the telephone answers."""
        ...

    def dial(self, *, number: str) -> Dialled:
        """Start a call to ``number``: digits, with ``+`` in front for a whole number.

        Raises Unavailable when nothing was sent, NeedsAttention when the telephone refuses, OutcomeUnknown when it took
        the request and said nothing: it may ring already, so a person looks.
        """
        ...

    def close(self) -> None:
        """Let go of the line."""
        ...
