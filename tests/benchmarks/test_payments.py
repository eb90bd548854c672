"""What a charge costs beside the card: the driver, the drivers' process with its journals, and the ledger.

The floor is the same conversation with the same terminal, said by hand over one open line. The pause that real
terminals want after a greeting is left out on both sides; it is a setting.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

import pytest

from device_drivers.payment_terminal.privat import PrivatTcp, PrivatTerminal
from device_drivers.payment_terminal.protocol import Approved
from device_drivers.payment_terminal.simulator import PaymentTerminalSimulator
from edge_node.payments import commands
from edge_node.payments.listeners import ChargeRunner
from edge_node.payments.model import ChargeState
from sync.vocabulary.ids import ChargeId
from tests.benchmarks.ways import Ways, note_ways
from tests.support.case_office import OLENA_SIGNED_IN, CaseOffice, device_room

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

CHARGES = 40
GREETING = b'\x00{"method":"PingDevice","step":0}\x00'
PURCHASE = (
    b'{"method":"Purchase","step":0,"params":{"amount":"1.00","discount":"","merchantId":"0","facepay":"false"}}\x00'
)


@contextmanager
def a_terminal(folder: Path) -> Iterator[PaymentTerminalSimulator]:
    simulator = PaymentTerminalSimulator(folder / "ledger.jsonl")
    simulator.start()
    yield simulator
    simulator.close()


def said_by_hand(address: str) -> list[float]:
    host, _, port = address.rpartition(":")
    seconds = []
    with socket.create_connection((host, int(port))) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(CHARGES):
            begun = perf_counter()
            for message, method in ((GREETING, b'"PingDevice"'), (PURCHASE, b'"Purchase"')):
                line.sendall(message)
                heard = b""
                while method not in heard or not heard.endswith(b"\x00"):
                    heard += line.recv(65_536)
            seconds.append(perf_counter() - begun)
    return seconds


def charged_by_driver(address: str) -> list[float]:
    terminal, seconds = PrivatTerminal(PrivatTcp(address=address, settle_seconds=0)), []
    for number in range(CHARGES):
        begun = perf_counter()
        outcome = terminal.charge(amount_kopecks=100, ref=f"c{number}", merchant_id="0")
        seconds.append(perf_counter() - begun)
        assert isinstance(outcome, Approved)
    return seconds


async def charged_by_ledger(folder: Path) -> list[float]:
    office, seconds = CaseOffice(folder), []
    cases = [office.register(fee_kopecks=100) for _ in range(CHARGES)]
    async with device_room(folder / "devices", "payment-terminal") as room:
        runner = ChargeRunner(office.store, devices=room.client, clock=office.clock, ids=office.ids)
        for case in cases:
            begun = perf_counter()
            charge = office.do(
                commands.begin_charge,
                case_id=case.case_id,
                amount_kopecks=None,
                terminal="payment-terminal",
                charge_id=ChargeId(office.ids.new()),
                by=OLENA_SIGNED_IN,
                now=office.clock.now(),
            )
            ended = await runner.take(charge.id)
            seconds.append(perf_counter() - begun)
            assert ended.state is ChargeState.APPROVED
    office.close()
    return seconds


def test_what_a_charge_costs_beside_the_card(tmp_path: Path) -> None:
    note_ways(
        tmp_path,
        Ways(device=a_terminal, by_hand=said_by_hand, by_driver=charged_by_driver, by_office=charged_by_ledger),
        driver="charge through the driver",
        office="charge through process, baseline, journals and ledger",
    )
