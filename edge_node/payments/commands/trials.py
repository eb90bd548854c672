"""A technician tries a terminal with a hryvnia that goes back at once: rows of the ledger and the shift, of no case."""

from datetime import datetime

from edge_node.case_register.model import Actor
from edge_node.payments import queries
from edge_node.payments.commands import charging, shifts
from edge_node.payments.model import (
    NO_CASE,
    ONLY_MERCHANT,
    TRIAL_KOPECKS,
    CardSlip,
    Charge,
    ChargeNotFound,
    ChargeState,
)
from edge_node.staff import commands as staff
from edge_node.staff.model import Person
from sync.ambient import Ids
from sync.storage import Reader, Transaction
from sync.vocabulary.errors import Forbidden
from sync.vocabulary.ids import ChargeId


def begin_trial(tx: Transaction, *, terminal: str, charge_id: ChargeId, by: Person, now: datetime) -> Charge:
    """Write down that a hryvnia is about to be asked for, for whichever recipient the terminal knows.

    Raises TerminalHasOpenCharge, ShiftIsClosing, Forbidden: as ``begin_charge``.
    """
    if by.office_id is None:
        raise Forbidden
    charging.require_free(tx, terminal=terminal)
    known = queries.merchants_of(tx, terminal=terminal)
    charge = Charge(
        id=charge_id,
        case_id=NO_CASE,
        merchant_id=known[0].merchant_id if known else ONLY_MERCHANT,
        shift_id=shifts.shift_for(tx, terminal=terminal, by=by, first_charge_id=charge_id, now=now).id,
        amount_kopecks=TRIAL_KOPECKS,
        terminal=terminal,
        state=ChargeState.INTENDED,
        staff_id=by.staff_id,
        office_id=by.office_id,
        began_at=now,
    )
    staff.log_access(tx, by=by, action="terminal-tried", subject=terminal, now=now)
    return charging.enter(tx, charge)


def begin_trial_void(tx: Transaction, *, charge_id: ChargeId, void_id: ChargeId, now: datetime) -> Charge:
    """Write down that a trial's hryvnia is about to go back, in the name of who tried; raises as ``begin_void``."""
    charge = trial(tx, charge_id=charge_id)
    actor = Actor(staff_id=charge.staff_id, office_id=charge.office_id)
    return charging.enter_void(tx, charge=charge, void_id=void_id, by=actor, now=now)


def settle_trial(
    tx: Transaction, *, charge_id: ChargeId, receipt_number: str, by: Person, now: datetime, ids: Ids
) -> Charge:
    """A technician read the terminal's journal: the number of the receipt, or empty when there is none.

    By that number the hryvnia can go back. Raises as ``settle``.
    """
    charge = trial(tx, charge_id=charge_id)
    slip = CardSlip(
        amount_kopecks=charge.amount_kopecks,
        invoice_number=receipt_number,
        rrn="",
        terminal_id=charge.slip.terminal_id if charge.slip else "",
    )
    staff.log_access(tx, by=by, action="charge-settled", subject=charge.terminal, now=now)
    return charging.settle_by_slip(tx, charge=charge, slip=slip, by=by, now=now, ids=ids)


def trial(reader: Reader, *, charge_id: str) -> Charge:
    """The act of a trial; raises ChargeNotFound, for a payment of a case too."""
    charge = charging.existing(reader, charge_id=charge_id)
    if not charge.is_trial:
        raise ChargeNotFound(charge_id=charge_id)
    return charge
