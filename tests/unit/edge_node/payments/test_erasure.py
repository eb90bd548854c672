"""When a case is erased its money stays in the books, and says nothing of who paid."""

import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

from edge_node.case_register import queries as cases
from edge_node.payments import commands, queries
from edge_node.payments.model import (
    BankReceiptEntry,
    CardSlip,
    ChargeState,
    Outcome,
    SettlementKind,
    TerminalCount,
)
from edge_node.printing import queries as printing
from sync.replication import outbox
from sync.vocabulary.ids import ChargeId
from sync.vocabulary.working_days import local_day
from tests.support.case_office import OLENA_SIGNED_IN, CaseOffice

TERMINAL = "payment-terminal"
FEE_KOPECKS = 4_542
BOOKS = ("charges", "shifts", "merchants", "bank_receipts", "case_receipts")


def paid_case(office: CaseOffice) -> str:
    """A case with a card's payment, a bank's receipt and a shift that has ended; its id."""
    case, now = office.register(fee_kopecks=2 * FEE_KOPECKS), office.clock.now()
    charge = office.do(
        commands.begin_charge,
        case_id=case.case_id,
        amount_kopecks=FEE_KOPECKS,
        terminal=TERMINAL,
        charge_id=ChargeId(office.ids.new()),
        by=OLENA_SIGNED_IN,
        now=now,
    )
    slip = CardSlip(
        amount_kopecks=FEE_KOPECKS,
        invoice_number="000101",
        rrn="032600000101",
        card_mask="4731XXXXXXXX9838",
        terminal_id="TID1",
    )
    outcome = Outcome(state=ChargeState.APPROVED, slip=slip)
    office.do(commands.conclude, charge_id=charge.id, outcome=outcome, now=now, ids=office.ids)
    entry = BankReceiptEntry(number="12-7", bank="Ощадбанк", paid_on=local_day(now), amount_kopecks=FEE_KOPECKS)
    office.do(
        commands.enter_bank_receipt,
        case_id=case.case_id,
        entry=entry,
        receipt_id=office.ids.new(),
        by=OLENA_SIGNED_IN,
        now=now,
        ids=office.ids,
    )
    assert charge.shift_id is not None
    office.do(commands.begin_closing, shift_id=charge.shift_id)
    count = TerminalCount(kopecks=FEE_KOPECKS, settlement=SettlementKind.SETTLED, slip="Загальні підсумки")
    close = partial(commands.close_shift, shift_id=charge.shift_id, count=count, by=OLENA_SIGNED_IN)
    office.do(close, order_id=office.ids.new(), now=now)
    office.erase(case)
    return case.case_id


def applicant(office: CaseOffice) -> set[str]:
    """What the application says of its applicant, but for kinds and languages."""
    case = office.register()
    view = office.store.read_now(lambda reader: outbox.view(reader, case.case_id))
    assert view is not None
    told = {str(value) for name, value in view.fields.items() if name.startswith("applicant_")}
    return {value for value in told if len(value) > len("id_card")}


def test_the_books_keep_the_money_of_an_erased_case_and_nothing_of_who_paid(
    case_office: CaseOffice, tmp_path: Path
) -> None:
    case_id = paid_case(case_office)
    said_of_the_applicant = applicant(case_office)

    with closing(sqlite3.connect(tmp_path / "node.db")) as connection:
        kept = repr([connection.execute(f"select * from {table}").fetchall() for table in BOOKS])  # noqa: S608 - our own names

    assert len(said_of_the_applicant) > 1
    assert [each for each in said_of_the_applicant if each in kept] == []
    (charge,) = case_office.store.read_now(lambda reader: queries.charges_of(reader, case_id=case_id))
    (receipt,) = case_office.store.read_now(lambda reader: queries.receipts_of(reader, case_id=case_id))
    assert charge.charged_kopecks == receipt.amount_kopecks == FEE_KOPECKS
    assert case_office.store.read_now(lambda reader: printing.papers_of(reader, subject_id=case_id)) == []


def test_the_receipt_of_an_erased_case_does_not_become_free(case_office: CaseOffice) -> None:
    case_id = paid_case(case_office)
    (receipt,) = case_office.store.read_now(lambda reader: queries.receipts_of(reader, case_id=case_id))
    event_id = commands.event_id_of(terminal_id="bank", reference=receipt.receipt_key)
    assert case_office.store.read_now(lambda reader: cases.case_ids_paid_by(reader, event_id=event_id)) == [case_id]
