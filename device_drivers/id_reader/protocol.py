"""What a reader of passports and ID cards does. No driver: decision 0019."""

from datetime import date
from typing import Protocol

import msgspec

from device_drivers.driver import Condition


class DocumentRead(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The data page; ``is_authentic``: whether the chip's signature leads to a country's certificate."""

    document_number: str
    last_name: str
    first_name: str
    born_on: date
    expires_on: date
    record_number: str | None = None
    is_authentic: bool | None = None


class IdReader(Protocol):
    """Reads the document that lies on it."""

    def probe(self) -> Condition:
        """Whether the reader is plugged in."""
        ...

    def read(self, *, access_number: str, wait_seconds: float) -> DocumentRead:
        """The document, opened by the six digits printed on it, which are not kept.

        Raises Unavailable, NeedsAttention.
        """
        ...

    def close(self) -> None:
        """Let go of the reader."""
        ...
