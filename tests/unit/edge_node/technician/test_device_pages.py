"""A technician looks at one device: how it is and has been, what it was asked, and a try that takes no money."""

from pathlib import Path

import pytest
from litestar import Litestar

from device_drivers.worker import MISSES_MAX
from edge_node.devices import commands, queries
from edge_node.devices.listeners import JournaledDevices, look
from edge_node.devices.model import ActState, DeviceHealth
from edge_node.staff.queries import access_log
from sync.vocabulary.staff import Role
from tests.support.case_office import CaseOffice
from tests.support.device_app import device_app, working_as
from tests.support.drivers import HallSpeaker, PaperMill, running_drivers

pytestmark = pytest.mark.anyio

PAGE = {"accept": "text/html"}


def devices_of(office: CaseOffice, folder: Path) -> JournaledDevices:
    return JournaledDevices(folder / "s", store=office.store, clock=office.clock)


def app_of(office: CaseOffice, folder: Path) -> Litestar:
    return device_app(office, devices=devices_of(office, folder), folder=folder)


def printer_is(office: CaseOffice, state: str, *reasons: str) -> None:
    device = DeviceHealth(
        name="kiosk",
        family="ticket_printer",
        driver="escpos-tcp",
        state=state,
        reasons=reasons,
        since=office.clock.now(),
    )
    office.do(commands.note_health, devices=[device], now=office.clock.now())


async def test_a_page_tells_how_a_device_has_been(case_office: CaseOffice, tmp_path: Path) -> None:
    printer_is(case_office, "ready")
    case_office.clock.move(hours=1)
    printer_is(case_office, "degraded", "paper-near-end")
    printer_is(case_office, "degraded", "paper-out")
    async with working_as(app_of(case_office, tmp_path), Role.TECHNICIAN) as client:
        shown = await client.get("/technician/devices/kiosk", headers=PAGE)
        unknown = await client.get("/technician/devices/nothing", headers=PAGE)

    assert shown.text.count("Закінчився папір.") == 2, "once as its state, once among the changes"
    assert shown.text.count("Закінчується папір.") == 1
    assert unknown.status_code == 404


async def test_a_season_of_changes_is_kept(case_office: CaseOffice) -> None:
    printer_is(case_office, "ready")
    case_office.clock.move(days=queries.CHANGES_KEPT_FOR.days + 1)
    printer_is(case_office, "offline", "no-connection")
    changes = case_office.store.read_now(lambda reader: queries.health_changes(reader, name="kiosk"))
    assert [change.state for change in changes] == ["offline"]


async def test_a_printer_is_tried_with_a_paper_that_is_no_ticket(case_office: CaseOffice, tmp_path: Path) -> None:
    printer = PaperMill()
    app = app_of(case_office, tmp_path)
    async with running_drivers(tmp_path / "s", clock=case_office.clock, printer=printer):
        await look(devices_of(case_office, tmp_path), store=case_office.store, clock=case_office.clock)
        async with working_as(app, Role.TECHNICIAN) as client:
            tried = await client.post("/technician/devices/kiosk/trial", headers=PAGE, follow_redirects=True)

    assert "друк талона" in tried.text
    assert "виконано" in tried.text
    assert printer.printed == ["***"]
    assert "device-tried" in {entry.action for entry in case_office.store.read_now(access_log)}


async def test_a_trial_that_fails_says_why(case_office: CaseOffice, tmp_path: Path) -> None:
    printer = PaperMill()
    app = app_of(case_office, tmp_path)
    async with running_drivers(tmp_path / "s", clock=case_office.clock, printer=printer):
        await look(devices_of(case_office, tmp_path), store=case_office.store, clock=case_office.clock)
        printer.trouble = "unplugged"
        async with working_as(app, Role.TECHNICIAN) as client:
            tried = await client.post("/technician/devices/kiosk/trial", headers=PAGE, follow_redirects=True)
        (act,) = case_office.store.read_now(queries.last_acts)

    assert act.state is ActState.FAILED
    assert "не виконано" in tried.text


async def test_the_sound_is_tried_in_the_hall(case_office: CaseOffice, tmp_path: Path) -> None:
    speaker = HallSpeaker()
    app = app_of(case_office, tmp_path)
    async with running_drivers(tmp_path / "s", clock=case_office.clock, speaker=speaker):
        await look(devices_of(case_office, tmp_path), store=case_office.store, clock=case_office.clock)
        async with working_as(app, Role.TECHNICIAN) as client:
            await client.post("/technician/devices/hall/trial", headers=PAGE)
            speaker.is_mute = True
            for _ in range(MISSES_MAX):
                await client.post("/technician/devices/hall/look", headers=PAGE)
            await look(devices_of(case_office, tmp_path), store=case_office.store, clock=case_office.clock)
            looked = await client.get("/live/technician/devices/hall", headers=PAGE)

    assert speaker.heard == [("uk", "Увага! Перевірка звуку.")]
    assert "недоступний" in looked.text


async def test_only_a_technician_tries_a_device(case_office: CaseOffice, tmp_path: Path) -> None:
    printer_is(case_office, "ready")
    app = app_of(case_office, tmp_path)
    for role in (Role.ADMINISTRATOR, Role.REGISTRAR):
        async with working_as(app, role) as client:
            assert (await client.get("/technician/devices/kiosk", headers=PAGE)).status_code == 403
            assert (await client.post("/technician/devices/kiosk/trial")).status_code == 403
