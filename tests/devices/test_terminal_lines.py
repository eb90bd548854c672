"""Rows of the fault matrix about a terminal's line itself: held by another, busy at the act, unplugged and back."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from device_drivers.driver import HealthState
from device_drivers.errors import NeedsAttention, OutcomeUnknown, Unavailable
from device_drivers.payment_terminal.privat import PrivatSerial, PrivatTcp, PrivatTerminal
from device_drivers.payment_terminal.protocol import Approved
from device_drivers.payment_terminal.simulator import PaymentTerminalSimulator
from device_drivers.payment_terminal.telium import TeliumSerial, TeliumTerminal
from device_drivers.payment_terminal.telium_simulator import TeliumSimulator
from tests.devices.serial_line import SerialLine
from tests.devices.terminals import FEE_KOPECKS, PATIENCE, Rig, rig_of


class SaysAtTheAct(PaymentTerminalSimulator):
    """Greets as if it were free, and answers whatever moves money with a message of its own."""

    word = "deviceBusy"

    def serve(self, client: socket.socket) -> None:
        pending = b""
        while (chunk := self.received(client)) is not None:
            pending += chunk
            while b"\x00" in pending:
                frame, pending = pending.split(b"\x00", 1)
                if frame:
                    client.sendall(self.answer(json.loads(frame)["method"]))

    def answer(self, method: str) -> bytes:
        is_greeting = method == "PingDevice"
        params = {"code": "00", "responseCode": "0000"} if is_greeting else {"msgType": self.word}
        reply = {"method": method if is_greeting else "ServiceMessage", "step": 0, "params": params, "error": False}
        return json.dumps(reply).encode() + b"\x00"


@pytest.fixture
def talker(tmp_path: Path) -> Iterator[SaysAtTheAct]:
    simulator = SaysAtTheAct(tmp_path / "ledger.jsonl")
    simulator.start()
    yield simulator
    simulator.close()


def test_an_old_session_that_another_holds_is_waited_out_and_nobody_is_charged_meanwhile(tmp_path: Path):
    """The terminal takes the line and says nothing, as real ones do while their one client lives."""
    with rig_of("privat-tcp", tmp_path) as rig:
        host, _, port = rig.simulator.address.rpartition(":")
        with socket.create_connection((host, int(port))) as held:
            held.sendall(b'\x00{"method":"PingDevice","step":0}\x00')
            assert held.recv(1), "it is this client that is served"
            assert rig.terminal.probe().reasons == ("no-handshake",)
            with pytest.raises(Unavailable, match="no-handshake"):
                rig.charge()
        assert rig.asks_received == 0

        assert rig.terminal.probe().state is HealthState.READY
        assert isinstance(rig.charge(), Approved)
        assert rig.asks_received == 1


@pytest.mark.parametrize(
    ("word", "reason"),
    [("deviceBusy", "busy"), (" methodNotImplemented", "not-supported"), ("methodNotImplemented", "not-supported")],
)
def test_a_terminal_that_says_at_the_act_that_it_does_not_begin_is_free_for_the_next(
    talker: SaysAtTheAct, word: str, reason: str
):
    talker.word = word
    terminal = PrivatTerminal(PrivatTcp(address=talker.address, **PATIENCE))
    for act in (
        lambda ref: terminal.charge(amount_kopecks=FEE_KOPECKS, ref=ref, merchant_id="1"),
        lambda ref: terminal.void(amount_kopecks=FEE_KOPECKS, ref=ref, invoice_number="000101"),
        lambda ref: terminal.refund(amount_kopecks=FEE_KOPECKS, ref=ref, merchant_id="1", rrn="032600000101"),
    ):
        with pytest.raises(Unavailable, match=reason):
            act("first")
        with pytest.raises(Unavailable, match=reason):
            act("next: the first one holds nothing")


def test_a_word_at_the_act_that_nobody_knows_is_no_refusal(talker: SaysAtTheAct):
    talker.word = "debugOff"
    terminal = PrivatTerminal(PrivatTcp(address=talker.address, **PATIENCE))
    with pytest.raises(OutcomeUnknown):
        terminal.charge(amount_kopecks=FEE_KOPECKS, ref="c1", merchant_id="1")


def plug(link: Path, port: str) -> None:
    """Let the port be known by its id, as udev does."""
    link.unlink(missing_ok=True)
    link.symlink_to(port)


def test_a_telium_unplugged_at_the_act_is_found_again_by_its_id_and_the_act_stays_unknown(tmp_path: Path):
    link = tmp_path / "by-id"
    simulator = TeliumSimulator(tmp_path / "ledger.jsonl")
    simulator.start()
    plug(link, simulator.address)
    terminal = TeliumTerminal(TeliumSerial(port=str(link), answer_seconds=0.3, purchase_seconds=0.6))
    simulator.set_fault("lose-answer")
    with pytest.raises(OutcomeUnknown):
        Rig(terminal, simulator).charge("c1")
    simulator.close()
    link.unlink()
    assert terminal.probe().state is HealthState.OFFLINE

    again = TeliumSimulator(tmp_path / "ledger.jsonl")
    again.start()
    plug(link, again.address)
    rig = Rig(terminal, again)
    assert terminal.probe().state is HealthState.READY
    with pytest.raises(NeedsAttention, match="charge-unsettled"):
        rig.charge("c2")
    terminal.release(ref="c1")
    assert isinstance(rig.charge("c2"), Approved)
    assert rig.charged_kopecks == 2 * FEE_KOPECKS, "the lost one was taken, and once"
    terminal.close()
    again.close()


def test_a_privat_terminal_unplugged_at_the_purchase_is_found_again_by_its_id(tmp_path: Path):
    link = tmp_path / "by-id"
    with rig_of("privat-tcp", tmp_path) as rig:
        torn = SerialLine(rig.simulator.address, tears_at=b"Purchase")
        plug(link, torn.port)
        terminal = PrivatTerminal(PrivatSerial(port=str(link), **PATIENCE))
        with pytest.raises(OutcomeUnknown):
            Rig(terminal, rig.simulator).charge("c1")
        torn.close()
        link.unlink()
        assert terminal.probe().state is HealthState.OFFLINE

        line = SerialLine(rig.simulator.address)
        plug(link, line.port)
        assert terminal.probe().state is HealthState.READY
        with pytest.raises(NeedsAttention, match="charge-unsettled"):
            Rig(terminal, rig.simulator).charge("c2")
        terminal.release(ref="c1")
        assert isinstance(Rig(terminal, rig.simulator).charge("c2"), Approved)
        assert rig.charged_kopecks == FEE_KOPECKS, "the torn purchase never arrived"
        line.close()
