"""Payment terminals: the suite that every driver passes against its terminal."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from device_drivers.driver import HealthState
from device_drivers.errors import BadCall, NeedsAttention, OutcomeUnknown, Unavailable
from device_drivers.payment_terminal.protocol import (
    Approved,
    Baseline,
    Declined,
    Inquired,
    NotPerformed,
    OperationKind,
    PartiallyApproved,
    Undecided,
)
from tests.devices.terminals import FEE_KOPECKS, RIGS, Rig, rig_of

NOTHING_BEFORE = Baseline(invoice_number="", rrn="")


@pytest.fixture(params=RIGS)
def rig(request, tmp_path: Path) -> Iterator[Rig]:
    with rig_of(request.param, tmp_path) as rig:
        yield rig


def inquire(rig: Rig, baseline: Baseline = NOTHING_BEFORE, ref: str = "c1") -> Inquired:
    return rig.terminal.inquire(
        ref=ref, kind=OperationKind.CHARGE, baseline=baseline, amount_kopecks=FEE_KOPECKS, invoice_number=""
    )


def lose_the_answer(rig: Rig, fault: str = "lose-answer") -> Baseline:
    baseline = rig.terminal.baseline()
    rig.simulator.set_fault(fault)
    with pytest.raises(OutcomeUnknown) as caught:
        rig.charge("c1")
    assert caught.value.ref == "c1"
    rig.simulator.set_fault(None)
    return baseline


def test_a_ready_terminal_charges_the_whole_amount_once(rig: Rig):
    assert rig.terminal.probe().state is HealthState.READY
    outcome = rig.charge()
    assert isinstance(outcome, Approved)
    assert outcome.receipt.amount_kopecks == rig.charged_kopecks == FEE_KOPECKS
    assert rig.asks_received == 1


def test_the_receipt_is_the_terminals_own_and_shows_a_mask_of_the_card(rig: Rig):
    outcome = rig.charge()
    assert isinstance(outcome, Approved)
    assert outcome.receipt.invoice_number == rig.simulator.ledger()[-1]["invoice"]
    assert outcome.receipt.pan_masked.endswith("X9838")


def test_two_payers_are_two_operations_with_two_receipts(rig: Rig):
    first, second = rig.charge("c1"), rig.charge("c2", kopecks=100)
    assert isinstance(first, Approved)
    assert isinstance(second, Approved)
    assert first.receipt.invoice_number != second.receipt.invoice_number
    assert rig.charged_kopecks == FEE_KOPECKS + 100


def test_a_refused_card_is_an_answer_and_no_failure(rig: Rig):
    rig.simulator.set_fault("declined")
    outcome = rig.charge()
    assert isinstance(outcome, Declined)
    assert outcome.reason == "refused-by-bank"
    assert rig.charged_kopecks == 0


def test_a_part_of_the_amount_is_a_part_and_no_approval(rig: Rig):
    rig.simulator.set_fault("partial")
    outcome = rig.charge()
    assert isinstance(outcome, PartiallyApproved)
    assert outcome.receipt.amount_kopecks == rig.charged_kopecks == FEE_KOPECKS // 2


def test_a_busy_terminal_is_unavailable_and_gets_no_ask(rig: Rig):
    rig.simulator.set_fault("busy")
    assert rig.terminal.probe().reasons == ("busy",)
    with pytest.raises(Unavailable, match="busy"):
        rig.charge()
    assert rig.asks_received == 0


def test_a_lost_answer_is_unknown_and_is_settled_by_the_terminal_or_left_to_a_person(rig: Rig):
    can_inquire = rig.terminal.capabilities().can_inquire
    baseline = lose_the_answer(rig)
    settled = inquire(rig, baseline)
    assert isinstance(settled, Approved if can_inquire else Undecided)
    assert rig.asks_received == 1
    assert rig.charged_kopecks == FEE_KOPECKS


def test_a_line_lost_before_the_charge_is_unknown_and_is_never_taken_for_a_charge(rig: Rig):
    can_inquire = rig.terminal.capabilities().can_inquire
    baseline = lose_the_answer(rig, "drop-before-charge")
    assert isinstance(inquire(rig, baseline), NotPerformed if can_inquire else Undecided)
    assert rig.charged_kopecks == 0
    assert rig.asks_received == 1


def test_nobody_is_charged_before_the_unknown_one_is_settled(rig: Rig):
    lose_the_answer(rig)
    with pytest.raises(NeedsAttention, match="charge-unsettled") as caught:
        rig.charge("c2")
    assert caught.value.ref == "c1"
    assert rig.asks_received == 1


def test_a_person_who_has_settled_an_act_gives_the_terminal_back(rig: Rig):
    lose_the_answer(rig)
    rig.terminal.release(ref="somebody's")
    with pytest.raises(NeedsAttention, match="charge-unsettled"):
        rig.charge("c2")
    rig.terminal.release(ref="c1")
    assert isinstance(rig.charge("c2"), Approved)
    assert rig.asks_received == 2


def test_an_operation_of_another_amount_is_left_to_a_person(rig: Rig):
    baseline = rig.terminal.baseline()
    rig.charge("other", kopecks=100)
    assert isinstance(inquire(rig, baseline), Undecided)


def test_a_silent_terminal_is_offline_and_gets_no_ask(rig: Rig):
    rig.simulator.set_fault("silent")
    assert rig.terminal.probe().state is HealthState.OFFLINE
    with pytest.raises(Unavailable, match="no-handshake"):
        rig.charge()
    assert rig.asks_received == 0


@pytest.mark.parametrize("amount", [0, -1, 100_000_001])
def test_no_amount_beyond_the_bounds_reaches_the_terminal(rig: Rig, amount: int):
    with pytest.raises(BadCall, match="kopecks"):
        rig.charge(kopecks=amount)
    assert rig.asks_received == 0


def test_a_charge_is_undone_while_its_day_lasts_or_the_terminal_says_that_it_cannot(rig: Rig):
    charged = rig.charge()
    assert isinstance(charged, Approved)
    number = charged.receipt.invoice_number
    if not rig.terminal.capabilities().can_void:
        with pytest.raises(Unavailable, match="not-supported"):
            rig.terminal.void(amount_kopecks=FEE_KOPECKS, ref="v1", invoice_number=number)
        return
    undone = rig.terminal.void(amount_kopecks=FEE_KOPECKS, ref="v1", invoice_number=number)
    assert isinstance(undone, Approved)
    assert rig.simulator.facts()["given_back_kopecks"] == FEE_KOPECKS


def test_a_refund_gives_back_what_is_asked(rig: Rig):
    rig.charge()
    rrn = str(rig.simulator.ledger()[-1]["rrn"])
    given = rig.terminal.refund(amount_kopecks=1_000, ref="r1", merchant_id="1", rrn=rrn)
    assert isinstance(given, Approved)
    assert given.receipt.amount_kopecks == rig.simulator.facts()["given_back_kopecks"] == 1_000


def test_a_refund_whose_answer_is_lost_holds_the_terminal_as_a_charge_does(rig: Rig):
    rig.charge()
    rrn = str(rig.simulator.ledger()[-1]["rrn"])
    rig.simulator.set_fault("lose-answer")
    with pytest.raises(OutcomeUnknown):
        rig.terminal.refund(amount_kopecks=1_000, ref="r1", merchant_id="1", rrn=rrn)
    rig.simulator.set_fault(None)
    with pytest.raises(NeedsAttention, match="charge-unsettled"):
        rig.charge("c2")


def test_the_day_is_counted_and_ended_or_the_terminal_says_that_it_cannot(rig: Rig):
    rig.charge()
    if not rig.terminal.capabilities().can_settle:
        with pytest.raises(Unavailable, match="not-supported"):
            rig.terminal.settle(ref="s1", merchant_id="0")
        with pytest.raises(Unavailable, match="not-supported"):
            rig.terminal.totals(merchant_id="0")
        return
    assert rig.terminal.totals(merchant_id="0").amount_kopecks == FEE_KOPECKS
    ended = rig.terminal.settle(ref="s1", merchant_id="0")
    assert ended.amount_kopecks == FEE_KOPECKS
    assert "Z" in ended.slip
    assert rig.terminal.totals(merchant_id="0").amount_kopecks == 0


def test_only_a_terminal_with_several_recipients_names_them(rig: Rig):
    has_merchants = rig.terminal.capabilities().has_merchants
    assert bool(rig.terminal.merchants().merchants) is has_merchants
