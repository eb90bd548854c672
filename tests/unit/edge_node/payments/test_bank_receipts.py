"""A bank's receipt entered by hand: money of one case, and of no other."""

from datetime import date, timedelta

import pytest

from edge_node.case_register.model import Case
from edge_node.payments import commands
from edge_node.payments.model import BankReceipt, BankReceiptEntry, ReceiptAlreadyUsed, ReceiptLooksUsed
from sync.vocabulary.errors import InvalidInput
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
