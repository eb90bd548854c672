"""A terminal's shift: what belongs to it, what may not end it, and what its end says."""

import pytest

from edge_node.case_register.model import Case
from edge_node.payments import commands, queries
from edge_node.payments.model import (
    CardSlip,
    Charge,
    ChargeNotPaid,
    ChargeState,
    NoMerchantForFee,
    Outcome,
    Settlement,
    SettlementKind,
    Shift,
    ShiftAlreadyOpen,
    ShiftHasEnded,
    ShiftIsClosing,
    ShiftNotOpen,
    ShiftState,
    TerminalCount,
    TerminalHasOpenCharge,
)
from edge_node.printing import queries as printing
from edge_node.printing.model import PaperKind
from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.ids import ChargeId, ProviderId
from tests.support.case_office import OLENA_SIGNED_IN, CaseOffice

TERMINAL = "payment-terminal"
FEE_KOPECKS = 4_542


def begin(office: CaseOffice, case: Case) -> Charge:
    return office.do(
        commands.begin_charge,
        case_id=case.case_id,
        amount_kopecks=None,
        terminal=TERMINAL,
        charge_id=ChargeId(office.ids.new()),
        by=OLENA_SIGNED_IN,
        now=office.clock.now(),
    )


def end(office: CaseOffice, charge: Charge, *, state: ChargeState = ChargeState.APPROVED, rrn: str = "R1") -> Charge:
    slip = CardSlip(amount_kopecks=charge.amount_kopecks, invoice_number="000101", rrn=rrn, terminal_id="TID1")
    outcome = Outcome(state=state, slip=slip if state is ChargeState.APPROVED else None)
    return office.do(commands.conclude, charge_id=charge.id, outcome=outcome, now=office.clock.now(), ids=office.ids)


def pay(office: CaseOffice, *, rrn: str = "R1") -> tuple[Case, Charge]:
    case = office.register(fee_kopecks=FEE_KOPECKS)
    return case, end(office, begin(office, case), rrn=rrn)


def begin_void(office: CaseOffice, charge: Charge) -> Charge:
    return office.do(
        commands.begin_void,
        charge_id=charge.id,
        void_id=ChargeId(office.ids.new()),
        by=OLENA_SIGNED_IN,
        now=office.clock.now(),
    )


def shift_now(office: CaseOffice) -> Shift:
    shift = office.store.read_now(lambda reader: queries.open_shift(reader, terminal=TERMINAL))
    assert shift is not None
    return shift


def close(office: CaseOffice, *, kopecks: int | None, settlement: SettlementKind = SettlementKind.SETTLED) -> Shift:
    shift = office.do(commands.begin_closing, shift_id=shift_now(office).id)
    return office.do(
        commands.close_shift,
        shift_id=shift.id,
        count=TerminalCount(kopecks=kopecks, settlement=settlement),
        by=OLENA_SIGNED_IN,
        order_id=office.ids.new(),
        now=office.clock.now(),
    )


def test_the_first_charge_begins_the_terminals_shift_and_others_join_it(case_office: CaseOffice) -> None:
    _, first = pay(case_office, rrn="R1")
    _, second = pay(case_office, rrn="R2")
    assert first.shift_id == second.shift_id == shift_now(case_office).id


def test_a_shift_that_is_open_is_not_begun_again(case_office: CaseOffice) -> None:
    pay(case_office)
    with pytest.raises(ShiftAlreadyOpen):
        case_office.do(
            commands.open_shift_by,
            terminal=TERMINAL,
            shift_id=case_office.ids.new(),
            by=OLENA_SIGNED_IN,
            now=case_office.clock.now(),
        )


def test_the_end_says_what_both_counted_and_orders_its_report(case_office: CaseOffice) -> None:
    pay(case_office, rrn="R1")
    _, undone = pay(case_office, rrn="R2")
    end(case_office, begin_void(case_office, undone))

    shift = close(case_office, kopecks=FEE_KOPECKS + 100)

    assert (shift.ledger_kopecks, shift.terminal_kopecks, shift.difference_kopecks) == (FEE_KOPECKS, 4_642, 100)
    (paper,) = case_office.store.read_now(lambda reader: printing.papers_of(reader, subject_id=shift.id))
    assert (paper.kind, paper.id) == (PaperKind.SHIFT_REPORT, shift.report_id)
    assert paper.details.shift is not None
    assert (paper.details.shift.charges, paper.details.shift.voids) == (2, 1)
    assert paper.details.shift.closed_by == "Олена Петренко"


def test_a_sum_that_the_terminal_did_not_tell_is_no_difference_of_none(case_office: CaseOffice) -> None:
    pay(case_office)
    assert close(case_office, kopecks=None).difference_kopecks is None


def test_an_unknown_outcome_keeps_the_shift_from_ending(case_office: CaseOffice) -> None:
    case = case_office.register(fee_kopecks=FEE_KOPECKS)
    end(case_office, begin(case_office, case), state=ChargeState.UNKNOWN)
    with pytest.raises(TerminalHasOpenCharge):
        close(case_office, kopecks=0)
    assert shift_now(case_office).state is ShiftState.OPEN


def test_nobody_pays_while_the_terminal_counts(case_office: CaseOffice) -> None:
    _, paid = pay(case_office)
    case_office.do(commands.begin_closing, shift_id=shift_now(case_office).id)
    with pytest.raises(ShiftIsClosing):
        begin(case_office, case_office.register(fee_kopecks=FEE_KOPECKS))
    with pytest.raises(ShiftIsClosing):
        begin_void(case_office, paid)


def test_a_restart_lets_a_shift_go_on_whose_end_was_interrupted(case_office: CaseOffice) -> None:
    pay(case_office)
    case_office.do(commands.begin_closing, shift_id=shift_now(case_office).id)
    case_office.do(commands.doubt_the_interrupted, now=case_office.clock.now())
    shift = shift_now(case_office)
    assert (shift.state, shift.trouble) == (ShiftState.OPEN, "interrupted")
    case_office.do(commands.begin_closing, shift_id=shift.id)
    assert shift_now(case_office).trouble is None


def counting(office: CaseOffice, *, kopecks: int) -> Shift:
    """An end that is killed after the terminal counted and was asked to begin anew."""
    shift = office.do(commands.begin_closing, shift_id=shift_now(office).id)
    counted = office.do(commands.note_count, shift_id=shift.id, kopecks=kopecks)
    office.do(commands.doubt_the_interrupted, now=office.clock.now())
    return counted


def test_what_one_interrupted_end_had_counted_outlives_every_later_one(case_office: CaseOffice) -> None:
    pay(case_office)
    assert counting(case_office, kopecks=FEE_KOPECKS).carried_kopecks == 0
    for _ in range(3):  # the terminal did begin anew the first time: all others count nothing
        assert counting(case_office, kopecks=0).carried_kopecks == FEE_KOPECKS
    pay(case_office, rrn="R2")
    assert counting(case_office, kopecks=FEE_KOPECKS).carried_kopecks == FEE_KOPECKS
    assert counting(case_office, kopecks=0).carried_kopecks == 2 * FEE_KOPECKS


def test_a_terminal_that_never_began_anew_is_counted_once(case_office: CaseOffice) -> None:
    pay(case_office)
    for _ in range(3):
        assert counting(case_office, kopecks=FEE_KOPECKS).carried_kopecks == 0


def test_a_difference_stays_the_same_over_interrupted_ends(case_office: CaseOffice) -> None:
    """A hundred that the ledger does not know of hide neither that the terminal began anew nor that it did not."""
    pay(case_office)
    counting(case_office, kopecks=FEE_KOPECKS + 100)
    pay(case_office, rrn="R2")
    assert counting(case_office, kopecks=2 * FEE_KOPECKS + 100).carried_kopecks == 0
    assert counting(case_office, kopecks=0).carried_kopecks == 2 * FEE_KOPECKS + 100


def test_what_the_ledger_does_not_explain_is_left_as_a_difference(case_office: CaseOffice) -> None:
    pay(case_office)
    counting(case_office, kopecks=FEE_KOPECKS + 100)
    assert counting(case_office, kopecks=200).carried_kopecks == 0


def test_an_ended_shift_does_not_end_again_and_the_next_charge_begins_another(case_office: CaseOffice) -> None:
    pay(case_office, rrn="R1")
    ended = close(case_office, kopecks=FEE_KOPECKS)
    with pytest.raises(ShiftNotOpen):
        case_office.do(commands.begin_closing, shift_id=ended.id)
    pay(case_office, rrn="R2")
    assert shift_now(case_office).number == ended.number + 1


def test_a_charge_undone_is_money_back_once_and_its_case_owes_again(case_office: CaseOffice) -> None:
    case, charge = pay(case_office)
    void = end(case_office, begin_void(case_office, charge))

    assert (void.state, void.charged_kopecks) == (ChargeState.APPROVED, FEE_KOPECKS)
    assert case_office.case(case).paid_kopecks == 0
    with pytest.raises(ChargeNotPaid):
        begin_void(case_office, charge)


def test_a_void_that_failed_leaves_the_money_and_may_be_tried_again(case_office: CaseOffice) -> None:
    case, charge = pay(case_office)
    end(case_office, begin_void(case_office, charge), state=ChargeState.DECLINED)
    assert case_office.case(case).paid_kopecks == FEE_KOPECKS
    end(case_office, begin_void(case_office, charge))
    assert case_office.case(case).paid_kopecks == 0


def test_only_money_that_was_taken_is_given_back(case_office: CaseOffice) -> None:
    declined = end(case_office, begin(case_office, case_office.register()), state=ChargeState.DECLINED)
    with pytest.raises(ChargeNotPaid):
        begin_void(case_office, declined)
    _, charge = pay(case_office)
    void = end(case_office, begin_void(case_office, charge))
    with pytest.raises(ChargeNotPaid):
        begin_void(case_office, void)


def test_after_the_end_of_the_day_nothing_is_undone_at_the_terminal(case_office: CaseOffice) -> None:
    _, charge = pay(case_office, rrn="R1")
    close(case_office, kopecks=FEE_KOPECKS)
    with pytest.raises(ShiftHasEnded):
        begin_void(case_office, charge)
    pay(case_office, rrn="R2")
    with pytest.raises(ShiftHasEnded):
        begin_void(case_office, charge)


def test_a_persons_word_settles_a_void_too(case_office: CaseOffice) -> None:
    case, charge = pay(case_office)
    void = end(case_office, begin_void(case_office, charge), state=ChargeState.UNKNOWN)
    settled = case_office.do(
        commands.settle,
        charge_id=void.id,
        settlement=Settlement(reference="R2"),
        by=OLENA_SIGNED_IN,
        now=case_office.clock.now(),
        ids=case_office.ids,
    )
    assert settled.state is ChargeState.APPROVED
    assert case_office.case(case).paid_kopecks == 0


def test_a_terminal_without_numbers_of_its_own_is_given_the_ledgers(case_office: CaseOffice) -> None:
    charges = []
    for _ in range(2):
        begun = begin(case_office, case_office.register(fee_kopecks=FEE_KOPECKS))
        slip = CardSlip(amount_kopecks=FEE_KOPECKS, invoice_number="", rrn="")
        outcome = Outcome(state=ChargeState.APPROVED, slip=slip)
        now = case_office.clock.now()
        charges.append(
            case_office.do(commands.conclude, charge_id=begun.id, outcome=outcome, now=now, ids=case_office.ids)
        )
    assert [charge.state for charge in charges] == [ChargeState.APPROVED, ChargeState.APPROVED]
    assert len({charge.payment_key for charge in charges}) == 2


def assign(office: CaseOffice, **chosen: str) -> None:
    office.do(
        commands.assign_merchants,
        terminal=TERMINAL,
        chosen={ProviderId(provider): number for provider, number in chosen.items()},
        by=OLENA_SIGNED_IN,
        now=office.clock.now(),
    )


def test_a_fee_goes_to_the_recipient_of_its_body(case_office: CaseOffice) -> None:
    assert begin(case_office, case_office.register()).merchant_id == "0"
    end(case_office, shift_charge(case_office))
    assign(case_office, property="2", land="1")
    assert begin(case_office, case_office.register()).merchant_id == "2"


def shift_charge(office: CaseOffice) -> Charge:
    charge = office.store.read_now(lambda reader: queries.open_charge_on(reader, terminal=TERMINAL))
    assert charge is not None
    return charge


def test_a_fee_whose_recipient_nobody_named_is_not_guessed(case_office: CaseOffice) -> None:
    assign(case_office, land="1", property="")
    with pytest.raises(NoMerchantForFee) as refused:
        begin(case_office, case_office.register())
    assert refused.value.facts["provider_id"] == "property"


@pytest.mark.parametrize("number", ["a", "1a", "-1", "1234", "²"])
def test_a_recipient_is_a_number(case_office: CaseOffice, number: str) -> None:
    with pytest.raises(InvalidInput):
        assign(case_office, property=number)
