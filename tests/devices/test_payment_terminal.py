"""Payment terminals: the suite every driver passes, and charges whose answer was lost."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from device_drivers.driver import HealthState
from device_drivers.errors import BadCall, NeedsAttention, OutcomeUnknown, Unavailable
from device_drivers.payment_terminal.privat import PrivatSerial, PrivatTcp, PrivatTerminal
from device_drivers.payment_terminal.protocol import (
    Approved,
    Baseline,
    Declined,
    NotPerformed,
    PartiallyApproved,
    Undecided,
)
from device_drivers.payment_terminal.simulator import PaymentTerminalSimulator

FEE_KOPECKS = 4_542


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[PaymentTerminalSimulator]:
    simulator = PaymentTerminalSimulator(tmp_path / "ledger.jsonl")
    simulator.start()
    yield simulator
    simulator.close()


def over_tcp(simulator: PaymentTerminalSimulator, _: Callable[[str], str]) -> PrivatTerminal:
    settings = PrivatTcp(address=simulator.address, settle_seconds=0.01, purchase_seconds=2)
    return PrivatTerminal(settings)


def over_serial(simulator: PaymentTerminalSimulator, lay: Callable[[str], str]) -> PrivatTerminal:
    settings = PrivatSerial(port=lay(simulator.address), settle_seconds=0.01, purchase_seconds=0.5)
    return PrivatTerminal(settings)


@pytest.fixture(params=[over_tcp, over_serial])
def terminal(request, simulator, serial_line) -> PrivatTerminal:
    return request.param(simulator, serial_line)


def charge(terminal: PrivatTerminal, ref: str = "c1") -> Approved | Declined | PartiallyApproved:
    return terminal.charge(amount_kopecks=FEE_KOPECKS, ref=ref, merchant_id="1")


# The conformance suite


def test_a_ready_terminal_charges_the_whole_amount_once(terminal, simulator):
    assert terminal.probe().state is HealthState.READY
    outcome = charge(terminal)
    assert isinstance(outcome, Approved)
    assert outcome.receipt.amount_kopecks == FEE_KOPECKS
    assert simulator.facts()["charged_kopecks"] == FEE_KOPECKS
    assert simulator.purchases_received == 1


def test_the_receipt_is_the_terminals_own(terminal, simulator):
    outcome = charge(terminal)
    assert isinstance(outcome, Approved)
    line = simulator.ledger()[-1]
    assert (outcome.receipt.invoice_number, outcome.receipt.rrn) == (line["invoice"], line["rrn"])
    assert outcome.receipt.pan_masked == "4731XXXXXXXX9838"


@pytest.mark.parametrize(
    ("fault", "code", "reason"), [("declined", "0005", "refused-by-bank"), ("cancelled", "1001", "cancelled")]
)
def test_a_refused_card_is_an_answer_and_no_failure(terminal, simulator, fault, code, reason):
    simulator.set_fault(fault)
    assert charge(terminal) == Declined(ref="c1", code=code, reason=reason)
    assert simulator.facts()["charged_kopecks"] == 0


def test_a_part_of_the_amount_is_a_part_and_no_approval(terminal, simulator):
    simulator.set_fault("partial")
    outcome = charge(terminal)
    assert isinstance(outcome, PartiallyApproved)
    assert outcome.receipt.amount_kopecks == FEE_KOPECKS // 2


def test_a_terminal_without_paper_asks_for_it(terminal, simulator):
    simulator.set_fault("paper-out")
    with pytest.raises(NeedsAttention, match="paper-out"):
        charge(terminal)
    assert simulator.facts()["charged_kopecks"] == 0


def test_a_busy_terminal_is_unavailable_and_gets_no_purchase(terminal, simulator):
    simulator.set_fault("busy")
    assert terminal.probe().reasons == ("busy",)
    with pytest.raises(Unavailable, match="busy"):
        charge(terminal)
    assert simulator.purchases_received == 0


def test_a_lost_answer_is_unknown_and_the_inquiry_finds_the_money(terminal, simulator):
    baseline = terminal.baseline()
    simulator.set_fault("lose-answer")
    with pytest.raises(OutcomeUnknown) as caught:
        charge(terminal)
    assert caught.value.ref == "c1"
    simulator.set_fault(None)
    settled = terminal.inquire(ref="c1", baseline=baseline, amount_kopecks=FEE_KOPECKS)
    assert isinstance(settled, Approved)
    assert simulator.purchases_received == 1
    assert simulator.facts()["charged_kopecks"] == settled.receipt.amount_kopecks == FEE_KOPECKS


def test_a_line_lost_before_the_charge_is_unknown_and_the_inquiry_finds_nothing(terminal, simulator):
    baseline = terminal.baseline()
    simulator.set_fault("drop-before-charge")
    with pytest.raises(OutcomeUnknown):
        charge(terminal)
    simulator.set_fault(None)
    settled = terminal.inquire(ref="c1", baseline=baseline, amount_kopecks=FEE_KOPECKS)
    assert settled == NotPerformed(ref="c1")
    assert simulator.purchases_received == 1


def test_nobody_is_charged_before_the_unknown_one_is_settled(terminal, simulator):
    baseline = terminal.baseline()
    simulator.set_fault("lose-answer")
    with pytest.raises(OutcomeUnknown):
        charge(terminal, "c1")
    simulator.set_fault(None)
    with pytest.raises(NeedsAttention, match="charge-unsettled") as caught:
        charge(terminal, "c2")
    assert caught.value.ref == "c1"
    terminal.inquire(ref="c1", baseline=baseline, amount_kopecks=FEE_KOPECKS)
    assert isinstance(charge(terminal, "c2"), Approved)
    assert simulator.purchases_received == 2


def test_an_operation_of_another_amount_is_left_to_a_person(terminal, simulator):
    baseline = terminal.baseline()
    terminal.charge(amount_kopecks=100, ref="other", merchant_id="1")
    settled = terminal.inquire(ref="c1", baseline=baseline, amount_kopecks=FEE_KOPECKS)
    assert isinstance(settled, Undecided)
    assert settled.receipt is not None
    assert settled.receipt.amount_kopecks == 100


def test_an_inquiry_of_a_terminal_that_is_away_settles_nothing(simulator):
    terminal = over_tcp(simulator, str)
    simulator.set_fault("lose-answer")
    with pytest.raises(OutcomeUnknown):
        charge(terminal)
    simulator.close()
    with pytest.raises(Unavailable):
        terminal.inquire(ref="c1", baseline=Baseline(invoice_number="", rrn=""), amount_kopecks=FEE_KOPECKS)
    with pytest.raises(NeedsAttention, match="charge-unsettled"):
        charge(terminal, "c2")


def test_a_cable_torn_at_the_purchase_is_unknown_and_not_unavailable(simulator, serial_line):
    port = serial_line(simulator.address, tears_at=b"Purchase")
    terminal = PrivatTerminal(PrivatSerial(port=port, settle_seconds=0.01, purchase_seconds=5))
    with pytest.raises(OutcomeUnknown):
        charge(terminal)
    assert terminal.probe().state is HealthState.OFFLINE


@pytest.mark.parametrize("amount", [0, -1, 100_000_001])
def test_no_amount_beyond_the_bounds_reaches_the_terminal(terminal, simulator, amount):
    with pytest.raises(BadCall, match="kopecks"):
        terminal.charge(amount_kopecks=amount, ref="c1", merchant_id="1")
    assert simulator.purchases_received == 0


def test_a_terminal_with_an_old_session_held_gets_no_purchase(simulator):
    settings = PrivatTcp(address=simulator.address, answer_seconds=0.2)
    terminal = PrivatTerminal(settings)
    simulator.set_fault("silent")
    assert terminal.probe().reasons == ("no-handshake",)
    with pytest.raises(Unavailable, match="no-handshake"):
        charge(terminal)
    assert simulator.purchases_received == 0
