"""What a panel of lit digits over a desk does. No driver yet: decision 0017."""

from typing import Protocol

from device_drivers.driver import Condition


class CallDisplay(Protocol):
    """Shows the number that a desk calls."""

    def probe(self) -> Condition:
        """Whether the panel answers."""
        ...

    def show(self, *, number: str) -> None:
        """Show ``number`` until told otherwise; an empty one clears the panel. The same again changes nothing.

        Raises Unavailable: the call goes on, the board is the source of truth.
        """
        ...

    def close(self) -> None:
        """Let go of the line."""
        ...
