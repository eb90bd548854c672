"""A terminal's shift: from one end of its day to the next, ended with its own totals beside the ledger's."""

from datetime import datetime

from msgspec import structs

from edge_node.payments import queries
from edge_node.payments.model import (
    LedgerSums,
    Shift,
    ShiftAlreadyOpen,
    ShiftIsClosing,
    ShiftNotFound,
    ShiftNotOpen,
    ShiftState,
    TerminalCount,
    TerminalHasOpenCharge,
)
from edge_node.printing import commands as printing
from edge_node.printing.model import RecipientSum, ShiftFacts
from edge_node.staff import commands as staff
from edge_node.staff import queries as staff_queries
from edge_node.staff.model import Person
from sync.storage import Reader, Transaction
from sync.vocabulary.errors import Forbidden


def open_shift_by(tx: Transaction, *, terminal: str, shift_id: str, by: Person, now: datetime) -> Shift:
    """Begin a shift at a terminal; raises ShiftAlreadyOpen, Forbidden."""
    held = queries.open_shift(tx, terminal=terminal)
    if held is not None:
        raise ShiftAlreadyOpen(terminal=terminal, number=held.number)
    return _begin(tx, terminal=terminal, shift_id=shift_id, by=by, now=now)


def shift_for(tx: Transaction, *, terminal: str, by: Person, first_charge_id: str, now: datetime) -> Shift:
    """The open shift that a charge belongs to, begun with it where nobody did; raises ShiftIsClosing, Forbidden."""
    shift = open_shift(tx, terminal=terminal)
    return shift or _begin(tx, terminal=terminal, shift_id=first_charge_id, by=by, now=now)


def open_shift(reader: Reader, *, terminal: str) -> Shift | None:
    """The terminal's shift, ``None`` when there is none; raises ShiftIsClosing."""
    shift = queries.open_shift(reader, terminal=terminal)
    if shift is not None and shift.state is ShiftState.CLOSING:
        raise ShiftIsClosing(terminal=terminal, number=shift.number)
    return shift


def begin_closing(tx: Transaction, *, shift_id: str) -> Shift:
    """Let nobody pay at the terminal while it counts.

    Raises ShiftNotOpen, TerminalHasOpenCharge (an outcome that nobody knows is in no total), ShiftNotFound.
    """
    shift = shift_seen(tx, shift_id=shift_id)
    if shift.state is not ShiftState.OPEN:
        raise ShiftNotOpen(number=shift.number)
    held = queries.open_charge_on(tx, terminal=shift.terminal)
    if held is not None:
        raise TerminalHasOpenCharge(terminal=shift.terminal, charge_id=held.id, case_id=held.case_id)
    return _write(tx, structs.replace(shift, state=ShiftState.CLOSING, trouble=None))


def note_count(tx: Transaction, *, shift_id: str, kopecks: int) -> Shift:
    """Make durable what the terminal counts before it is asked to begin anew: it tells that sum no second time."""
    sums = queries.sums_of(tx, shift_id=shift_id)
    return _write(tx, shift_seen(tx, shift_id=shift_id).noting(kopecks, ledger_kopecks=sums.kopecks))


def keep_open(tx: Transaction, *, shift_id: str, trouble: str) -> Shift:
    """The terminal did not count, and says why: the shift goes on."""
    shift = shift_seen(tx, shift_id=shift_id)
    if shift.state is not ShiftState.CLOSING:
        return shift
    return _write(tx, structs.replace(shift, state=ShiftState.OPEN, trouble=trouble))


def close_shift(
    tx: Transaction, *, shift_id: str, count: TerminalCount, by: Person, order_id: str, now: datetime
) -> Shift:
    """End a shift with what the terminal counted beside what the ledger knows, and order its report.

    Raises ShiftNotOpen, ShiftNotFound.
    """
    shift = shift_seen(tx, shift_id=shift_id)
    if shift.state is not ShiftState.CLOSING:
        raise ShiftNotOpen(number=shift.number)
    sums: LedgerSums = queries.sums_of(tx, shift_id=shift_id)
    staff.log_access(tx, by=by, action="shift-closed", subject=shift_id, now=now)
    closed = structs.replace(
        shift,
        state=ShiftState.CLOSED,
        closed_by=by.staff_id,
        closed_at=now,
        ledger_kopecks=sums.kopecks,
        terminal_kopecks=count.kopecks,
        settlement=count.settlement,
        slip=count.slip,
        report_id=order_id,
    )
    report = _report(tx, closed, sums=sums, count=count)
    printing.order_shift_report(tx, shift=report, order_id=order_id, now=now)
    return _write(tx, closed)


def shift_seen(reader: Reader, *, shift_id: str) -> Shift:
    """The shift; raises ShiftNotFound."""
    shift = queries.shift(reader, shift_id=shift_id)
    if shift is None:
        raise ShiftNotFound(shift_id=shift_id)
    return shift


def _report(reader: Reader, shift: Shift, *, sums: LedgerSums, count: TerminalCount) -> ShiftFacts:
    names = staff_queries.names(reader, staff_ids=[each for each in (shift.opened_by, shift.closed_by) if each])
    recipients = {each.id: each.name for each in count.recipients}
    return ShiftFacts(
        shift_id=shift.id,
        number=shift.number,
        terminal=shift.terminal,
        opened_at=shift.opened_at,
        opened_by=names.get(shift.opened_by, ""),
        closed_at=shift.closed_at or shift.opened_at,
        closed_by=names.get(shift.closed_by or "", ""),
        charges=sums.charges,
        charged_kopecks=sums.charged_kopecks,
        voids=sums.voids,
        voided_kopecks=sums.voided_kopecks,
        ledger_kopecks=sums.kopecks,
        terminal_kopecks=count.kopecks,
        settlement=count.settlement,
        recipients=tuple(
            RecipientSum(
                name=recipients.get(each.merchant_id, each.merchant_id), charges=each.charges, kopecks=each.kopecks
            )
            for each in queries.merchant_sums(reader, shift_id=shift.id)
        ),
    )


def _begin(tx: Transaction, *, terminal: str, shift_id: str, by: Person, now: datetime) -> Shift:
    if by.office_id is None:
        raise Forbidden
    shift = Shift(
        id=shift_id,
        number=queries.next_shift_number(tx),
        terminal=terminal,
        office_id=by.office_id,
        state=ShiftState.OPEN,
        opened_by=by.staff_id,
        opened_at=now,
    )
    queries.insert_shift(tx, shift)
    staff.log_access(tx, by=by, action="shift-opened", subject=shift_id, now=now)
    return shift


def _write(tx: Transaction, shift: Shift) -> Shift:
    queries.update_shift(tx, shift)
    return shift
