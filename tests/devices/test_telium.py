"""Telium: our codec beside somebody else's, and what goes wrong on its line."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telium.payment import TeliumAsk, TeliumResponse

from device_drivers.driver import HealthState
from device_drivers.errors import OutcomeUnknown, Unavailable
from device_drivers.payment_terminal.protocol import Approved, Baseline, OperationKind, Undecided
from device_drivers.payment_terminal.telium_codec import (
    AMOUNT_KOPECKS_MAX,
    AMOUNT_KOPECKS_MIN,
    Ask,
    decode_answer,
    decode_outcome,
    encode_ask,
    whole_frame,
)
from device_drivers.registry import driver_name, read_settings
from device_drivers.simulators import SimulatedOffice
from tests.devices.terminals import FEE_KOPECKS, Rig, rig_of

AMOUNTS = st.integers(AMOUNT_KOPECKS_MIN, AMOUNT_KOPECKS_MAX)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with rig_of("telium-serial", tmp_path) as rig:
        yield rig


def ask_for(kopecks: int, kind: OperationKind = OperationKind.CHARGE) -> Ask:
    return Ask(amount_kopecks=kopecks, kind=kind, pos_number="01", currency="980")


def answered(*, result: int = 0, kopecks: int = FEE_KOPECKS, report: str = "", till: str = "01") -> bytes:
    response = TeliumResponse(till, result, kopecks / 100, "1", f"{report:<55}", "980", "0000000101")
    return str(response.encode()).encode("ascii")


@given(AMOUNTS, st.sampled_from([OperationKind.CHARGE, OperationKind.REFUND]))
def test_the_others_codec_reads_what_ours_writes(kopecks: int, kind: OperationKind):
    read = TeliumAsk.decode(encode_ask(ask_for(kopecks, kind)))
    assert round(read.amount * 100) == kopecks
    assert (read.pos_number, read.currency_numeric) == ("01", "980")
    assert read.transaction_type == {"charge": "0", "refund": "2"}[kind]


@given(AMOUNTS)
def test_ours_writes_byte_for_byte_what_the_others_writes(kopecks: int):
    theirs = TeliumAsk.new_payment(kopecks / 100, target_currency="UAH", checkout_unique_id="1")
    assert encode_ask(ask_for(kopecks)) == str(theirs.encode()).encode("ascii")


@given(AMOUNTS, st.sampled_from([0, 7, 9]))
def test_ours_reads_what_the_others_codec_writes(kopecks: int, result: int):
    answer = decode_answer(answered(result=result, kopecks=kopecks))
    assert (answer.result, answer.amount_kopecks, answer.private) == (str(result), kopecks, "0000000101")


@given(st.integers(0, 82), st.integers(1, 127))
def test_no_changed_byte_passes_for_an_answer(place: int, change: int):
    frame = bytearray(answered())
    frame[place] ^= change
    whole = whole_frame(bytes(frame)) or b""
    with pytest.raises(ValueError):  # noqa: PT011 - LRC, form or ASCII
        decode_answer(whole)


@pytest.mark.parametrize(
    "frame",
    [answered(result=9), answered(kopecks=FEE_KOPECKS + 1), answered(till="02"), answered(result=9, till="02")],
)
def test_an_answer_that_does_not_fit_the_ask_is_unknown(frame: bytes):
    with pytest.raises(OutcomeUnknown, match="unclear-answer"):
        decode_outcome(decode_answer(frame), ask=ask_for(FEE_KOPECKS), ref="c1")


def test_the_cards_number_goes_no_further_than_its_mask():
    outcome = decode_outcome(decode_answer(answered(report="4731000000009838 ")), ask=ask_for(FEE_KOPECKS), ref="c1")
    assert isinstance(outcome, Approved)
    assert outcome.receipt.pan_masked == "XXXXXXXXXXXX9838"
    assert "4731" not in str(outcome)


def test_an_answer_with_a_wrong_check_is_asked_for_again_and_the_ask_is_not(rig: Rig):
    rig.simulator.set_fault("wrong-check")
    assert isinstance(rig.charge(), Approved)
    assert rig.asks_received == 1


def test_an_ask_that_the_terminal_refuses_is_not_sent_again_and_nothing_happened(rig: Rig):
    rig.simulator.set_fault("refuse-frame")
    with pytest.raises(Unavailable, match="frame-refused"):
        rig.charge()
    assert rig.asks_received == 1
    rig.simulator.set_fault(None)
    assert isinstance(rig.charge("c2"), Approved)
    assert rig.charged_kopecks == FEE_KOPECKS


def test_only_the_greeting_is_repeated_to_a_terminal_that_fell_asleep(rig: Rig):
    rig.simulator.set_fault("asleep")
    assert rig.terminal.probe().state is HealthState.READY
    assert isinstance(rig.charge(), Approved)
    assert rig.asks_received == 1


def test_stray_bytes_are_read_through(rig: Rig):
    rig.simulator.set_fault("noise")
    assert isinstance(rig.charge(), Approved)


def test_an_answer_that_comes_too_late_is_unknown_first_and_settles_the_charge_when_it_comes(rig: Rig):
    rig.simulator.set_fault("late")
    with pytest.raises(OutcomeUnknown):
        rig.charge("c1")
    rig.simulator.set_fault(None)
    found: object = Undecided(ref="c1")
    for _ in range(20):
        try:
            found = rig.terminal.inquire(
                ref="c1",
                kind=OperationKind.CHARGE,
                baseline=Baseline(invoice_number="", rrn=""),
                amount_kopecks=FEE_KOPECKS,
                invoice_number="",
            )
        except Unavailable:
            continue  # it still works on the card
        if isinstance(found, Approved):
            break
    assert isinstance(found, Approved)
    assert rig.charged_kopecks == FEE_KOPECKS
    assert isinstance(rig.charge("c2"), Approved)


def test_an_answer_that_came_late_is_never_the_next_payers(rig: Rig):
    rig.simulator.set_fault("late")
    with pytest.raises(OutcomeUnknown):
        rig.charge("c1", kopecks=FEE_KOPECKS)
    rig.simulator.set_fault(None)
    rig.terminal.release(ref="c1")
    second = None
    while second is None:
        try:
            second = rig.charge("c2", kopecks=FEE_KOPECKS)
        except Unavailable:
            continue  # the first card is still at work
    assert isinstance(second, Approved)
    assert second.receipt.invoice_number == rig.simulator.ledger()[-1]["invoice"]
    assert rig.charged_kopecks == 2 * FEE_KOPECKS


def test_a_pulled_cable_is_offline_and_a_torn_charge_unknown(tmp_path: Path):
    with rig_of("telium-serial", tmp_path) as rig:
        rig.simulator.set_fault("lose-answer")
        with pytest.raises(OutcomeUnknown):
            rig.charge()
    assert rig.terminal.probe().state is HealthState.OFFLINE


@pytest.mark.anyio
async def test_a_simulated_office_may_have_one_beside_the_other(tmp_path: Path):
    office = SimulatedOffice(tmp_path)
    office.add_telium()
    file = read_settings(office.write_settings())
    names = {driver_name(file.devices[name]) for name in file.devices if name.startswith("payment-terminal")}
    office.set_fault("payment-terminal-telium", "late")
    states = {state.device: state.fault for state in office.states().devices}
    await office.close()
    assert names == {"privat-tcp", "telium-serial"}
    assert states["payment-terminal-telium"] == "late"
    assert states["payment-terminal"] is None
