"""A charge on the simulated terminal, through the drivers' real process: each way it may end."""

from pathlib import Path

import pytest

from edge_node.case_register.model import Case
from edge_node.payments import commands
from edge_node.payments.listeners import ChargeRunner
from edge_node.payments.model import Charge, ChargeState
from sync.vocabulary.ids import ChargeId
from tests.support.case_office import OLENA_SIGNED_IN, CaseOffice, DeviceRoom, device_room

# the drivers and the type-setter run beside the test
pytestmark = [pytest.mark.anyio, pytest.mark.processes]


def runner_of(office: CaseOffice, room: DeviceRoom) -> ChargeRunner:
    return ChargeRunner(office.store, devices=room.client, clock=office.clock, ids=office.ids)


async def pay(office: CaseOffice, runner: ChargeRunner, case: Case) -> Charge:
    (terminal,) = await runner.terminals()
    charge = await office.store.run(
        lambda tx: commands.begin_charge(
            tx,
            case_id=case.case_id,
            amount_kopecks=None,
            terminal=terminal,
            charge_id=ChargeId(office.ids.new()),
            by=OLENA_SIGNED_IN,
            now=office.clock.now(),
        )
    )
    return await runner.take(charge.id)


async def test_an_approved_card_pays_the_case(case_office: CaseOffice, tmp_path: Path) -> None:
    case = case_office.register(fee_kopecks=4_542)
    async with device_room(tmp_path / "devices", "payment-terminal") as room:
        charge = await pay(case_office, runner_of(case_office, room), case)

        assert charge.state is ChargeState.APPROVED
        assert case_office.case(case).paid_kopecks == 4_542
        assert room.office.payment_terminal.facts()["charged_kopecks"] == 4_542


async def test_a_declined_card_pays_nothing(case_office: CaseOffice, tmp_path: Path) -> None:
    case = case_office.register()
    async with device_room(tmp_path / "devices", "payment-terminal") as room:
        room.office.set_fault("payment-terminal", "declined")

        charge = await pay(case_office, runner_of(case_office, room), case)

        assert charge.state is ChargeState.DECLINED
        assert case_office.case(case).paid_kopecks == 0


async def test_a_lost_answer_is_unknown_until_the_terminal_tells_and_then_money_once(
    case_office: CaseOffice, tmp_path: Path
) -> None:
    case = case_office.register(fee_kopecks=4_542)
    async with device_room(tmp_path / "devices", "payment-terminal") as room:
        runner = runner_of(case_office, room)
        room.office.set_fault("payment-terminal", "lose-answer")
        charge = await pay(case_office, runner, case)
        assert charge.state is ChargeState.UNKNOWN
        assert case_office.case(case).paid_kopecks == 0

        room.office.set_fault("payment-terminal", None)
        assert await runner.ask_about_unknown() == 0

        assert case_office.case(case).paid_kopecks == 4_542
        assert room.office.payment_terminal.purchases_received == 1


async def test_a_charge_that_never_reached_the_bank_is_found_not_performed(
    case_office: CaseOffice, tmp_path: Path
) -> None:
    case = case_office.register()
    async with device_room(tmp_path / "devices", "payment-terminal") as room:
        runner = runner_of(case_office, room)
        room.office.set_fault("payment-terminal", "drop-before-charge")
        charge = await pay(case_office, runner, case)
        assert charge.state is ChargeState.UNKNOWN

        room.office.set_fault("payment-terminal", None)
        settled = await runner.inquire(charge.id)

        assert settled.state is ChargeState.NOT_PERFORMED
        assert case_office.case(case).paid_kopecks == 0


async def test_a_partly_approved_card_leaves_the_rest(case_office: CaseOffice, tmp_path: Path) -> None:
    case = case_office.register(fee_kopecks=10_000)
    async with device_room(tmp_path / "devices", "payment-terminal") as room:
        room.office.set_fault("payment-terminal", "partial")

        charge = await pay(case_office, runner_of(case_office, room), case)

        assert charge.state is ChargeState.PARTIALLY_APPROVED
        assert charge.charged_kopecks == 5_000
        assert case_office.case(case).paid_kopecks == 5_000


async def test_a_terminal_without_paper_charges_nothing_and_is_free_again(
    case_office: CaseOffice, tmp_path: Path
) -> None:
    case = case_office.register()
    async with device_room(tmp_path / "devices", "payment-terminal") as room:
        room.office.set_fault("payment-terminal", "paper-out")

        charge = await pay(case_office, runner_of(case_office, room), case)

        assert charge.state in {ChargeState.FAILED, ChargeState.DECLINED}
        assert case_office.case(case).paid_kopecks == 0


async def test_two_who_ask_for_the_same_charge_get_the_same_end(case_office: CaseOffice, tmp_path: Path) -> None:
    case = case_office.register()
    async with device_room(tmp_path / "devices", "payment-terminal") as room:
        runner = runner_of(case_office, room)

        first = await pay(case_office, runner, case)
        again = await runner.take(first.id)

        assert again == first
        assert room.office.payment_terminal.purchases_received == 1


async def test_without_the_drivers_nothing_is_charged(case_office: CaseOffice, tmp_path: Path) -> None:
    async with device_room(tmp_path / "devices", "payment-terminal") as room:
        runner = runner_of(case_office, room)
    assert await runner.terminals() == ()
