"""Begin a charge, and record what became of it: money that moved is one event of the case, in the same transaction."""

import hashlib
from contextlib import suppress
from datetime import datetime

from msgspec import structs
from ulid import ULID

from edge_node.case_register import commands as register
from edge_node.case_register.model import Actor, Case, CaseErased, CaseNotHere
from edge_node.payments import queries
from edge_node.payments.commands import merchants, shifts
from edge_node.payments.model import (
    OPEN,
    PAID,
    CardSlip,
    Charge,
    ChargeChanged,
    ChargeKind,
    ChargeNotFound,
    ChargeNotPaid,
    ChargeNotUnknown,
    ChargeState,
    FeeAlreadyPaid,
    LastOperation,
    NoReceiptNumber,
    Outcome,
    Settlement,
    ShiftHasEnded,
    TerminalHasOpenCharge,
)
from edge_node.printing import commands as printing
from edge_node.printing.model import PrintJob, ReceiptFacts
from edge_node.staff import commands as staff
from edge_node.staff.model import Person
from sync.ambient import Ids
from sync.storage import Reader, Transaction
from sync.vocabulary.case import EventKind
from sync.vocabulary.errors import Fact, Forbidden, InvalidInput
from sync.vocabulary.ids import CaseId, ChargeId

ULID_BYTES = 16
_MOVES = {  # the event of an act, and whose operation it is: a charge and its void share one reference
    ChargeKind.CHARGE: (EventKind.PAYMENT_RECEIVED, "{}"),
    ChargeKind.VOID: (EventKind.PAYMENT_REFUNDED, "void {}"),
}


def begin_charge(
    tx: Transaction,
    *,
    case_id: CaseId,
    amount_kopecks: int | None,
    terminal: str,
    charge_id: ChargeId,
    by: Person,
    now: datetime,
) -> Charge:
    """Write down that money is about to be asked for; all that is due when no amount is given.

    Raises:
        FeeAlreadyPaid: nothing is due.
        NoMerchantForFee: nobody has said whose money this is at that terminal.
        ShiftIsClosing: the terminal's day is being ended at this moment.
        TerminalHasOpenCharge: an earlier charge there has no known end; names it.
        InvalidInput: the amount is not between one kopeck and what is due.
        CaseErased: only the case's tombstone is left.
        CaseNotHere, CaseNotYours, Forbidden: as ``case_register.commands.case_for``.
    """
    if by.office_id is None:
        raise Forbidden
    case = register.case_for(tx, by=by, case_id=case_id)
    register.require_standing(tx, case_id=case_id)
    due = _due(case)
    if due <= 0:
        raise FeeAlreadyPaid(case_id=case_id)
    amount = due if amount_kopecks is None else amount_kopecks
    if not 0 < amount <= due:
        raise InvalidInput(field="amount_kopecks", rule="between", minimum=1, maximum=due)
    require_free(tx, terminal=terminal)
    charge = Charge(
        id=charge_id,
        case_id=case_id,
        merchant_id=merchants.merchant_for(tx, terminal=terminal, provider_id=case.provider_id),
        shift_id=shifts.shift_for(tx, terminal=terminal, by=by, first_charge_id=charge_id, now=now).id,
        amount_kopecks=amount,
        terminal=terminal,
        state=ChargeState.INTENDED,
        staff_id=by.staff_id,
        office_id=by.office_id,
        began_at=now,
    )
    staff.log_access(tx, by=by, action="case-charge", subject=case_id, now=now)
    return enter(tx, charge)


def begin_void(tx: Transaction, *, charge_id: ChargeId, void_id: ChargeId, by: Person, now: datetime) -> Charge:
    """Write down that a charge is about to be undone, whole, at the terminal that took it.

    Raises:
        ChargeNotPaid: it took nothing, or is undone already.
        NoReceiptNumber: what a person wrote down of it is no number of a receipt.
        ShiftHasEnded: the terminal has settled it with the bank.
        TerminalHasOpenCharge: an earlier act there has no known end; names it.
        ShiftIsClosing, ChargeNotFound, CaseNotHere, CaseNotYours, Forbidden: as ``begin_charge``.
    """
    if by.office_id is None:
        raise Forbidden
    charge = charge_for(tx, charge_id=charge_id, by=by)
    staff.log_access(tx, by=by, action="case-charge-voided", subject=charge.case_id, now=now)
    actor = Actor(staff_id=by.staff_id, office_id=by.office_id)
    return enter_void(tx, charge=charge, void_id=void_id, by=actor, now=now)


def enter_void(tx: Transaction, *, charge: Charge, void_id: ChargeId, by: Actor, now: datetime) -> Charge:
    """As ``begin_void``, of a charge that this person may undo."""
    if not charge.has_taken or queries.void_of(tx, charge_id=charge.id) is not None:
        raise ChargeNotPaid(charge_id=charge.id)
    if not (charge.slip and charge.slip.invoice_number):
        raise NoReceiptNumber(charge_id=charge.id)
    require_free(tx, terminal=charge.terminal)
    shift = shifts.open_shift(tx, terminal=charge.terminal)
    if shift is None or shift.id != charge.shift_id:
        raise ShiftHasEnded(charge_id=charge.id)
    void = Charge(
        id=void_id,
        kind=ChargeKind.VOID,
        reverses=charge.id,
        case_id=charge.case_id,
        merchant_id=charge.merchant_id,
        shift_id=shift.id,
        amount_kopecks=charge.charged_kopecks,
        terminal=charge.terminal,
        state=ChargeState.INTENDED,
        staff_id=by.staff_id,
        office_id=by.office_id,
        began_at=now,
    )
    return enter(tx, void)


def order_refund_application(
    tx: Transaction, *, charge_id: ChargeId, by: Person, order_id: str, now: datetime
) -> PrintJob:
    """Order the application by which the payer asks for the money of a charge back, when no terminal can give it.

    Raises ChargeNotPaid when there is none, and as ``charge_for``.
    """
    charge = charge_for(tx, charge_id=charge_id, by=by)
    if not charge.has_taken or charge.slip is None or queries.void_of(tx, charge_id=charge_id) is not None:
        raise ChargeNotPaid(charge_id=charge_id)
    staff.log_access(tx, by=by, action="case-refund-application", subject=charge.case_id, now=now)
    receipt = _receipt_facts(charge, charge.slip, paid_at=charge.ended_at or charge.began_at)
    return printing.order_refund_application(tx, case_id=charge.case_id, receipt=receipt, order_id=order_id, now=now)


def begin_sending(tx: Transaction, *, charge_id: ChargeId, baseline: LastOperation, now: datetime) -> Charge:
    """Make durable that bytes may leave, and the terminal's last operation before them."""
    charge = existing(tx, charge_id=charge_id)
    if charge.state is not ChargeState.INTENDED:
        return charge
    return _write(tx, structs.replace(charge, state=ChargeState.SENDING, baseline=baseline, sent_at=now))


def conclude(tx: Transaction, *, charge_id: ChargeId, outcome: Outcome, now: datetime, ids: Ids) -> Charge:
    """Record what became of a charge; a charge that has its end keeps it, whoever tells it again.

    Money that moved becomes one ``payment_received`` of the case, and its receipt is ordered. An operation that another
    charge already counted leaves this one unknown: a person compares the slips.
    """
    charge = existing(tx, charge_id=charge_id)
    if charge.state not in OPEN:
        return charge
    if outcome.state not in PAID or outcome.slip is None:
        return _write(tx, _ended(charge, outcome, now=now))
    slip = _named(outcome.slip, charge)
    ended = _ended(charge, structs.replace(outcome, slip=slip), now=now)
    if charge.kind is ChargeKind.VOID:
        paid = charge_reversed_by(tx, charge)
        undone = structs.replace(ended, charged_kopecks=paid.charged_kopecks)
        return _write(tx, _give_back(tx, undone, paid=paid, now=now, ids=ids))
    key = f"{_terminal_id(charge, slip)} {slip.reference}"
    if queries.is_counted(tx, payment_key=key):
        doubted = Outcome(state=ChargeState.UNKNOWN, reason="already-counted", slip=slip)
        return _write(tx, _ended(charge, doubted, now=now))
    paid = structs.replace(ended, charged_kopecks=slip.amount_kopecks, payment_key=key)
    return _write(tx, _receive(tx, paid, now=now, ids=ids))


def settle(
    tx: Transaction, *, charge_id: ChargeId, settlement: Settlement, by: Person, now: datetime, ids: Ids
) -> Charge:
    """A person read the terminal's journal: the reference of the operation that moved the money, or that none did.

    Raises ChargeNotUnknown, InvalidInput for a reference that another charge has, or a sum beyond what was asked for
    (of a void: another sum than the charge's), and as ``charge_for``.
    """
    charge = charge_for(tx, charge_id=charge_id, by=by)
    staff.log_access(tx, by=by, action="charge-settled", subject=charge.case_id, now=now)
    slip = CardSlip(
        amount_kopecks=settlement.amount_kopecks or charge.amount_kopecks,
        invoice_number="",
        rrn=settlement.reference or "",
        terminal_id=charge.slip.terminal_id if charge.slip else "",
    )
    return settle_by_slip(tx, charge=charge, slip=slip, by=by, now=now, ids=ids)


def settle_by_slip(tx: Transaction, *, charge: Charge, slip: CardSlip, by: Person, now: datetime, ids: Ids) -> Charge:
    """As ``settle``, of a charge that is this person's; a slip without a reference says that there was none."""
    charge_id = charge.id
    if charge.state is not ChargeState.UNKNOWN:
        raise ChargeNotUnknown(charge_id=charge_id, state=charge.state.value)
    if not slip.reference:
        outcome = Outcome(state=ChargeState.NOT_PERFORMED, reason="settled-by-person", settled_by=by.staff_id)
        return conclude(tx, charge_id=charge_id, outcome=outcome, now=now, ids=ids)
    kopecks = slip.amount_kopecks
    if kopecks > charge.amount_kopecks or (charge.kind is ChargeKind.VOID and kopecks != charge.amount_kopecks):
        raise InvalidInput(field="amount_kopecks", rule="between", minimum=1, maximum=charge.amount_kopecks)
    state = ChargeState.APPROVED if kopecks == charge.amount_kopecks else ChargeState.PARTIALLY_APPROVED
    outcome = Outcome(state=state, reason="settled-by-person", slip=slip, settled_by=by.staff_id)
    concluded = conclude(tx, charge_id=charge_id, outcome=outcome, now=now, ids=ids)
    if concluded.state is ChargeState.UNKNOWN:
        raise InvalidInput(field="reference", rule="already-counted")
    return concluded


def doubt_the_interrupted(tx: Transaction, *, now: datetime) -> list[Charge]:
    """At start: a charge not yet sent has failed, one that was being sent is unknown; answers all that are unknown.

    Shifts whose end was interrupted go on: it is asked for again.
    """
    queries.reopen_closing(tx)
    for charge in queries.open_charges(tx):
        if charge.state is ChargeState.INTENDED:
            _write(tx, _ended(charge, Outcome(state=ChargeState.FAILED, reason="interrupted"), now=now))
        elif charge.state is ChargeState.SENDING:
            _write(tx, _ended(charge, Outcome(state=ChargeState.UNKNOWN, reason="interrupted"), now=now))
    return queries.open_charges(tx)


def event_id_of(*, terminal_id: str, reference: str) -> str:
    """The id of the event that tells of this operation: the same wherever and however often it is told."""
    digest = hashlib.sha256(f"{terminal_id}\n{reference}".encode()).digest()
    return str(ULID(digest[:ULID_BYTES]))


def charge_for(reader: Reader, *, charge_id: str, by: Person) -> Charge:
    """The charge of a case that is this person's to see; raises ChargeNotFound, and as ``case_for``."""
    charge = existing(reader, charge_id=charge_id)
    register.case_for(reader, by=by, case_id=charge.case_id)
    return charge


def charges_for(reader: Reader, *, case_id: CaseId, by: Person) -> list[Charge]:
    """The charges of a case that is this person's to see, latest first; raises as ``case_for``."""
    register.case_for(reader, by=by, case_id=case_id)
    return queries.charges_of(reader, case_id=case_id)


def existing(reader: Reader, *, charge_id: str) -> Charge:
    """The charge; raises ChargeNotFound."""
    charge = queries.charge(reader, charge_id=charge_id)
    if charge is None:
        raise ChargeNotFound(charge_id=charge_id)
    return charge


def charge_reversed_by(reader: Reader, void: Charge) -> Charge:
    """The charge that a void undoes; raises ChargeNotFound."""
    return existing(reader, charge_id=void.reverses or "")


def require_free(reader: Reader, *, terminal: str) -> None:
    """Raises TerminalHasOpenCharge."""
    held = queries.open_charge_on(reader, terminal=terminal)
    if held is not None:
        raise TerminalHasOpenCharge(terminal=terminal, charge_id=held.id, case_id=held.case_id)


def enter(tx: Transaction, charge: Charge) -> Charge:
    """Write down an act that begins."""
    queries.insert(tx, charge)
    _tell(tx, charge)
    return charge


def _named(slip: CardSlip, charge: Charge) -> CardSlip:
    """The slip with a reference: a terminal that gives its operations no number is given the ledger's."""
    return slip if slip.reference else structs.replace(slip, invoice_number=charge.id)


def _due(case: Case) -> int:
    return max(0, case.fee_kopecks - case.paid_kopecks)


def _terminal_id(charge: Charge, slip: CardSlip) -> str:
    """The bank's id of the terminal, which its references belong to; the device's name where it told none."""
    return slip.terminal_id or charge.terminal


def _ended(charge: Charge, outcome: Outcome, *, now: datetime) -> Charge:
    return structs.replace(
        charge,
        state=outcome.state,
        reason=outcome.reason,
        code=outcome.code,
        slip=outcome.slip or charge.slip,
        settled_by=outcome.settled_by,
        ended_at=now,
    )


def _receive(tx: Transaction, charge: Charge, *, now: datetime, ids: Ids) -> Charge:
    """Tell the case of the money, and order the paper that says so."""
    if charge.is_trial or charge.slip is None:
        return charge
    _tell_of_money(tx, charge, paid=charge, now=now, ids=ids)
    receipt = _receipt_facts(charge, charge.slip, paid_at=now)
    printing.order_receipt(tx, case_id=charge.case_id, receipt=receipt, order_id=ids.new(), now=now)
    return charge


def _give_back(tx: Transaction, void: Charge, *, paid: Charge, now: datetime, ids: Ids) -> Charge:
    """Tell the case that a charge of its was undone."""
    if not void.is_trial:
        _tell_of_money(tx, void, paid=paid, now=now, ids=ids)
    return void


def _receipt_facts(charge: Charge, slip: CardSlip, *, paid_at: datetime) -> ReceiptFacts:
    return ReceiptFacts(
        amount_kopecks=slip.amount_kopecks,
        paid_at=paid_at,
        terminal=_terminal_id(charge, slip),
        reference=slip.reference,
        approval_code=slip.approval_code,
        card_mask=slip.card_mask,
    )


def _tell_of_money(tx: Transaction, act: Charge, *, paid: Charge, now: datetime, ids: Ids) -> None:
    """Tell the case what an act moved: under the reference of the charge that took the money, so once only."""
    slip = paid.slip
    if slip is None:
        raise LookupError(f"charge {paid.id} was paid without a slip")
    terminal_id = _terminal_id(paid, slip)
    kind, source = _MOVES[act.kind]
    facts: dict[str, Fact] = {
        "terminal_id": terminal_id,
        "reference": slip.reference,
        "amount_kopecks": paid.charged_kopecks,
        "charge_id": act.id,
    }
    with suppress(CaseErased, CaseNotHere):  # the money moved all the same, and the ledger keeps that it did
        register.record_event(
            tx,
            case_id=paid.case_id,
            kind=kind,
            facts=facts,
            by=Actor(staff_id=act.staff_id, office_id=act.office_id),
            now=now,
            ids=ids,
            event_id=event_id_of(terminal_id=source.format(terminal_id), reference=slip.reference),
        )


def _write(tx: Transaction, charge: Charge) -> Charge:
    queries.update(tx, charge)
    _tell(tx, charge)
    return charge


def _tell(tx: Transaction, charge: Charge) -> None:
    tx.emit(ChargeChanged(charge_id=charge.id, case_id=charge.case_id, state=charge.state))
