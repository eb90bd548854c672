"""The ledger: what begins a charge, what ends it, and that money is told once."""

from pathlib import Path

import pytest

from edge_node.case_register.model import Case, CaseErased
from edge_node.payments import commands, queries
from edge_node.payments.model import (
    CardSlip,
    Charge,
    ChargeNotUnknown,
    ChargeState,
    FeeAlreadyPaid,
    LastOperation,
    Outcome,
    Settlement,
    TerminalHasOpenCharge,
)
from edge_node.printing import queries as printing
from edge_node.printing.model import PaperKind
from sync.storage import replica
from sync.vocabulary.case import EventKind
from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.ids import ChargeId
from tests.support.case_office import OLENA, OLENA_SIGNED_IN, CaseOffice

TERMINAL = "payment-terminal"


def begin(office: CaseOffice, case: Case, *, amount_kopecks: int | None = None, terminal: str = TERMINAL) -> Charge:
    return office.do(
        commands.begin_charge,
        case_id=case.case_id,
        amount_kopecks=amount_kopecks,
        terminal=terminal,
        charge_id=ChargeId(office.ids.new()),
        by=OLENA_SIGNED_IN,
        now=office.clock.now(),
    )


def end(office: CaseOffice, charge: Charge, outcome: Outcome) -> Charge:
    return office.do(commands.conclude, charge_id=charge.id, outcome=outcome, now=office.clock.now(), ids=office.ids)


def approved(kopecks: int, *, rrn: str = "032600000101") -> Outcome:
    slip = CardSlip(amount_kopecks=kopecks, invoice_number="000101", rrn=rrn, terminal_id="TID1")
    return Outcome(state=ChargeState.APPROVED, slip=slip)


UNKNOWN = Outcome(state=ChargeState.UNKNOWN, reason="no-answer")


def receipts(office: CaseOffice, case: Case) -> int:
    return sum(event.kind == EventKind.PAYMENT_RECEIVED for event in office.file(case).state.path)


def test_an_approved_charge_is_one_event_of_its_case_and_one_ordered_receipt(case_office: CaseOffice) -> None:
    case = case_office.register(fee_kopecks=4_542)

    charge = end(case_office, begin(case_office, case), approved(4_542))

    assert charge.state is ChargeState.APPROVED
    assert charge.charged_kopecks == 4_542
    assert case_office.case(case).paid_kopecks == 4_542
    papers = case_office.store.read_now(lambda reader: printing.papers_of(reader, subject_id=case.case_id))
    assert [paper.kind for paper in papers] == [PaperKind.PAYMENT_RECEIPT]


def test_money_that_moved_while_its_case_was_erased_stays_in_the_ledger_alone(case_office: CaseOffice) -> None:
    case = case_office.register(fee_kopecks=4_542)
    charge = begin(case_office, case)
    case_office.erase(case)

    ended = end(case_office, charge, approved(4_542))

    assert (ended.state, ended.charged_kopecks) == (ChargeState.APPROVED, 4_542)
    assert receipts(case_office, case) == 0
    with pytest.raises(CaseErased):
        begin(case_office, case)


def test_money_that_moved_while_its_case_left_this_office_stays_in_the_ledger(case_office: CaseOffice) -> None:
    case = case_office.register(fee_kopecks=4_542)
    charge = begin(case_office, case)
    case_office.do(replica.forget_document, document_id=case.case_id)

    assert end(case_office, charge, approved(4_542)).charged_kopecks == 4_542


def test_the_same_outcome_told_twice_is_money_once(case_office: CaseOffice) -> None:
    case = case_office.register(fee_kopecks=4_542)
    charge = begin(case_office, case)

    end(case_office, charge, approved(4_542))
    end(case_office, charge, approved(4_542))

    assert receipts(case_office, case) == 1
    assert case_office.case(case).paid_kopecks == 4_542


def test_the_event_of_a_payment_is_named_by_its_operation(case_office: CaseOffice) -> None:
    case = case_office.register(fee_kopecks=4_542)

    end(case_office, begin(case_office, case), approved(4_542, rrn="R9"))

    (event_id,) = (event.id for event in case_office.file(case).state.path if event.kind == EventKind.PAYMENT_RECEIVED)
    assert event_id == commands.event_id_of(terminal_id="TID1", reference="R9")
    assert len(event_id) == 26


def test_a_declined_charge_leaves_no_event_and_frees_the_terminal(case_office: CaseOffice) -> None:
    case = case_office.register()

    end(case_office, begin(case_office, case), Outcome(state=ChargeState.DECLINED, reason="declined", code="0005"))

    assert receipts(case_office, case) == 0
    assert begin(case_office, case).state is ChargeState.INTENDED


def test_a_partial_approval_leaves_the_rest_to_be_paid(case_office: CaseOffice) -> None:
    case = case_office.register(fee_kopecks=10_000)
    partly = CardSlip(amount_kopecks=4_000, invoice_number="1", rrn="R1", terminal_id="TID1")

    end(case_office, begin(case_office, case), Outcome(state=ChargeState.PARTIALLY_APPROVED, slip=partly))

    assert begin(case_office, case).amount_kopecks == 6_000


def test_an_unknown_charge_holds_its_terminal_and_no_other(case_office: CaseOffice) -> None:
    case, next_case = case_office.register(), case_office.register()
    held = end(case_office, begin(case_office, case), UNKNOWN)

    with pytest.raises(TerminalHasOpenCharge) as refused:
        begin(case_office, next_case)

    assert refused.value.facts["charge_id"] == held.id
    assert begin(case_office, next_case, terminal="second-terminal").state is ChargeState.INTENDED


def test_a_paid_fee_is_not_asked_for_again(case_office: CaseOffice) -> None:
    case = case_office.register(fee_kopecks=4_542)
    end(case_office, begin(case_office, case), approved(4_542))

    with pytest.raises(FeeAlreadyPaid):
        begin(case_office, case)


@pytest.mark.parametrize("amount_kopecks", [0, -1, 4_543])
def test_no_more_than_what_is_due_is_charged(case_office: CaseOffice, amount_kopecks: int) -> None:
    case = case_office.register(fee_kopecks=4_542)

    with pytest.raises(InvalidInput) as refused:
        begin(case_office, case, amount_kopecks=amount_kopecks)

    assert refused.value.facts["maximum"] == 4_542


def test_an_operation_that_paid_one_charge_does_not_pay_another(case_office: CaseOffice) -> None:
    first, second = case_office.register(), case_office.register()
    end(case_office, begin(case_office, first), approved(4_542, rrn="R1"))

    doubted = end(case_office, begin(case_office, second), approved(4_542, rrn="R1"))

    assert doubted.state is ChargeState.UNKNOWN
    assert doubted.reason == "already-counted"
    assert receipts(case_office, second) == 0


def test_a_restart_fails_what_was_not_sent_and_doubts_what_was(case_office: CaseOffice) -> None:
    not_sent = begin(case_office, case_office.register())
    sent = begin(case_office, case_office.register(), terminal="second-terminal")
    baseline = LastOperation(invoice_number="000100", rrn="R0")
    case_office.do(commands.begin_sending, charge_id=sent.id, baseline=baseline, now=case_office.clock.now())

    left_open = case_office.do(commands.doubt_the_interrupted, now=case_office.clock.now())

    assert [(charge.id, charge.state) for charge in left_open] == [(sent.id, ChargeState.UNKNOWN)]
    found = case_office.store.read_now(lambda reader: queries.charge(reader, charge_id=not_sent.id))
    assert found is not None
    assert found.state is ChargeState.FAILED


def test_a_person_settles_an_unknown_charge_by_the_reference_of_the_slip(case_office: CaseOffice) -> None:
    case = case_office.register(fee_kopecks=4_542)
    charge = end(case_office, begin(case_office, case), UNKNOWN)

    settled = case_office.do(
        commands.settle,
        charge_id=charge.id,
        settlement=Settlement(reference="R7"),
        by=OLENA_SIGNED_IN,
        now=case_office.clock.now(),
        ids=case_office.ids,
    )

    assert settled.state is ChargeState.APPROVED
    assert settled.settled_by == OLENA.staff_id
    assert case_office.case(case).paid_kopecks == 4_542


@pytest.mark.parametrize(("kopecks", "state"), [(1_000, ChargeState.PARTIALLY_APPROVED), (4_542, ChargeState.APPROVED)])
def test_a_person_says_how_much_the_slip_says_was_taken(
    case_office: CaseOffice, kopecks: int, state: ChargeState
) -> None:
    case = case_office.register(fee_kopecks=4_542)
    charge = end(case_office, begin(case_office, case), UNKNOWN)
    settle = {"charge_id": charge.id, "by": OLENA_SIGNED_IN, "ids": case_office.ids, "now": case_office.clock.now()}

    with pytest.raises(InvalidInput):
        case_office.do(commands.settle, settlement=Settlement(reference="R7", amount_kopecks=4_543), **settle)
    settled = case_office.do(commands.settle, settlement=Settlement(reference="R7", amount_kopecks=kopecks), **settle)

    assert (settled.state, settled.charged_kopecks) == (state, kopecks)
    assert case_office.case(case).paid_kopecks == kopecks


def test_a_person_settles_an_unknown_charge_that_never_took_place(case_office: CaseOffice) -> None:
    case = case_office.register()
    charge = end(case_office, begin(case_office, case), UNKNOWN)
    settle = {"charge_id": charge.id, "settlement": Settlement(), "by": OLENA_SIGNED_IN, "ids": case_office.ids}

    settled = case_office.do(commands.settle, now=case_office.clock.now(), **settle)

    assert settled.state is ChargeState.NOT_PERFORMED
    assert receipts(case_office, case) == 0
    with pytest.raises(ChargeNotUnknown):
        case_office.do(commands.settle, now=case_office.clock.now(), **settle)


def test_the_ledger_survives_a_restart(case_office: CaseOffice, tmp_path: Path) -> None:
    charge = begin(case_office, case_office.register())
    found = case_office.store.read_now(lambda reader: queries.charge(reader, charge_id=charge.id))
    assert found == charge
