"""Charges, their states, and what may be refused about them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Protocol, runtime_checkable

import msgspec

from sync.vocabulary.errors import NotFound, Refusal
from sync.vocabulary.ids import CaseId, ChargeId, OfficeId, StaffId


class ChargeState(StrEnum):
    """intended → sending → approved | partially_approved | declined | unknown; failed when nothing left us."""

    INTENDED = "intended"  # nothing has been sent
    SENDING = "sending"  # the baseline is durable, bytes may have left
    APPROVED = "approved"
    PARTIALLY_APPROVED = "partially_approved"  # less than asked; that much was charged
    DECLINED = "declined"
    NOT_PERFORMED = "not_performed"  # an inquiry or a person found that the charge never took place
    FAILED = "failed"  # the terminal was not there, or could not: nothing was charged
    UNKNOWN = "unknown"  # it may have been charged


OPEN = frozenset({ChargeState.INTENDED, ChargeState.SENDING, ChargeState.UNKNOWN})  # they hold their terminal
PAID = frozenset({ChargeState.APPROVED, ChargeState.PARTIALLY_APPROVED})


class LastOperation(msgspec.Struct, frozen=True, kw_only=True):
    """The terminal's last operation before a charge: what settles a lost answer (DEVICES §3.1)."""

    invoice_number: str
    rrn: str


class CardSlip(msgspec.Struct, frozen=True, kw_only=True):
    """What the terminal said of one operation; the card only as its mask."""

    amount_kopecks: int
    invoice_number: str
    rrn: str
    approval_code: str = ""
    card_mask: str = ""
    terminal_id: str = ""
    at_text: str = ""

    @property
    def reference(self) -> str:
        """What names the operation at its terminal: the RRN, or the invoice number where the terminal has no RRN."""
        return self.rrn or self.invoice_number


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the ledger."""

    id: ChargeId
    case_id: CaseId
    amount_kopecks: int
    charged_kopecks: int = 0
    terminal: str  # name of the device
    state: ChargeState
    reason: str | None = None  # key, in the catalogue as charge-reason:<reason>
    code: str | None = None  # the terminal's four digits
    baseline: LastOperation | None = None
    slip: CardSlip | None = None
    staff_id: StaffId
    office_id: OfficeId
    began_at: datetime
    sent_at: datetime | None = None
    ended_at: datetime | None = None
    payment_key: str | None = None  # terminal and reference of money that moved; no two charges share one
    settled_by: StaffId | None = None


REFERENCE_LETTERS_MAX = 24  # an RRN has twelve; a terminal without one prints its invoice number
TERMINAL_LETTERS_MAX = 64


class ChargeWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to charge: all that is due, on the only terminal, where nothing else is said."""

    amount_kopecks: Annotated[int, msgspec.Meta(ge=1)] | None = None
    terminal: Annotated[str, msgspec.Meta(min_length=1, max_length=TERMINAL_LETTERS_MAX)] | None = None


class Settlement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person read in the terminal's journal: the operation's reference, or none when there was no operation."""

    reference: Annotated[str, msgspec.Meta(max_length=REFERENCE_LETTERS_MAX)] | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a charge, as the terminal, an inquiry or a person says."""

    state: ChargeState
    reason: str | None = None
    code: str | None = None
    slip: CardSlip | None = None
    settled_by: StaffId | None = None


@runtime_checkable
class Charger(Protocol):
    """Lets a terminal act on charges of the ledger; ``listeners.ChargeRunner`` is the app's."""

    async def terminals(self) -> tuple[str, ...]:
        """Names of the payment terminals of this office; empty when the drivers do not run."""
        ...

    def start(self, charge_id: ChargeId) -> None:
        """Carry a charge through while the page that asked goes on."""
        ...

    async def take(self, charge_id: ChargeId) -> Charge:
        """Carry a charge through, or join whoever does; the charge as it stands at its end, or after a while."""
        ...

    async def inquire(self, charge_id: ChargeId) -> Charge:
        """Ask the terminal about a charge of unknown outcome; the charge after it."""
        ...


class ChargeChanged(msgspec.Struct, frozen=True, kw_only=True):
    """A charge took another state."""

    charge_id: ChargeId
    case_id: CaseId
    state: ChargeState


class ChargeNotFound(NotFound):
    """No such charge in this office's ledger."""


class TerminalHasOpenCharge(Refusal):
    """An earlier charge on this terminal has no known end yet: nobody pays there until it is settled."""


class FeeAlreadyPaid(Refusal):
    """Nothing is left to pay for this case."""


class ChargeNotUnknown(Refusal):
    """Only a charge of unknown outcome can be settled."""


class NoTerminal(Refusal):
    """This office has no payment terminal that answers."""
