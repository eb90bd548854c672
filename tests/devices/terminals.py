"""Each driver of the payment terminals with the terminal that it speaks to."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from telium.payment import TeliumAsk, TeliumResponse

from device_drivers.payment_terminal.privat import PrivatSerial, PrivatTcp, PrivatTerminal
from device_drivers.payment_terminal.protocol import Approved, Declined, PartiallyApproved, PaymentTerminal
from device_drivers.payment_terminal.simulator import PaymentTerminalSimulator
from device_drivers.payment_terminal.telium import TeliumSerial, TeliumTerminal
from device_drivers.payment_terminal.telium_simulator import CARD, TeliumSimulator
from tests.devices.serial_line import SerialLine

FEE_KOPECKS = 4_542
WAIT_SECONDS = 0.6
PATIENCE = {
    "answer_seconds": 1.0,
    "settle_seconds": 0.01,
    "purchase_seconds": WAIT_SECONDS,
    "report_seconds": WAIT_SECONDS,
}


class Rig(NamedTuple):
    """One driver, ready, and its simulator."""

    terminal: PaymentTerminal
    simulator: PaymentTerminalSimulator | TeliumSimulator

    def charge(self, ref: str = "c1", *, kopecks: int = FEE_KOPECKS) -> Approved | Declined | PartiallyApproved:
        return self.terminal.charge(amount_kopecks=kopecks, ref=ref, merchant_id="1")

    @property
    def charged_kopecks(self) -> int:
        return int(self.simulator.facts()["charged_kopecks"])

    @property
    def asks_received(self) -> int:
        if isinstance(self.simulator, TeliumSimulator):
            return self.simulator.asks_received
        return self.simulator.purchases_received


class ForeignTelium(TeliumSimulator):
    """The terminal's side in somebody else's words: pyTeliumManager's codec."""

    def decode_ask(self, frame: bytes) -> tuple[str, int, str]:
        ask = TeliumAsk.decode(frame)
        assert ask.currency_numeric == "980"
        return ask.pos_number, round(ask.amount * 100), ask.transaction_type

    def encode_answer(self, *, till: str, result: int, kopecks: int, private: str) -> bytes:
        answer = TeliumResponse(till, result, kopecks / 100, "1", f"{CARD:<55}", "980", f"{private:<10}")
        return str(answer.encode()).encode("ascii")


@contextmanager
def privat_over_tcp(folder: Path) -> Iterator[Rig]:
    simulator = PaymentTerminalSimulator(folder / "ledger.jsonl")
    simulator.start()
    settings = PrivatTcp(address=simulator.address, **PATIENCE)
    yield Rig(PrivatTerminal(settings), simulator)
    simulator.close()


@contextmanager
def privat_over_serial(folder: Path) -> Iterator[Rig]:
    simulator = PaymentTerminalSimulator(folder / "ledger.jsonl")
    simulator.start()
    line = SerialLine(simulator.address)
    settings = PrivatSerial(port=line.port, **PATIENCE)
    yield Rig(PrivatTerminal(settings), simulator)
    line.close()
    simulator.close()


def _telium(simulator: TeliumSimulator) -> Iterator[Rig]:
    simulator.start()
    settings = TeliumSerial(port=simulator.address, answer_seconds=0.3, purchase_seconds=WAIT_SECONDS)
    terminal = TeliumTerminal(settings)
    yield Rig(terminal, simulator)
    terminal.close()
    simulator.close()


@contextmanager
def telium_over_serial(folder: Path) -> Iterator[Rig]:
    yield from _telium(TeliumSimulator(folder / "ledger.jsonl"))


@contextmanager
def foreign_telium_over_serial(folder: Path) -> Iterator[Rig]:
    yield from _telium(ForeignTelium(folder / "ledger.jsonl"))


RIGS: dict[str, Callable[[Path], AbstractContextManager[Rig]]] = {
    "privat-tcp": privat_over_tcp,
    "privat-serial": privat_over_serial,
    "telium-serial": telium_over_serial,
    "telium-serial, foreign terminal": foreign_telium_over_serial,
}


@contextmanager
def rig_of(name: str, folder: Path) -> Iterator[Rig]:
    """The rig of that name, plugged in until the end."""
    with ExitStack() as stack:
        yield stack.enter_context(RIGS[name](folder))
