"""Charges, their states, and what may be refused about them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Protocol, runtime_checkable

import msgspec
from msgspec import structs

from edge_node.staff.model import Person
from sync.vocabulary.errors import NotFound, Refusal
from sync.vocabulary.ids import CaseId, ChargeId, OfficeId, ProviderId, StaffId

NO_CASE = CaseId("")  # of a technician's trial: its hryvnia is nobody's fee
TRIAL_KOPECKS = 100
ONLY_MERCHANT = "0"  # the terminal's own choice: right where it knows one recipient only


NOT_SUPPORTED = "not-supported"  # the drivers' word for an act that the terminal does not know


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


class ChargeKind(StrEnum):
    """Money taken, or a charge undone."""

    CHARGE = "charge"
    VOID = "void"


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
    """One row of the ledger; of a void, ``charged_kopecks`` is what went back."""

    id: ChargeId
    kind: ChargeKind = ChargeKind.CHARGE
    reverses: ChargeId | None = None  # the charge that a void undoes
    case_id: CaseId
    merchant_id: str = ONLY_MERCHANT  # the recipient, as the terminal numbers them
    shift_id: str | None = None
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

    @property
    def is_trial(self) -> bool:
        """Whether a technician tried the terminal with it: a part of the shift and of no case."""
        return self.case_id == NO_CASE

    @property
    def has_taken(self) -> bool:
        """Whether it is a charge that took money, undone since or not."""
        return self.kind is ChargeKind.CHARGE and self.state in PAID


REFERENCE_LETTERS_MAX = 24  # an RRN has twelve; a terminal without one prints its invoice number
TERMINAL_LETTERS_MAX = 64


class ChargeWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to charge: all that is due, on the only terminal, where nothing else is said."""

    amount_kopecks: Annotated[int, msgspec.Meta(ge=1)] | None = None
    terminal: Annotated[str, msgspec.Meta(min_length=1, max_length=TERMINAL_LETTERS_MAX)] | None = None


class Settlement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person read in the terminal's journal: the operation's reference, or none when there was no operation.

    ``amount_kopecks`` is what it took where that is less than was asked for.
    """

    reference: Annotated[str, msgspec.Meta(max_length=REFERENCE_LETTERS_MAX)] | None = None
    amount_kopecks: Annotated[int, msgspec.Meta(ge=1)] | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a charge, as the terminal, an inquiry or a person says."""

    state: ChargeState
    reason: str | None = None
    code: str | None = None
    slip: CardSlip | None = None
    settled_by: StaffId | None = None


class Recipient(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who gets money at a terminal, as the bank numbers and calls them."""

    id: str
    name: str


@runtime_checkable
class Charger(Protocol):
    """Lets a terminal act on charges of the ledger; ``listeners.ChargeRunner`` is the app's."""

    async def recipients(self, terminal: str) -> tuple[Recipient, ...]:
        """The recipients that the bank has set up in this terminal; empty where it does not tell."""
        ...

    async def begin_trial(self, terminal: str, *, by: Person) -> Charge:
        """Take a technician's hryvnia, and give it back as soon as it is taken."""
        ...

    async def undo_trial(self, charge_id: ChargeId) -> None:
        """Give the hryvnia of a trial back, which was not at once."""
        ...

    async def close_shift(self, shift_id: str, *, by: Person, counted_kopecks: int | None) -> "Shift":
        """Begin the end of the terminal's day and of the shift with it; it goes on when the page has left."""
        ...

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


class NoReceiptNumber(Refusal):
    """A terminal undoes by the number of its receipt; a person who settled the charge knew another number only."""


class TerminalCannotUndo(Refusal):
    """A trial takes a hryvnia only where it can be given back at once."""


class NoTerminal(Refusal):
    """This office has no payment terminal that answers."""


class NoMerchantForFee(Refusal):
    """The recipients of this terminal are set up, and not for the body whose fee this is: nothing is guessed."""


class ChargeNotPaid(Refusal):
    """Only a charge that took money, and was not undone, can be undone."""


class ShiftHasEnded(Refusal):
    """The terminal's day has ended since: money goes back by the payer's written application only."""


class MerchantAssignment(msgspec.Struct, frozen=True, kw_only=True):
    """Which recipient of a terminal takes the fees of a body."""

    terminal: str
    provider_id: ProviderId
    merchant_id: str
    said_by: StaffId
    said_at: datetime


class ShiftState(StrEnum):
    """open → closing → closed; an end that came to nothing leaves it open, with its trouble."""

    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"


class SettlementKind(StrEnum):
    """How a terminal's day ended."""

    SETTLED = "settled"  # its totals went to the bank
    UNKNOWN = "unknown"  # it was asked, and the answer was lost: the totals are those of just before
    BY_HAND = "by-hand"  # a person read the sum from its paper


class TerminalCount(msgspec.Struct, frozen=True, kw_only=True):
    """What a terminal counted; ``kopecks`` is None when its report tells no sum that can be read."""

    kopecks: int | None
    settlement: SettlementKind
    slip: str = ""
    recipients: tuple[Recipient, ...] = ()  # whom it knows, for the report to name them


class LedgerSums(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger knows of a shift."""

    charges: int
    charged_kopecks: int
    voids: int
    voided_kopecks: int

    @property
    def kopecks(self) -> int:
        """What the terminal should have counted."""
        return self.charged_kopecks - self.voided_kopecks


class MerchantSum(msgspec.Struct, frozen=True, kw_only=True):
    """What one recipient got in a shift, less what went back."""

    merchant_id: str
    charges: int
    kopecks: int


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """From one end of a terminal's day to the next; ``number`` counts the office's shifts."""

    id: str
    number: int
    terminal: str
    office_id: OfficeId
    state: ShiftState
    opened_by: StaffId
    opened_at: datetime
    closed_by: StaffId | None = None
    closed_at: datetime | None = None
    ledger_kopecks: int | None = None  # this and the next, while open: as it was last asked to begin anew
    terminal_kopecks: int | None = None
    carried_kopecks: int = 0  # counted by interrupted ends after which the terminal did begin anew
    settlement: SettlementKind | None = None
    slip: str = ""
    report_id: str | None = None  # of the paper in the print journal
    trouble: str | None = None  # why its last end came to nothing; in the catalogue as charge-reason:<trouble>

    @property
    def difference_kopecks(self) -> int | None:
        """What the terminal counted more than the ledger knows of; None where one of the two is not known."""
        if self.terminal_kopecks is None or self.ledger_kopecks is None:
            return None
        return self.terminal_kopecks - self.ledger_kopecks

    def noting(self, kopecks: int, *, ledger_kopecks: int) -> "Shift":
        """The shift while the terminal counts ``kopecks``, just before it is asked to begin anew.

        Nobody heard whether it began anew when it was asked earlier: it did where it counts just what the ledger knows
        to have been paid since, and what it counted then is carried. Whatever else it counts is left as a difference.
        """
        began_anew = self.ledger_kopecks is not None and kopecks == ledger_kopecks - self.ledger_kopecks
        carried = self.carried_kopecks + ((self.terminal_kopecks or 0) if began_anew else 0)
        return structs.replace(self, terminal_kopecks=kopecks, ledger_kopecks=ledger_kopecks, carried_kopecks=carried)


NUMBER_LETTERS_MAX = 40
BANK_LETTERS_MAX = 80


class BankReceiptEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands on a bank's receipt; ``is_another`` says that it was compared with the one it looks like."""

    number: Annotated[str, msgspec.Meta(max_length=NUMBER_LETTERS_MAX)]
    bank: Annotated[str, msgspec.Meta(max_length=BANK_LETTERS_MAX)]
    paid_on: date
    amount_kopecks: int
    is_another: bool = False


class BankReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """A bank's receipt that serves a case."""

    id: str
    case_id: CaseId
    number: str
    bank: str
    paid_on: date
    amount_kopecks: int
    receipt_key: str
    loose_key: str
    entered_by: StaffId
    entered_at: datetime


class ShiftAlreadyOpen(Refusal):
    """The terminal's shift has been begun."""


class ShiftNotFound(NotFound):
    """No such shift of this office."""


class ShiftNotOpen(Refusal):
    """The shift has ended, or is ending at this moment."""


class ShiftIsClosing(Refusal):
    """The terminal counts: nobody pays there until it is done."""


class ReceiptAlreadyUsed(Refusal):
    """This receipt serves a case already."""


class ReceiptLooksUsed(Refusal):
    """A receipt of the same number, day and amount, of a bank spelled otherwise, serves a case already."""
