"""A terminal that tells of no past charge: what it does not say, a person does, and it goes on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from device_drivers.client import DevicesClient
from device_drivers.payment_terminal.telium import TeliumSerial
from device_drivers.payment_terminal.telium_simulator import TeliumSimulator
from device_drivers.registry import DevicesFile, make_devices
from device_drivers.service import DeviceService
from edge_node.case_register.model import Case
from edge_node.payments import commands
from edge_node.payments.listeners import ChargeRunner
from edge_node.payments.model import (
    Charge,
    ChargeState,
    Settlement,
    SettlementKind,
    ShiftState,
    TerminalCannotUndo,
)
from sync.vocabulary.ids import ChargeId
from tests.support.case_office import OLENA_SIGNED_IN, CaseOffice

# the drivers run beside the test
pytestmark = [pytest.mark.anyio, pytest.mark.processes]

TERMINAL = "telium"
FEE_KOPECKS = 4_542


class Till:
    """Olena at a desk with a Telium terminal."""

    def __init__(self, office: CaseOffice, simulator: TeliumSimulator, runner: ChargeRunner) -> None:
        self.office = office
        self.simulator = simulator
        self.runner = runner

    async def pay(self, case: Case) -> Charge:
        begun = await self.office.store.run(
            lambda tx: commands.begin_charge(
                tx,
                case_id=case.case_id,
                amount_kopecks=None,
                terminal=TERMINAL,
                charge_id=ChargeId(self.office.ids.new()),
                by=OLENA_SIGNED_IN,
                now=self.office.clock.now(),
            )
        )
        return await self.runner.take(begun.id)

    async def settle(self, charge: Charge, *, reference: str | None) -> Charge:
        return await self.office.store.run(
            lambda tx: commands.settle(
                tx,
                charge_id=charge.id,
                settlement=Settlement(reference=reference),
                by=OLENA_SIGNED_IN,
                now=self.office.clock.now(),
                ids=self.office.ids,
            )
        )


@asynccontextmanager
async def a_till(office: CaseOffice, folder: Path) -> AsyncIterator[Till]:
    simulator = TeliumSimulator(folder / "ledger.jsonl")
    simulator.start()
    settings = TeliumSerial(port=simulator.address, answer_seconds=0.3, purchase_seconds=0.6)
    file = DevicesFile(socket=str(folder / "d.sock"), devices={TERMINAL: settings})
    service = DeviceService(make_devices(file), now=lambda: datetime.now(UTC))
    await service.start(Path(file.socket))
    client = DevicesClient(file.socket)
    await client.call(TERMINAL, "probe")
    try:
        yield Till(office, simulator, ChargeRunner(office.store, devices=client, clock=office.clock, ids=office.ids))
    finally:
        await service.close()
        await asyncio.to_thread(simulator.close)


async def test_cards_pay_one_after_another(case_office: CaseOffice, tmp_path: Path) -> None:
    cases = [case_office.register(fee_kopecks=FEE_KOPECKS) for _ in range(3)]
    async with a_till(case_office, tmp_path) as till:
        charges = [await till.pay(case) for case in cases]

    assert [charge.state for charge in charges] == [ChargeState.APPROVED] * 3
    assert len({charge.payment_key for charge in charges}) == 3
    assert till.simulator.facts()["charged_kopecks"] == 3 * FEE_KOPECKS


@pytest.mark.parametrize(("fault", "is_taken"), [("lose-answer", True), ("drop-before-charge", False)])
async def test_a_lost_answer_is_settled_by_a_person_and_the_next_card_is_taken(
    case_office: CaseOffice, tmp_path: Path, *, fault: str, is_taken: bool
) -> None:
    case, next_case = (case_office.register(fee_kopecks=FEE_KOPECKS) for _ in range(2))
    async with a_till(case_office, tmp_path) as till:
        till.simulator.set_fault(fault)
        lost = await till.pay(case)
        assert lost.state is ChargeState.UNKNOWN
        till.simulator.set_fault(None)
        assert await till.runner.ask_about_unknown() == 0, "asked once: the terminal tells nothing new"
        await till.settle(lost, reference="000101" if is_taken else None)

        paid = await till.pay(next_case)

    assert paid.state is ChargeState.APPROVED
    assert case_office.case(case).paid_kopecks == (FEE_KOPECKS if is_taken else 0)
    assert till.simulator.asks_received == 2
    assert till.simulator.facts()["charged_kopecks"] == FEE_KOPECKS * (1 + is_taken)


async def test_its_shift_ends_with_what_a_person_read(case_office: CaseOffice, tmp_path: Path) -> None:
    async with a_till(case_office, tmp_path) as till:
        paid = await till.pay(case_office.register(fee_kopecks=FEE_KOPECKS))
        assert paid.shift_id is not None
        await till.runner.close_shift(paid.shift_id, by=OLENA_SIGNED_IN, counted_kopecks=None)
        not_counted = await till.runner.shift_ended(paid.shift_id)
        await till.runner.close_shift(paid.shift_id, by=OLENA_SIGNED_IN, counted_kopecks=FEE_KOPECKS)
        shift = await till.runner.shift_ended(paid.shift_id)

    assert (not_counted.state, not_counted.trouble) == (ShiftState.OPEN, "not-supported")
    assert (shift.settlement, shift.difference_kopecks) == (SettlementKind.BY_HAND, 0)


async def test_no_hryvnia_is_taken_for_a_trial_where_it_cannot_be_given_back(
    case_office: CaseOffice, tmp_path: Path
) -> None:
    async with a_till(case_office, tmp_path) as till:
        with pytest.raises(TerminalCannotUndo):
            await till.runner.begin_trial(TERMINAL, by=OLENA_SIGNED_IN)
    assert till.simulator.asks_received == 0
