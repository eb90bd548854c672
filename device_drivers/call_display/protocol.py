"""What a lamp or digit panel over a desk does."""

from typing import Protocol

from device_drivers.driver import Condition


class CallDisplay(Protocol):
    """Shows the number that a desk calls. No driver yet: the halls use the display board."""

    def probe(self) -> Condition:
        """Whether the panel answers."""
        ...

    def show(self, *, number: str) -> None:
        """Show ``number`` until told otherwise; an empty one clears the panel. Raises Unavailable."""
        ...

    def close(self) -> None:
        """Let go of the line."""
        ...
