"""What a bank terminal does."""

from enum import StrEnum
from typing import Protocol

import msgspec

from device_drivers.driver import Condition

AMOUNT_KOPECKS_MAX = 100_000_000  # a million hryvnias; the terminal's own field ends there too
NOT_SUPPORTED = "not-supported"  # the reason of Unavailable for an act that the terminal does not know
UNSETTLED = "charge-unsettled"  # the reason of NeedsAttention while an earlier act has no known end


class OperationKind(StrEnum):
    """What moves money."""

    CHARGE = "charge"
    VOID = "void"
    REFUND = "refund"


class Capabilities(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What this terminal can beside charging; what it cannot is Unavailable with the reason ``not-supported``.

    Without ``can_inquire`` a lost answer is for a person who looks into the terminal's own journal.
    """

    can_inquire: bool
    can_void: bool
    can_refund: bool
    can_total: bool
    can_settle: bool
    has_merchants: bool


class Merchant(msgspec.Struct, frozen=True, kw_only=True):
    """One recipient of money: ``id`` is what a charge names, ``name`` what the bank calls it."""

    id: str
    name: str


class Merchants(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The recipients that the bank has set up in the terminal; empty when it knows one only."""

    merchants: tuple[Merchant, ...] = ()


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
    """The last operation the terminal remembers; keep it before an act, it is what settles a lost answer."""

    invoice_number: str
    rrn: str


class Approved(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The whole amount was charged; of a void or a refund, given back."""

    ref: str
    receipt: CardReceipt


class PartiallyApproved(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Less than asked was charged: take it, top it up, or void it; a person chooses."""

    ref: str
    receipt: CardReceipt


class Declined(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """No money moved; ``code`` is the terminal's own, ``reason`` a key."""

    ref: str
    code: str
    reason: str


class NotPerformed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The terminal's last operation is still the baseline: the act never took place."""

    ref: str


class Undecided(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The terminal does not tell, or tells of another operation: a person compares the slip with the facts."""

    ref: str
    receipt: CardReceipt | None = None


class Released(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The terminal may act again."""

    ref: str


class Totals(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What the terminal counted since its last end of day; None when its report tells no sum that can be read."""

    amount_kopecks: int | None
    slip: str = ""


Outcome = Approved | Declined | PartiallyApproved
Inquired = Approved | Declined | PartiallyApproved | NotPerformed | Undecided


class PaymentTerminal(Protocol):
    """Charges cards.

    ``charge``, ``refund`` and ``void`` move money, and raise alike: Unavailable before the first byte of the act has
    left (or when the terminal says that it did not begin), NeedsAttention when the terminal says why it cannot (no
    paper, log full) or an earlier act is not settled, OutcomeUnknown(ref) for every silence after. No act is sent
    twice.
    """

    def probe(self) -> Condition:
        """Whether the terminal is free and ready."""
        ...

    def capabilities(self) -> Capabilities:
        """What this terminal can; raises Unavailable while it cannot be asked."""
        ...

    def merchants(self) -> Merchants:
        """The recipients set up in it; raises Unavailable."""
        ...

    def baseline(self) -> Baseline:
        """The last operation in the terminal's memory, empty where it tells none; raises Unavailable."""
        ...

    def charge(self, *, amount_kopecks: int, ref: str, merchant_id: str) -> Approved | Declined | PartiallyApproved:
        """Charge a card once."""
        ...

    def void(self, *, amount_kopecks: int, ref: str, invoice_number: str) -> Approved | Declined | PartiallyApproved:
        """Undo a whole charge of ``amount_kopecks`` that no end of day has settled yet."""
        ...

    def refund(
        self, *, amount_kopecks: int, ref: str, merchant_id: str, rrn: str
    ) -> Approved | Declined | PartiallyApproved:
        """Give money of the charge with this RRN back, whenever that was."""
        ...

    def inquire(
        self, *, ref: str, kind: OperationKind, baseline: Baseline, amount_kopecks: int, invoice_number: str
    ) -> Approved | Declined | PartiallyApproved | NotPerformed | Undecided:
        """Settle an act of unknown outcome against the baseline taken before it.

        ``invoice_number`` is that of the charge to be voided, else empty. Raises Unavailable while the terminal does
        not answer or still works.
        """
        ...

    def release(self, *, ref: str) -> Released:
        """A person has settled this act from the facts: let the terminal act again; touches no line."""
        ...

    def totals(self, *, merchant_id: str) -> Totals:
        """What was counted since the last end of day, and goes on being counted; "0" is all merchants.

        Raises Unavailable.
        """
        ...

    def settle(self, *, ref: str, merchant_id: str) -> Totals:
        """End the terminal's day: its totals go to the bank and begin anew.

        Raises Unavailable when it did not, NeedsAttention, OutcomeUnknown(ref); to ask once more charges nobody, and
        ``totals`` of nothing show that it had taken place.
        """
        ...

    def close(self) -> None:
        """Let go of the line."""
        ...
