"""What a reader of printed codes does."""

from typing import Protocol

import msgspec

from device_drivers.driver import Condition

CODE_LETTERS_MAX = 512  # an address in a QR code; more is no code of ours


class CodeRead(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Somebody held a code before the reader."""

    code: str


class NothingRead(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Nobody did in time."""


class BarcodeReader(Protocol):
    """Reads codes from paper over a line of its own; a reader that types like a keyboard is the page's affair."""

    def probe(self) -> Condition:
        """Whether the reader is plugged in."""
        ...

    def next_code(self, *, wait_seconds: float) -> CodeRead | NothingRead:
        """The next code read; one that nobody asked for in time is forgotten. Raises Unavailable.

        Each code is answered once, and a code that the reader says twice in one breath counts once.
        """
        ...

    def close(self) -> None:
        """Let go of the port."""
        ...
