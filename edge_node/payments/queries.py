"""What may be asked of the ledger, and every statement that changes it."""

import msgspec

from edge_node.payments.model import (
    NO_CASE,
    BankReceipt,
    Charge,
    LedgerSums,
    MerchantAssignment,
    MerchantSum,
    Shift,
)
from sync.storage import Reader, Transaction

SHIFTS_SHOWN_MAX = 20
TRIALS_SHOWN_MAX = 10

_COLUMNS = """id, kind, reverses, case_id, merchant_id, shift_id, amount_kopecks,
              charged_kopecks, terminal, state, reason, code, baseline, slip,
              staff_id, office_id, began_at, sent_at, ended_at, payment_key, settled_by"""


def charge(reader: Reader, *, charge_id: str) -> Charge | None:
    """The charge, or ``None``."""
    return reader.row(f"select {_COLUMNS} from charges where id = :charge_id", Charge, charge_id=charge_id)  # noqa: S608 - own columns


def charges_of(reader: Reader, *, case_id: str) -> list[Charge]:
    """The charges of a case, latest first."""
    return reader.rows(
        f"select {_COLUMNS} from charges where case_id = :case_id order by began_at desc, id desc",  # noqa: S608 - own columns
        Charge,
        case_id=case_id,
    )


def trials_of(reader: Reader, *, terminal: str) -> list[Charge]:
    """What technicians tried at a terminal, latest first, at most ``TRIALS_SHOWN_MAX``."""
    return reader.rows(
        f"select {_COLUMNS} from charges where case_id = :no_case and terminal = :terminal "  # noqa: S608 - own columns
        "order by began_at desc, id desc limit :most",
        Charge,
        no_case=NO_CASE,
        terminal=terminal,
        most=TRIALS_SHOWN_MAX,
    )


def open_charge_on(reader: Reader, *, terminal: str) -> Charge | None:
    """The charge that holds this terminal, or ``None``; the table allows one."""
    return reader.row(
        f"select {_COLUMNS} from charges where terminal = :terminal "  # noqa: S608 - own columns
        "and state in ('intended', 'sending', 'unknown')",
        Charge,
        terminal=terminal,
    )


def open_charges(reader: Reader) -> list[Charge]:
    """Charges without a known end, oldest first."""
    return reader.rows(
        f"select {_COLUMNS} from charges where state in ('intended', 'sending', 'unknown') order by began_at",  # noqa: S608 - own columns
        Charge,
    )


def is_counted(reader: Reader, *, payment_key: str) -> bool:
    """Whether a charge has told of this money already."""
    return reader.scalar("select 1 from charges where payment_key = :payment_key", payment_key=payment_key) is not None


def void_of(reader: Reader, *, charge_id: str) -> Charge | None:
    """The void of a charge that succeeded, or may yet, or nobody knows; ``None`` when it stands."""
    return reader.row(
        f"select {_COLUMNS} from charges where reverses = :charge_id "  # noqa: S608 - own columns
        "and state in ('intended', 'sending', 'unknown', 'approved')",
        Charge,
        charge_id=charge_id,
    )


def shift(reader: Reader, *, shift_id: str) -> Shift | None:
    """The shift, or ``None``."""
    return reader.row("select * from shifts where id = :shift_id", Shift, shift_id=shift_id)


def open_shift(reader: Reader, *, terminal: str) -> Shift | None:
    """The terminal's shift that has not ended, or ``None``; the table allows one."""
    return reader.row(
        "select * from shifts where terminal = :terminal and state in ('open', 'closing')", Shift, terminal=terminal
    )


def last_shifts(reader: Reader) -> list[Shift]:
    """Shifts that have ended, latest first, at most ``SHIFTS_SHOWN_MAX``."""
    return reader.rows(
        "select * from shifts where state = 'closed' order by number desc limit :most", Shift, most=SHIFTS_SHOWN_MAX
    )


def next_shift_number(reader: Reader) -> int:
    """One more than the last shift's."""
    number = reader.scalar("select coalesce(max(number), 0) + 1 from shifts")
    if not isinstance(number, int):
        raise TypeError(number)
    return number


def sums_of(reader: Reader, *, shift_id: str) -> LedgerSums:
    """What the ledger knows of a shift."""
    sums = reader.row(
        """
        select coalesce(sum(kind = 'charge'), 0) as charges,
               coalesce(sum(charged_kopecks) filter (where kind = 'charge'), 0) as charged_kopecks,
               coalesce(sum(kind = 'void'), 0) as voids,
               coalesce(sum(charged_kopecks) filter (where kind = 'void'), 0) as voided_kopecks
        from charges where shift_id = :shift_id and state in ('approved', 'partially_approved')
        """,
        LedgerSums,
        shift_id=shift_id,
    )
    if sums is None:
        raise LookupError(shift_id)
    return sums


def merchant_sums(reader: Reader, *, shift_id: str) -> list[MerchantSum]:
    """What each recipient got in a shift, less what went back."""
    return reader.rows(
        """
        select merchant_id, sum(kind = 'charge') as charges,
               sum(case kind when 'void' then -charged_kopecks else charged_kopecks end) as kopecks
        from charges where shift_id = :shift_id and state in ('approved', 'partially_approved')
        group by merchant_id order by merchant_id
        """,
        MerchantSum,
        shift_id=shift_id,
    )


def charges_in(reader: Reader, *, shift_id: str) -> list[Charge]:
    """All that was tried in a shift, oldest first."""
    return reader.rows(
        f"select {_COLUMNS} from charges where shift_id = :shift_id order by began_at, id",  # noqa: S608 - own columns
        Charge,
        shift_id=shift_id,
    )


def insert_shift(tx: Transaction, shift: Shift) -> None:
    tx.execute(
        "insert into shifts (id, number, terminal, office_id, state, opened_by, opened_at) "
        "values (:id, :number, :terminal, :office_id, :state, :opened_by, :opened_at)",
        id=shift.id,
        number=shift.number,
        terminal=shift.terminal,
        office_id=shift.office_id,
        state=shift.state,
        opened_by=shift.opened_by,
        opened_at=shift.opened_at,
    )


def update_shift(tx: Transaction, shift: Shift) -> None:
    tx.execute(
        "update shifts set state = :state, closed_by = :closed_by, closed_at = :closed_at, "
        "ledger_kopecks = :ledger_kopecks, terminal_kopecks = :terminal_kopecks, carried_kopecks = :carried_kopecks, "
        "settlement = :settlement, slip = :slip, report_id = :report_id, trouble = :trouble where id = :id",
        id=shift.id,
        state=shift.state,
        closed_by=shift.closed_by,
        closed_at=shift.closed_at,
        ledger_kopecks=shift.ledger_kopecks,
        terminal_kopecks=shift.terminal_kopecks,
        carried_kopecks=shift.carried_kopecks,
        settlement=shift.settlement,
        slip=shift.slip,
        report_id=shift.report_id,
        trouble=shift.trouble,
    )


def reopen_closing(tx: Transaction) -> int:
    """Let shifts go on whose end was interrupted; how many."""
    return tx.execute("update shifts set state = 'open', trouble = 'interrupted' where state = 'closing'")


def merchants_of(reader: Reader, *, terminal: str) -> list[MerchantAssignment]:
    """What was said of a terminal's recipients."""
    return reader.rows(
        "select * from merchants where terminal = :terminal order by provider_id",
        MerchantAssignment,
        terminal=terminal,
    )


def replace_merchants(tx: Transaction, *, terminal: str, assignments: list[MerchantAssignment]) -> None:
    tx.execute("delete from merchants where terminal = :terminal", terminal=terminal)
    for each in assignments:
        tx.execute(
            "insert into merchants (terminal, provider_id, merchant_id, said_by, said_at) "
            "values (:terminal, :provider_id, :merchant_id, :said_by, :said_at)",
            **msgspec.structs.asdict(each),
        )


def receipts_alike(reader: Reader, *, loose_key: str) -> list[BankReceipt]:
    """Receipts of this number, day and amount, whatever the bank."""
    return reader.rows("select * from bank_receipts where loose_key = :loose_key", BankReceipt, loose_key=loose_key)


def receipts_of(reader: Reader, *, case_id: str) -> list[BankReceipt]:
    """The bank receipts of a case, latest first."""
    return reader.rows(
        "select * from bank_receipts where case_id = :case_id order by entered_at desc, id desc",
        BankReceipt,
        case_id=case_id,
    )


def insert_receipt(tx: Transaction, receipt: BankReceipt) -> None:
    tx.execute(
        "insert into bank_receipts (id, case_id, number, bank, paid_on, amount_kopecks, receipt_key, loose_key, "
        "entered_by, entered_at) values (:id, :case_id, :number, :bank, :paid_on, :amount_kopecks, :receipt_key, "
        ":loose_key, :entered_by, :entered_at)",
        **msgspec.structs.asdict(receipt),
    )


def insert(tx: Transaction, charge: Charge) -> None:
    tx.execute(
        f"insert into charges ({_COLUMNS}) values (:id, :kind, :reverses, :case_id, :merchant_id, "  # noqa: S608 - own columns
        ":shift_id, :amount_kopecks, :charged_kopecks, :terminal, "
        ":state, :reason, :code, :baseline, :slip, :staff_id, :office_id, :began_at, :sent_at, :ended_at, "
        ":payment_key, :settled_by)",
        **msgspec.structs.asdict(charge),
    )


def update(tx: Transaction, charge: Charge) -> None:
    tx.execute(
        "update charges set charged_kopecks = :charged_kopecks, state = :state, reason = :reason, code = :code, "
        "baseline = :baseline, slip = :slip, sent_at = :sent_at, ended_at = :ended_at, payment_key = :payment_key, "
        "settled_by = :settled_by where id = :id",
        id=charge.id,
        charged_kopecks=charge.charged_kopecks,
        state=charge.state,
        reason=charge.reason,
        code=charge.code,
        baseline=charge.baseline,
        slip=charge.slip,
        sent_at=charge.sent_at,
        ended_at=charge.ended_at,
        payment_key=charge.payment_key,
        settled_by=charge.settled_by,
    )
