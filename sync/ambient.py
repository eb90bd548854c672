"""Where time and fresh ids enter the house: everything else takes them as arguments."""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, runtime_checkable

from ulid import ULID

MACHINE_ID = Path("/etc/machine-id")  # systemd's: drawn when the machine was installed


def machine_id() -> str:
    """What tells this machine from every other; empty where nothing does, as in some containers."""
    with suppress(OSError):
        return MACHINE_ID.read_text(encoding="ascii").strip()
    return ""


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
