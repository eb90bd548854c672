"""What may be asked of the ledger, and every statement that changes it."""

import msgspec

from edge_node.payments.model import Charge
from sync.storage import Reader, Transaction

_COLUMNS = """id, case_id, amount_kopecks, charged_kopecks, terminal, state, reason, code, baseline, slip,
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


def insert(tx: Transaction, charge: Charge) -> None:
    tx.execute(
        f"insert into charges ({_COLUMNS}) values (:id, :case_id, :amount_kopecks, :charged_kopecks, :terminal, "  # noqa: S608 - own columns
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
