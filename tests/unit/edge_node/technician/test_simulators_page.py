"""In the demo a page shows what came out of the simulated devices, and lets something go wrong with them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from litestar import Litestar

from device_drivers.client import DevicesClient
from device_drivers.simulators import SimulatedOffice
from device_drivers.ticket_printer.escpos import EscposTcp, EscposTicketPrinter
from device_drivers.ticket_printer.protocol import TicketPaper
from edge_node.settings import DemoSettings
from sync.vocabulary.staff import Role
from tests.support.case_office import CaseOffice
from tests.support.device_app import device_app, working_as

pytestmark = pytest.mark.anyio

PAGE = {"accept": "text/html"}
SIMULATORS = "/technician/simulators"


@pytest.fixture
async def simulated(tmp_path: Path) -> AsyncIterator[SimulatedOffice]:
    office = SimulatedOffice(tmp_path / "spool")
    await office.listen()
    yield office
    await office.close()


def app_of(office: CaseOffice, folder: Path, *, simulators: str | None = "spool/simulators.sock") -> Litestar:
    nobody = DevicesClient(folder / "nobody.sock")
    return device_app(office, devices=nobody, folder=folder, demo=DemoSettings(simulators=simulators))


async def test_a_fault_is_set_and_mended_on_the_page(
    case_office: CaseOffice, simulated: SimulatedOffice, tmp_path: Path
) -> None:
    async with working_as(app_of(case_office, tmp_path), Role.TECHNICIAN) as client:
        fault = f"{SIMULATORS}/ticket-printer/fault"
        broken = await client.post(fault, data={"fault": "paper-out"}, headers=PAGE, follow_redirects=True)
        while_broken = simulated.ticket_printer.fault
        await client.post(fault, data={"fault": ""}, headers=PAGE)
        unknown = await client.post(fault, data={"fault": "on-fire"})

    assert "немає паперу" in broken.text
    assert "Полагодити" in broken.text
    assert (while_broken, simulated.ticket_printer.fault) == ("paper-out", None)
    assert unknown.status_code == 422


async def test_the_paper_that_came_out_is_shown(
    case_office: CaseOffice, simulated: SimulatedOffice, tmp_path: Path
) -> None:
    printer = EscposTicketPrinter(EscposTcp(address=simulated.ticket_printer.address))
    printer.print_ticket(TicketPaper(number="А 001"), ref="one")
    printer.close()
    (ticket,) = simulated.ticket_printer.tickets()
    async with working_as(app_of(case_office, tmp_path), Role.TECHNICIAN) as client:
        shown = await client.get(SIMULATORS, headers=PAGE)
        picture = await client.get(f"{SIMULATORS}/made/tickets/{ticket.name}")
        outside = await client.get(f"{SIMULATORS}/made/tickets/..%2Fdevices.toml")

    assert f"/made/tickets/{ticket.name}" in shown.text
    assert picture.content == ticket.read_bytes()
    assert outside.status_code == 404


async def test_outside_the_demo_there_is_no_such_page(case_office: CaseOffice, tmp_path: Path) -> None:
    async with working_as(app_of(case_office, tmp_path, simulators=None), Role.TECHNICIAN) as client:
        assert (await client.get(SIMULATORS, headers=PAGE)).status_code == 404
        assert SIMULATORS not in (await client.get("/technician", headers=PAGE)).text


async def test_simulators_that_do_not_answer_are_said(case_office: CaseOffice, tmp_path: Path) -> None:
    async with working_as(app_of(case_office, tmp_path), Role.TECHNICIAN) as client:
        shown = await client.get(SIMULATORS, headers=PAGE)
        refused = await client.post(f"{SIMULATORS}/scanner/fault", data={"fault": "jammed"})

    assert "Змодельовані пристрої не відповідають" in shown.text
    assert refused.status_code == 503


async def test_everything_that_can_go_wrong_has_words(
    case_office: CaseOffice, simulated: SimulatedOffice, tmp_path: Path
) -> None:
    keys = {fault for state in simulated.states().devices for fault in state.faults}
    async with working_as(app_of(case_office, tmp_path), Role.TECHNICIAN) as client:
        for language in ("uk", "en"):
            shown = (await client.get(f"{SIMULATORS}?lang={language}", headers=PAGE)).text
            untold = {key for key in keys if f"<span>{key}</span>" in shown}
            assert untold <= {"busy", "silent"}, "words of English that are their own keys"
