"""What a telephone on a desk does."""

from typing import Protocol

from device_drivers.driver import Condition


class Telephone(Protocol):
    """Dials for a desk. No driver yet."""

    def probe(self) -> Condition:
        """Whether the telephone answers."""
        ...

    def dial(self, *, number: str) -> None:
        """Start a call; the person lifts the receiver. Raises Unavailable."""
        ...

    def close(self) -> None:
        """Let go of the line."""
        ...
