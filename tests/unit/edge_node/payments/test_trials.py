"""A technician tries a terminal with a hryvnia: taken and given back, a part of the shift and of no case."""

from pathlib import Path

import httpx
import pytest

from edge_node.devices import queries as devices
from edge_node.devices.listeners import JournaledDevices
from edge_node.devices.model import ActState
from edge_node.payments import commands, queries
from edge_node.payments.model import (
    Charge,
    ChargeKind,
    ChargeNotFound,
    ChargeState,
    LastOperation,
    NoReceiptNumber,
    Settlement,
    ShiftState,
    TerminalHasOpenCharge,
)
from edge_node.printing import queries as printing
from sync.vocabulary.ids import ChargeId
from sync.vocabulary.staff import Role
from tests.support.case_office import OLENA_SIGNED_IN, CaseOffice, device_room
from tests.support.device_app import device_app, working_as

# the drivers run beside the test
pytestmark = [pytest.mark.anyio, pytest.mark.processes]

TERMINAL = "payment-terminal"
TRIALS = f"/payments/trials/{TERMINAL}"


def trials(office: CaseOffice) -> list[Charge]:
    """The charge, then its void."""
    found = office.store.read_now(lambda reader: queries.trials_of(reader, terminal=TERMINAL))
    return sorted(found, key=lambda each: each.kind)


async def until_still(client: httpx.AsyncClient, office: CaseOffice, *, acts: int) -> list[Charge]:
    """The trial's acts, when there are so many and each has an end, known or unknown."""
    moving = {ChargeState.INTENDED, ChargeState.SENDING}
    while len(done := trials(office)) < acts or any(each.state in moving for each in done):
        await client.get(f"/live{TRIALS}")
    return done


def unknown_trial(office: CaseOffice) -> Charge:
    begun = office.do(
        commands.begin_trial,
        terminal=TERMINAL,
        charge_id=ChargeId(office.ids.new()),
        by=OLENA_SIGNED_IN,
        now=office.clock.now(),
    )
    office.do(
        commands.begin_sending,
        charge_id=begun.id,
        baseline=LastOperation(invoice_number="000100", rrn="R0"),
        now=office.clock.now(),
    )
    office.do(commands.doubt_the_interrupted, now=office.clock.now())
    (charge,) = trials(office)
    return charge


def settle(office: CaseOffice, charge: Charge, number: str) -> Charge:
    return office.do(
        commands.settle_trial,
        charge_id=charge.id,
        receipt_number=number,
        by=OLENA_SIGNED_IN,
        now=office.clock.now(),
        ids=office.ids,
    )


async def test_a_hryvnia_is_taken_given_back_and_in_the_totals_of_both(case_office: CaseOffice, tmp_path: Path) -> None:
    async with device_room(tmp_path / "devices", TERMINAL) as room:
        journaled = JournaledDevices(
            tmp_path / "devices" / "devices.sock", store=case_office.store, clock=case_office.clock
        )
        app = device_app(case_office, devices=journaled, folder=tmp_path)
        async with working_as(app, Role.TECHNICIAN) as client:
            began = await client.post(TRIALS)
            taken, given_back = await until_still(client, case_office, acts=2)
            shown = await client.get(TRIALS)
        async with working_as(app, Role.ADMINISTRATOR) as client:
            page = f"/payments/shifts/{taken.shift_id}"
            await client.post(f"{page}/closing", data={"counted": ""})
            while "Термінал підбиває підсумки" in (await client.get(f"/live{page}")).text:
                pass
        facts = room.office.payment_terminal.facts()

    assert began.status_code == 303
    assert (taken.kind, taken.state, taken.charged_kopecks) == (ChargeKind.CHARGE, ChargeState.APPROVED, 100)
    assert (given_back.kind, given_back.state, given_back.reverses) == (ChargeKind.VOID, ChargeState.APPROVED, taken.id)
    assert (facts["charged_kopecks"], facts["given_back_kopecks"]) == (100, 100)
    assert "Скасовано" in shown.text
    shift = case_office.store.read_now(lambda reader: queries.shift(reader, shift_id=taken.shift_id or ""))
    assert shift is not None
    assert (shift.state, shift.ledger_kopecks, shift.difference_kopecks) == (ShiftState.CLOSED, 0, 0)
    acts = case_office.store.read_now(lambda reader: devices.acts_of_device(reader, name=TERMINAL, limit=9))
    assert [(act.method, act.state) for act in acts if act.method in {"charge", "void"}] == [
        ("void", ActState.DONE),
        ("charge", ActState.DONE),
    ]
    assert not case_office.store.read_now(lambda reader: printing.papers_of(reader, subject_id="")), "no receipt"


async def test_a_lost_answer_is_found_out_and_the_hryvnia_goes_back(case_office: CaseOffice, tmp_path: Path) -> None:
    async with device_room(tmp_path / "devices", TERMINAL) as room:
        app = device_app(case_office, devices=room.client, folder=tmp_path)
        async with working_as(app, Role.TECHNICIAN) as client:
            room.office.set_fault(TERMINAL, "lose-answer")
            await client.post(TRIALS)
            (lost,) = await until_still(client, case_office, acts=1)
            shown = await client.get(TRIALS)
            room.office.set_fault(TERMINAL, None)
            await client.post(f"{TRIALS}/{lost.id}/inquiry")
            taken, given_back = await until_still(client, case_office, acts=2)
        facts = room.office.payment_terminal.facts()

    assert lost.state is ChargeState.UNKNOWN
    assert "Невідомо, чи списано кошти" in shown.text
    assert (taken.state, given_back.state) == (ChargeState.APPROVED, ChargeState.APPROVED)
    assert facts["charged_kopecks"] == facts["given_back_kopecks"] == 100


async def test_a_trial_of_an_earlier_life_is_found_out_and_its_hryvnia_goes_back(
    case_office: CaseOffice, tmp_path: Path
) -> None:
    lost = unknown_trial(case_office)
    async with device_room(tmp_path / "devices", TERMINAL) as room:
        await room.client.call(TERMINAL, "charge", amount_kopecks=100, ref=lost.id, merchant_id="0")
        app = device_app(case_office, devices=room.client, folder=tmp_path)
        async with working_as(app, Role.TECHNICIAN) as client:
            await client.post(f"{TRIALS}/{lost.id}/inquiry")
            taken, given_back = await until_still(client, case_office, acts=2)

    assert (taken.state, given_back.state) == (ChargeState.APPROVED, ChargeState.APPROVED)
    assert given_back.staff_id == taken.staff_id == OLENA_SIGNED_IN.staff_id


async def test_a_hryvnia_that_did_not_go_back_is_given_back_by_its_button(
    case_office: CaseOffice, tmp_path: Path
) -> None:
    lost = unknown_trial(case_office)
    async with device_room(tmp_path / "devices", TERMINAL) as room:
        charged = await room.client.call(TERMINAL, "charge", amount_kopecks=100, ref=lost.id, merchant_id="0")
        app = device_app(case_office, devices=room.client, folder=tmp_path)
        async with working_as(app, Role.TECHNICIAN) as client:
            without = await client.post(f"{TRIALS}/{lost.id}/settlement", data={"outcome": "charged"})
            number = charged.receipt.invoice_number
            said = {"outcome": "charged", "receipt_number": number}
            await client.post(f"{TRIALS}/{lost.id}/settlement", data=said)
            shown = await client.get(TRIALS)
            await client.post(f"{TRIALS}/{lost.id}/void")
            _, given_back = await until_still(client, case_office, acts=2)

    assert without.status_code == 422
    assert "Повернути гривню" in shown.text
    assert given_back.state is ChargeState.APPROVED


async def test_a_terminal_that_does_not_answer_takes_no_hryvnia(case_office: CaseOffice, tmp_path: Path) -> None:
    async with device_room(tmp_path / "devices", TERMINAL) as room:
        app = device_app(case_office, devices=room.client, folder=tmp_path)
        async with working_as(app, Role.TECHNICIAN) as client:
            room.office.set_fault(TERMINAL, "silent")
            silent = await client.post(TRIALS)
            elsewhere = await client.post("/payments/trials/nothing")

    assert (silent.status_code, elsewhere.status_code) == (409, 404)
    assert trials(case_office) == []


async def test_only_who_services_devices_tries_a_terminal(case_office: CaseOffice, tmp_path: Path) -> None:
    async with device_room(tmp_path / "devices", TERMINAL) as room:
        app = device_app(case_office, devices=room.client, folder=tmp_path)
        for role in (Role.ADMINISTRATOR, Role.OFFICE_HEAD):
            async with working_as(app, role) as client:
                assert (await client.post(TRIALS)).status_code == 403
                assert (await client.get(TRIALS)).status_code == 403
    assert trials(case_office) == []


def test_an_unknown_trial_holds_its_terminal_until_it_is_settled(case_office: CaseOffice) -> None:
    charge = unknown_trial(case_office)
    with pytest.raises(TerminalHasOpenCharge):
        unknown_trial(case_office)
    assert settle(case_office, charge, "").state is ChargeState.NOT_PERFORMED


def test_a_payer_charge_is_no_trial_to_be_settled_or_undone_by_a_technician(case_office: CaseOffice) -> None:
    case = case_office.register(fee_kopecks=4_542)
    charge = case_office.do(
        commands.begin_charge,
        case_id=case.case_id,
        amount_kopecks=None,
        terminal=TERMINAL,
        charge_id=ChargeId(case_office.ids.new()),
        by=OLENA_SIGNED_IN,
        now=case_office.clock.now(),
    )
    with pytest.raises(ChargeNotFound):
        settle(case_office, charge, "000101")


def test_a_payment_settled_by_another_number_than_its_receipts_is_not_undone_at_the_terminal(
    case_office: CaseOffice,
) -> None:
    case = case_office.register(fee_kopecks=4_542)
    charge = case_office.do(
        commands.begin_charge,
        case_id=case.case_id,
        amount_kopecks=None,
        terminal=TERMINAL,
        charge_id=ChargeId(case_office.ids.new()),
        by=OLENA_SIGNED_IN,
        now=case_office.clock.now(),
    )
    before = LastOperation(invoice_number="000100", rrn="R0")
    case_office.do(commands.begin_sending, charge_id=charge.id, baseline=before, now=case_office.clock.now())
    case_office.do(commands.doubt_the_interrupted, now=case_office.clock.now())
    case_office.do(
        commands.settle,
        charge_id=charge.id,
        settlement=Settlement(reference="032600000101"),
        by=OLENA_SIGNED_IN,
        now=case_office.clock.now(),
        ids=case_office.ids,
    )
    with pytest.raises(NoReceiptNumber):
        case_office.do(
            commands.begin_void,
            charge_id=charge.id,
            void_id=ChargeId(case_office.ids.new()),
            by=OLENA_SIGNED_IN,
            now=case_office.clock.now(),
        )
