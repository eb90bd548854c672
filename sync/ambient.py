"""Where time and fresh ids enter the house: everything else takes them as arguments."""

from datetime import UTC, datetime
from typing import Protocol, runtime_checkable

from ulid import ULID


@runtime_checkable  # Litestar checks what it hands to a controller
class Clock(Protocol):
    """Tells the time; tests bring their own."""

    def now(self) -> datetime:
        """The moment, aware, in UTC."""
        ...


@runtime_checkable
class Ids(Protocol):
    """Gives fresh ids; tests bring their own."""

    def new(self) -> str:
        """A ULID as 26 characters of text."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class SystemIds:
    """ULIDs of the machine's clock and random source."""

    def new(self) -> str:
        return str(ULID())
