"""PrivatBank's terminals: what goes wrong on their line, and what each end of day may come to."""

from collections.abc import Iterator
from pathlib import Path
from threading import Timer

import pytest

from device_drivers.driver import HealthState
from device_drivers.errors import BadCall, NeedsAttention, OutcomeUnknown, Unavailable
from device_drivers.payment_terminal.privat import PrivatSerial, PrivatTcp, PrivatTerminal
from device_drivers.payment_terminal.protocol import (
    Approved,
    Baseline,
    Declined,
    Inquired,
    NotPerformed,
    OperationKind,
    Undecided,
)
from tests.devices.serial_line import SerialLine
from tests.devices.terminals import FEE_KOPECKS, Rig, rig_of


@pytest.fixture(params=["privat-tcp", "privat-serial"])
def rig(request, tmp_path: Path) -> Iterator[Rig]:
    with rig_of(request.param, tmp_path) as rig:
        yield rig


def charged(rig: Rig) -> Approved:
    outcome = rig.charge()
    assert isinstance(outcome, Approved)
    return outcome


def inquire_void(rig: Rig, invoice: str, baseline: Baseline) -> Inquired:
    return rig.terminal.inquire(
        ref="v1",
        kind=OperationKind.VOID,
        baseline=baseline,
        amount_kopecks=FEE_KOPECKS,
        invoice_number=invoice,
    )


def test_noise_a_byte_order_mark_and_several_answers_at_once_are_read_through(rig: Rig):
    rig.simulator.set_fault("garbage")
    assert rig.terminal.probe().state is HealthState.READY
    charged(rig)
    assert rig.charged_kopecks == FEE_KOPECKS


@pytest.mark.parametrize("fault", ["paper-out", "log-full"])
def test_a_terminal_that_needs_help_names_it_and_is_free_after_it(rig: Rig, fault: str):
    rig.simulator.set_fault(fault)
    with pytest.raises(NeedsAttention, match=fault):
        rig.charge()
    assert rig.charged_kopecks == 0
    rig.simulator.set_fault(None)
    charged(rig)


def test_a_payer_who_cancels_is_told_from_a_bank_that_refuses(rig: Rig):
    rig.simulator.set_fault("cancelled")
    assert rig.charge() == Declined(ref="c1", code="1001", reason="cancelled")


def test_old_software_says_that_it_cannot_be_asked_and_leaves_a_lost_answer_to_a_person(rig: Rig):
    rig.simulator.set_fault("old-software")
    assert not rig.terminal.capabilities().can_inquire
    baseline = rig.terminal.baseline()
    charged(rig)
    settled = rig.terminal.inquire(
        ref="c1", kind=OperationKind.CHARGE, baseline=baseline, amount_kopecks=FEE_KOPECKS, invoice_number=""
    )
    assert settled == Undecided(ref="c1")


def test_after_an_end_of_day_nothing_is_told_of_a_lost_answer(rig: Rig):
    """The batch is empty before and may be empty after: an error twice proves nothing."""
    charged(rig)
    rig.terminal.settle(ref="s1", merchant_id="0")
    baseline = rig.terminal.baseline()
    rig.simulator.set_fault("drop-before-charge")
    with pytest.raises(OutcomeUnknown):
        rig.charge("c2")
    rig.simulator.set_fault(None)
    settled = rig.terminal.inquire(
        ref="c2", kind=OperationKind.CHARGE, baseline=baseline, amount_kopecks=FEE_KOPECKS, invoice_number=""
    )
    assert settled == Undecided(ref="c2")


def test_a_void_whose_answer_was_lost_is_found_in_the_batch(rig: Rig):
    number = charged(rig).receipt.invoice_number
    baseline = rig.terminal.baseline()
    rig.simulator.set_fault("lose-answer")
    with pytest.raises(OutcomeUnknown):
        rig.terminal.void(amount_kopecks=FEE_KOPECKS, ref="v1", invoice_number=number)
    rig.simulator.set_fault(None)
    assert isinstance(inquire_void(rig, number, baseline), Approved)
    assert rig.simulator.facts()["given_back_kopecks"] == FEE_KOPECKS


def test_a_void_that_never_arrived_is_found_not_performed(rig: Rig):
    number = charged(rig).receipt.invoice_number
    baseline = rig.terminal.baseline()
    rig.simulator.set_fault("drop-before-charge")
    with pytest.raises(OutcomeUnknown):
        rig.terminal.void(amount_kopecks=FEE_KOPECKS, ref="v1", invoice_number=number)
    rig.simulator.set_fault(None)
    assert inquire_void(rig, number, baseline) == NotPerformed(ref="v1")


@pytest.mark.parametrize("number", ["", "0", "000"])
def test_no_void_of_whatever_was_last(rig: Rig, number: str):
    with pytest.raises(BadCall):
        rig.terminal.void(amount_kopecks=FEE_KOPECKS, ref="v1", invoice_number=number)


def test_an_end_of_day_whose_answer_was_lost_may_be_asked_for_again(rig: Rig):
    charged(rig)
    rig.simulator.set_fault("lose-answer")
    with pytest.raises(OutcomeUnknown):
        rig.terminal.settle(ref="s1", merchant_id="0")
    rig.simulator.set_fault(None)
    assert rig.terminal.settle(ref="s2", merchant_id="0").amount_kopecks == 0
    charged(rig)


def test_an_inquiry_waits_until_the_terminal_has_finished_what_it_does(rig: Rig):
    baseline = rig.terminal.baseline()
    rig.simulator.set_fault("lose-answer")
    with pytest.raises(OutcomeUnknown):
        rig.charge()
    rig.simulator.set_fault("busy")
    free = Timer(0.4, rig.simulator.set_fault, [None])
    free.start()
    settled = rig.terminal.inquire(
        ref="c1", kind=OperationKind.CHARGE, baseline=baseline, amount_kopecks=FEE_KOPECKS, invoice_number=""
    )
    free.join()
    assert isinstance(settled, Approved)
    assert rig.asks_received == 1


def test_the_recipients_have_the_numbers_that_a_charge_names(rig: Rig):
    names = {each.id: each.name for each in rig.terminal.merchants().merchants}
    assert names == {"1": "Адміністративні послуги", "2": "Супутні послуги"}


def test_an_inquiry_of_a_terminal_that_is_away_settles_nothing(tmp_path: Path):
    with rig_of("privat-tcp", tmp_path) as rig:
        rig.simulator.set_fault("lose-answer")
        with pytest.raises(OutcomeUnknown):
            rig.charge()
        rig.simulator.close()
        with pytest.raises(Unavailable):
            inquire_void(rig, "", Baseline(invoice_number="", rrn=""))
        with pytest.raises(NeedsAttention, match="charge-unsettled"):
            rig.charge("c2")


def test_a_cable_torn_at_the_purchase_is_unknown_and_not_unavailable(tmp_path: Path):
    with rig_of("privat-tcp", tmp_path) as rig:
        line = SerialLine(rig.simulator.address, tears_at=b"Purchase")
        terminal = PrivatTerminal(PrivatSerial(port=line.port, settle_seconds=0.01, purchase_seconds=5))
        with pytest.raises(OutcomeUnknown):
            Rig(terminal, rig.simulator).charge()
        assert terminal.probe().state is HealthState.OFFLINE
        line.close()


def test_a_terminal_with_an_old_session_held_is_waited_for_no_longer_than_said(tmp_path: Path):
    with rig_of("privat-tcp", tmp_path) as rig:
        terminal = PrivatTerminal(PrivatTcp(address=rig.simulator.address, answer_seconds=0.2))
        rig.simulator.set_fault("silent")
        assert terminal.probe().reasons == ("no-handshake",)
