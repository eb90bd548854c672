"""A technician finds devices, adds them, gives them other settings and takes them out, all on pages."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from litestar import Litestar

from device_drivers.client import DevicesClient
from device_drivers.registry import read_settings
from device_drivers.service import DeviceService
from device_drivers.settings_file import SettingsFile
from device_drivers.simulators import SimulatedOffice
from edge_node.devices.listeners import look
from edge_node.staff.queries import access_log
from sync.vocabulary.staff import Role
from tests.support.case_office import CaseOffice
from tests.support.device_app import device_app, working_as

pytestmark = pytest.mark.anyio

PAGE = {"accept": "text/html"}
FIND = "/technician/find-devices"


@pytest.fixture
async def simulated(tmp_path: Path) -> AsyncIterator[SimulatedOffice]:
    """A simulated office and the drivers' process, which may change its file."""
    office = SimulatedOffice(tmp_path / "spool")
    path = office.write_settings()
    service = DeviceService([], now=lambda: datetime.now(UTC), settings=SettingsFile(path))
    await service.start(Path(read_settings(path).socket))
    yield office
    await service.close()
    await office.close()


def app_of(office: CaseOffice, folder: Path) -> Litestar:
    return device_app(office, devices=DevicesClient(folder / "spool" / "devices.sock"), folder=folder)


async def test_a_device_is_added_changed_and_taken_out(
    case_office: CaseOffice, simulated: SimulatedOffice, tmp_path: Path
) -> None:
    client_of_drivers = DevicesClient(simulated.spool / "devices.sock")
    keys = f'address = "{simulated.ticket_printer.address}"'
    async with working_as(app_of(case_office, tmp_path), Role.TECHNICIAN) as client:
        added = await client.post(FIND, data={"name": "kiosk", "driver": "escpos-tcp", "keys": keys})
        await look(client_of_drivers, store=case_office.store, clock=case_office.clock)
        shown = await client.get("/technician/devices/kiosk", headers=PAGE)
        changed = await client.post(
            "/technician/devices/kiosk/settings",
            data={"driver": "escpos-tcp", "keys": keys + "\nconfirm_seconds = 3.0"},
        )
        between = read_settings(simulated.spool / "devices.toml").devices["kiosk"]
        removed = await client.post("/technician/devices/kiosk/removal")

    assert (added.status_code, changed.status_code, removed.status_code) == (303, 303, 303)
    assert simulated.ticket_printer.address in shown.text
    assert getattr(between, "confirm_seconds", None) == 3.0
    assert "kiosk" not in read_settings(simulated.spool / "devices.toml").devices
    actions = [entry.action for entry in case_office.store.read_now(access_log)]
    assert actions.count("device-settings-changed") == 3


async def test_settings_that_no_driver_takes_come_back_with_the_reason(
    case_office: CaseOffice, simulated: SimulatedOffice, tmp_path: Path
) -> None:
    before = (simulated.spool / "devices.toml").read_bytes()
    async with working_as(app_of(case_office, tmp_path), Role.TECHNICIAN) as client:
        refused = await client.post(
            FIND, data={"name": "kiosk", "driver": "escpos-tcp", "keys": 'adress = "10.0.0.1:9100"'}, headers=PAGE
        )
        named = await client.post(FIND, data={"name": "Каса", "driver": "escpos-tcp", "keys": ""}, headers=PAGE)

    assert (refused.status_code, named.status_code) == (422, 422)
    assert "Служба пристроїв не приймає цих налаштувань" in refused.text
    assert "adress" in refused.text
    assert (simulated.spool / "devices.toml").read_bytes() == before


async def test_nobody_gets_a_shell_through_a_page(
    case_office: CaseOffice, simulated: SimulatedOffice, tmp_path: Path
) -> None:
    async with working_as(app_of(case_office, tmp_path), Role.TECHNICIAN) as client:
        refused = await client.post(
            FIND, data={"name": "x", "driver": "scanimage", "keys": 'device = "x"\ncommand = ["id"]'}, headers=PAGE
        )
    assert refused.status_code == 422
    assert "x" not in read_settings(simulated.spool / "devices.toml").devices


async def test_while_the_drivers_do_not_run_the_page_says_so(case_office: CaseOffice, tmp_path: Path) -> None:
    async with working_as(app_of(case_office, tmp_path), Role.TECHNICIAN) as client:
        shown = await client.get(FIND, headers=PAGE)
        refused = await client.post(FIND, data={"name": "kiosk", "driver": "escpos-tcp", "keys": ""}, headers=PAGE)
    assert "Служба пристроїв не відповідає" in shown.text
    assert (shown.status_code, refused.status_code) == (200, 503)
