"""What a registrar of cash operations does. No driver: decision 0021."""

from typing import Protocol

import msgspec

from device_drivers.driver import Condition


class Registered(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The tax service, or its offline range, has given the receipt a number."""

    ref: str
    fiscal_number: str
    is_offline: bool


class FiscalRegistrar(Protocol):
    """Registers receipts of side services; an administrative fee goes to the Treasury and is none of them."""

    def probe(self) -> Condition:
        """Whether it answers, and its shift is open."""
        ...

    def register(self, *, ref: str, amount_kopecks: int, title: str) -> Registered:
        """Register one receipt; the same ``ref`` never registers twice. Raises Unavailable, OutcomeUnknown(ref)."""
        ...

    def inquire(self, *, ref: str) -> Registered | None:
        """What became of ``ref``."""
        ...

    def close(self) -> None:
        """Let go of the line."""
        ...
