"""What a bank terminal does."""

from typing import Protocol

import msgspec

from device_drivers.driver import Condition

AMOUNT_KOPECKS_MAX = 100_000_000  # a million hryvnias; the terminal's own field ends there too


class CardReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """What the terminal says of one operation; its clock is its own, so ``at_text`` is kept as printed."""

    amount_kopecks: int
    invoice_number: str
    rrn: str
    approval_code: str = ""
    pan_masked: str = ""
    payment_system: str = ""
    terminal_id: str = ""
    merchant: str = ""
    at_text: str = ""
    slip: str = ""


class Baseline(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The last operation the terminal remembers; keep it before a charge, it is what settles a lost answer."""

    invoice_number: str
    rrn: str


class Approved(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The whole amount was charged."""

    ref: str
    receipt: CardReceipt


class PartiallyApproved(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Less than asked was charged: take it, top it up, or void it; a person chooses."""

    ref: str
    receipt: CardReceipt


class Declined(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Nothing was charged; ``code`` is the terminal's four digits, ``reason`` a key."""

    ref: str
    code: str
    reason: str


class NotPerformed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The terminal's last operation is still the baseline: the charge never took place."""

    ref: str


class Undecided(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The terminal shows another operation than the one asked about: a person compares the slip with the facts."""

    ref: str
    receipt: CardReceipt | None = None


class PaymentTerminal(Protocol):
    """Charges cards."""

    def probe(self) -> Condition:
        """Whether the terminal is free and ready."""
        ...

    def baseline(self) -> Baseline:
        """The last operation in the terminal's memory; raises Unavailable."""
        ...

    def charge(self, *, amount_kopecks: int, ref: str, merchant_id: str) -> Approved | Declined | PartiallyApproved:
        """Charge a card once.

        Raises Unavailable before the first byte of the purchase has left (or when the terminal says it is busy),
        NeedsAttention when the terminal says why it cannot (no paper, log full) or an earlier charge is not settled,
        OutcomeUnknown(ref) for every silence after. The purchase is never sent twice.
        """
        ...

    def inquire(
        self, *, ref: str, baseline: Baseline, amount_kopecks: int
    ) -> Approved | Declined | PartiallyApproved | NotPerformed | Undecided:
        """Settle a charge of unknown outcome against the baseline taken before it.

        Raises Unavailable while the terminal does not answer or still works.
        """
        ...

    def close(self) -> None:
        """Let go of the line."""
        ...
