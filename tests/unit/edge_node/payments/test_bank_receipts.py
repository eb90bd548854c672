"""A bank's receipt entered by hand: money of one case, and of no other."""

from datetime import date, timedelta

import pytest

from edge_node.case_register import commands as register
from edge_node.case_register import queries as cases
from edge_node.case_register.model import Case, SharedReceipt
from edge_node.payments import commands
from edge_node.payments.model import BankReceipt, BankReceiptEntry, ReceiptAlreadyUsed, ReceiptLooksUsed
from sync.replication import outbox
from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.ids import OfficeId
from sync.vocabulary.working_days import local_day
from tests.support.case_office import OLENA_SIGNED_IN, CaseOffice


def entry(office: CaseOffice, **changes: object) -> BankReceiptEntry:
    facts: dict[str, object] = {
        "number": "0.0.1234567.1",
        "bank": "АТ КБ «ПриватБанк»",
        "paid_on": local_day(office.clock.now()),
        "amount_kopecks": 4_542,
    }
    return BankReceiptEntry(**(facts | changes))  # type: ignore[arg-type]  # a test's changes


def bring(office: CaseOffice, case: Case, **changes: object) -> BankReceipt:
    return office.do(
        commands.enter_bank_receipt,
        case_id=case.case_id,
        entry=entry(office, **changes),
        receipt_id=office.ids.new(),
        by=OLENA_SIGNED_IN,
        now=office.clock.now(),
        ids=office.ids,
    )


def test_a_receipt_pays_its_case(case_office: CaseOffice) -> None:
    case = case_office.register(fee_kopecks=4_542)
    bring(case_office, case)
    assert case_office.case(case).paid_kopecks == 4_542


@pytest.mark.parametrize(
    "spelled",
    [
        {},
        {"number": " 0.0.1234567.1 "},
        {"number": "00-1234567-1"},
        {"bank": "ПриватБанк"},
        {"bank": "ПРИВАТБАНК АТ"},
        {"bank": "Пpивaт Банк"},  # a Latin p and a
    ],
)
def test_a_receipt_serves_one_case_however_it_is_spelled(case_office: CaseOffice, spelled: dict[str, object]) -> None:
    first, second = case_office.register(), case_office.register()
    bring(case_office, first)
    with pytest.raises(ReceiptAlreadyUsed) as refused:
        bring(case_office, second, **spelled)
    assert refused.value.facts["case_id"] == first.case_id
    assert case_office.case(second).paid_kopecks == 0


def test_nor_does_it_serve_its_own_case_twice(case_office: CaseOffice) -> None:
    case = case_office.register(fee_kopecks=9_084)
    bring(case_office, case)
    with pytest.raises(ReceiptAlreadyUsed):
        bring(case_office, case, is_another=True)
    assert case_office.case(case).paid_kopecks == 4_542


def test_the_same_number_of_another_bank_is_compared_by_a_person_first(case_office: CaseOffice) -> None:
    first, second = case_office.register(), case_office.register()
    bring(case_office, first)
    with pytest.raises(ReceiptLooksUsed):
        bring(case_office, second, bank="Ощадбанк")
    bring(case_office, second, bank="Ощадбанк", is_another=True)
    assert case_office.case(second).paid_kopecks == 4_542


@pytest.mark.parametrize(
    "other", [{"number": "0.0.1234567.2"}, {"paid_on": "yesterday"}, {"amount_kopecks": 4_543}], ids=str
)
def test_another_receipt_is_another(case_office: CaseOffice, other: dict[str, object]) -> None:
    if other.get("paid_on"):
        other = {"paid_on": local_day(case_office.clock.now()) - timedelta(days=1)}
    bring(case_office, case_office.register())
    second = case_office.register()
    bring(case_office, second, **other)
    assert case_office.case(second).paid_kopecks > 0


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"number": " - "}, "receipt_number"),
        ({"bank": "«»"}, "bank"),
        ({"amount_kopecks": 0}, "amount_kopecks"),
        ({"amount_kopecks": 100_000_001}, "amount_kopecks"),
        ({"paid_on": date(2999, 1, 1)}, "paid_on"),
        ({"paid_on": date(2019, 1, 1)}, "paid_on"),
    ],
)
def test_what_no_receipt_says_is_refused_by_its_field(
    case_office: CaseOffice, wrong: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        bring(case_office, case_office.register(), **wrong)
    assert refused.value.field == field


def entered_elsewhere(office: CaseOffice) -> Case:
    """A case whose receipt another office entered: this one knows the case and not the paper."""
    case = office.register(fee_kopecks=4_542)
    bring(office, case)
    office.do(lambda tx: tx.execute("delete from bank_receipts"))
    return case


def shared(office: CaseOffice, office_id: str = "SHV") -> list[SharedReceipt]:
    scope = cases.Scope(office_id=OfficeId(office_id))
    return office.store.read_now(lambda reader: cases.shared_receipts(reader, scope=scope))


def test_a_receipt_that_another_office_counted_for_a_case_of_this_node_serves_no_other(
    case_office: CaseOffice,
) -> None:
    first, second = entered_elsewhere(case_office), case_office.register()
    with pytest.raises(ReceiptAlreadyUsed) as refused:
        bring(case_office, second, is_another=True)
    assert refused.value.facts["case_id"] == first.case_id
    assert shared(case_office) == []


def test_a_receipt_that_two_offices_counted_is_shown_when_both_cases_are_known(case_office: CaseOffice) -> None:
    first, second = entered_elsewhere(case_office), case_office.register()
    case_office.do(lambda tx: tx.execute("delete from case_receipts"))  # the first case has not come yet
    bring(case_office, second)
    assert shared(case_office) == []

    view = case_office.store.read_now(lambda reader: outbox.view(reader, first.case_id))
    assert view is not None
    for _ in range(2):
        case_office.do(register.project, first.case_id, view)

    (receipt,) = shared(case_office)
    assert set(receipt.case_ids) == {first.case_id, second.case_id}
    assert set(receipt.numbers) == {first.number, second.number}
    assert shared(case_office, "KYV") == []


def test_a_case_that_left_this_node_takes_its_receipts_along(case_office: CaseOffice) -> None:
    first, second = entered_elsewhere(case_office), case_office.register()
    case_office.do(register.remove, first.case_id)
    assert bring(case_office, second).case_id == second.case_id
