"""A technician tries the simulated printer, reader and telephone from the page of each; the page tells what came."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from device_drivers.barcode_reader.protocol import NothingRead
from device_drivers.client import DevicesClient
from device_drivers.driver import READY, Condition
from device_drivers.errors import NeedsAttention
from device_drivers.families import BARCODE_READER
from device_drivers.registry import Device
from device_drivers.service import DeviceService
from device_drivers.trials import Trials, TrialWords
from edge_node.devices import queries as devices
from edge_node.devices.listeners import JournaledDevices, look
from edge_node.devices.model import ActState, DeviceAct
from edge_node.printing import queries as printing
from edge_node.printing.model import PaperKind, PrintState
from sync.vocabulary.staff import Role
from tests.support.case_office import CaseOffice, DeviceRoom, device_room
from tests.support.device_app import device_app, working_as

pytestmark = [pytest.mark.anyio, pytest.mark.processes]

CODE = "SHV-2026-0001234-7"
NUMBER = "+380671112233"
WORDS = TrialWords(heading="Перевірка", disclaimer="Не талон", sound="Увага", language="uk")


@asynccontextmanager
async def technician_beside(
    office: CaseOffice, folder: Path, device: str
) -> AsyncIterator[tuple[httpx.AsyncClient, DeviceRoom]]:
    """A technician at the page of one simulated device, already seen by the node."""
    async with device_room(folder / "devices", device) as room:
        journaled = JournaledDevices(folder / "devices" / "devices.sock", store=office.store, clock=office.clock)
        await look(journaled, store=office.store, clock=office.clock)
        app = device_app(office, devices=journaled, folder=folder)
        async with working_as(app, Role.TECHNICIAN) as client:
            client.headers["accept"] = "text/html"
            yield client, room


def last_act(office: CaseOffice) -> DeviceAct:
    return office.store.read_now(devices.last_acts)[0]


async def test_a_page_that_tries_a_printer_is_ordered_for_that_printer(case_office: CaseOffice, tmp_path: Path) -> None:
    async with technician_beside(case_office, tmp_path, "document-printer") as (client, _room):
        shown = await client.get("/technician/devices/document-printer")
        await client.post("/technician/devices/document-printer/trial", follow_redirects=True)

    assert "Надрукувати пробний аркуш" in shown.text
    (job,) = case_office.store.read_now(lambda reader: printing.ordered(reader, kinds=tuple(PaperKind)))
    assert (job.kind, job.details.trial_of, job.state) == (
        PaperKind.TEST_PAGE,
        "document-printer",
        PrintState.ORDERED,
    )


async def test_that_a_code_came_is_told_and_not_which(case_office: CaseOffice, tmp_path: Path) -> None:
    async with technician_beside(case_office, tmp_path, "barcode-reader") as (client, room):
        pressed = asyncio.create_task(client.post("/technician/devices/barcode-reader/trial", follow_redirects=True))
        while not (await asyncio.wait({pressed}, timeout=0.5))[0]:
            room.office.barcode_reader.scan(CODE)

    page = (await pressed).text
    assert "зчитування коду" in page
    assert "виконано" in page
    assert CODE not in page
    act = last_act(case_office)
    assert (act.state, act.arguments_digest) == (ActState.DONE, "")


async def test_a_reader_that_saw_nothing_fails_its_trial(tmp_path: Path) -> None:
    class Blind:
        def probe(self) -> Condition:
            return READY

        def next_code(self, *, wait_seconds: float) -> NothingRead:
            assert wait_seconds > 0
            return NothingRead()

        def close(self) -> None:
            """Nothing is open."""

    reader = Device(name="reader", family=BARCODE_READER, driver_name="test", driver=Blind())
    trials = Trials(DevicesClient(tmp_path / "s"), words=WORDS, spool=tmp_path)
    now = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    service = DeviceService([reader], now=lambda: now)
    await service.start(tmp_path / "s")
    try:
        with pytest.raises(NeedsAttention, match="nothing-read"):
            await trials.run("reader", family="barcode_reader", ref="01", now=now)
    finally:
        await service.close()


@pytest.mark.parametrize(
    ("fault", "state", "words"),
    [
        (None, ActState.DONE, "виконано"),
        ("locked", ActState.FAILED, "Дозвольте адресу цього комп’ютера"),
        ("unplugged", ActState.UNKNOWN, "результат невідомий"),
    ],
)
async def test_a_telephone_calls_the_number_that_is_given_and_the_journal_has_no_number(
    *, case_office: CaseOffice, tmp_path: Path, fault: str | None, state: ActState, words: str
) -> None:
    async with technician_beside(case_office, tmp_path, "telephone") as (client, room):
        room.office.set_fault("telephone", fault)
        page = await client.post("/technician/devices/telephone/call", data={"phone": NUMBER}, follow_redirects=True)
        dialled = list(room.office.telephone.dialled)

    assert dialled == ([NUMBER] if fault is None else [])
    act = last_act(case_office)
    assert (act.method, act.state, act.arguments_digest) == ("dial", state, "")
    assert words in page.text
    assert NUMBER not in page.text


async def test_a_wrong_number_is_named_and_calls_nobody(case_office: CaseOffice, tmp_path: Path) -> None:
    async with technician_beside(case_office, tmp_path, "telephone") as (client, room):
        answer = await client.post("/technician/devices/telephone/call", data={"phone": "до мами"})
        silent = await client.post("/technician/devices/telephone/trial")
        dialled = list(room.office.telephone.dialled)

    assert answer.status_code == 422
    assert silent.status_code == 404
    assert dialled == []
