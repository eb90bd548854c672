"""What a reader of printed codes does."""

from typing import Protocol

from device_drivers.driver import Condition


class BarcodeReader(Protocol):
    """Reads codes from paper. No driver yet: readers that type like a keyboard need none."""

    def probe(self) -> Condition:
        """Whether the reader is plugged in."""
        ...

    def next_code(self, *, wait_seconds: float) -> str | None:
        """The next code read, or None when nobody read one in time. Raises Unavailable."""
        ...

    def close(self) -> None:
        """Let go of the port."""
        ...
