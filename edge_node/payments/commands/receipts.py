"""Receipts of banks, entered by hand: each serves one case, whoever brings it again."""

import hashlib
import unicodedata
from datetime import date, datetime

from edge_node.case_register import commands as register
from edge_node.case_register import queries as register_queries
from edge_node.case_register.model import Actor
from edge_node.payments import queries
from edge_node.payments.commands.charging import event_id_of
from edge_node.payments.model import BankReceipt, BankReceiptEntry, ReceiptAlreadyUsed, ReceiptLooksUsed
from edge_node.staff import commands as staff
from edge_node.staff.model import Person
from sync.ambient import Ids
from sync.storage import Reader, Transaction
from sync.vocabulary.case import EventKind
from sync.vocabulary.errors import Forbidden, InvalidInput
from sync.vocabulary.ids import CaseId
from sync.vocabulary.money import checked_amount
from sync.vocabulary.working_days import local_day

PAID_DAYS_AGO_MAX = 1_095  # a claim for money paid without cause lapses after three years (Civil Code, art. 257)
_BANK_FORMS = ("публічнеакціонернетовариство", "акціонернетовариство", "пат", "ат", "тов", "кб", "банк")


def enter_bank_receipt(
    tx: Transaction, *, case_id: CaseId, entry: BankReceiptEntry, receipt_id: str, by: Person, now: datetime, ids: Ids
) -> BankReceipt:
    """Count a receipt that the applicant brought, for this case and no other.

    Raises:
        ReceiptAlreadyUsed: number, day, amount and bank are those of a receipt that serves a case that this office
            entered it for, or any other case that this node holds; names it.
        ReceiptLooksUsed: all but the bank are, of a receipt entered here; ``is_another`` says that a person has
            compared the two.
        InvalidInput: no number or bank, an amount out of bounds, a day to come or too long ago.
        CaseNotHere, CaseNotYours, Forbidden: as ``case_register.commands.case_for``.
    """
    if by.office_id is None:
        raise Forbidden
    register.case_for(tx, by=by, case_id=case_id)
    _check(entry, today=local_day(now))
    receipt_key, loose_key = _keys(entry)
    for used in queries.receipts_alike(tx, loose_key=loose_key):
        if used.receipt_key == receipt_key:
            raise ReceiptAlreadyUsed(case_id=used.case_id, number=used.number)
        if not entry.is_another:
            raise ReceiptLooksUsed(case_id=used.case_id, number=used.number, bank=used.bank)
    event_id = event_id_of(terminal_id="bank", reference=receipt_key)
    for served_id in register_queries.case_ids_paid_by(tx, event_id=event_id):
        raise ReceiptAlreadyUsed(case_id=served_id, number=entry.number.strip())
    receipt = BankReceipt(
        id=receipt_id,
        case_id=case_id,
        number=entry.number.strip(),
        bank=entry.bank.strip(),
        paid_on=entry.paid_on,
        amount_kopecks=entry.amount_kopecks,
        receipt_key=receipt_key,
        loose_key=loose_key,
        entered_by=by.staff_id,
        entered_at=now,
    )
    queries.insert_receipt(tx, receipt)
    staff.log_access(tx, by=by, action="case-receipt-entered", subject=case_id, now=now)
    terminal_id, reference = f"bank {receipt.bank}", f"{receipt.number} {receipt.paid_on.isoformat()}"
    register.record_event(
        tx,
        case_id=case_id,
        kind=EventKind.PAYMENT_RECEIVED,
        facts={"terminal_id": terminal_id, "reference": reference, "amount_kopecks": receipt.amount_kopecks},
        by=Actor(staff_id=by.staff_id, office_id=by.office_id),
        now=now,
        ids=ids,
        event_id=event_id,
    )
    return receipt


def receipts_for(reader: Reader, *, case_id: CaseId, by: Person) -> list[BankReceipt]:
    """The bank receipts of a case that is this person's to see; raises as ``case_for``."""
    register.case_for(reader, by=by, case_id=case_id)
    return queries.receipts_of(reader, case_id=case_id)


def _check(entry: BankReceiptEntry, *, today: date) -> None:
    checked_amount(entry.amount_kopecks)
    if not _folded(entry.number):
        raise InvalidInput(field="receipt_number", rule="required")
    if not _folded(entry.bank):
        raise InvalidInput(field="bank", rule="required")
    if entry.paid_on > today:
        raise InvalidInput(field="paid_on", rule="not-in-future")
    if (today - entry.paid_on).days > PAID_DAYS_AGO_MAX:
        raise InvalidInput(field="paid_on", rule="too-old", maximum=PAID_DAYS_AGO_MAX)


def _keys(entry: BankReceiptEntry) -> tuple[str, str]:
    """What makes two receipts one, and what makes them look so: spelling, blanks and the bank's form aside."""
    loose = f"{_folded(entry.number).lstrip('0')}|{entry.paid_on.isoformat()}|{entry.amount_kopecks}"
    return _digest(f"{loose}|{_bank(entry.bank)}"), _digest(loose)


def _bank(name: str) -> str:
    folded = _folded(name)
    for form in _BANK_FORMS:
        folded = folded.removeprefix(form).removesuffix(form) or folded
    return folded


def _folded(text: str) -> str:
    """Letters and digits alone, in one case and one alphabet where a Latin letter looks like a Ukrainian one."""
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_LOOKALIKES)
    return "".join(letter for letter in plain if letter.isalnum())


_LOOKALIKES = str.maketrans("abceikmhoptxy", "авсеікмнортху")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
