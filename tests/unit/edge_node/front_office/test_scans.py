"""A code held before a reader opens the page of what it names."""

import asyncio
from collections.abc import Iterator
from datetime import date, time
from functools import partial
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from structlog.testing import capture_logs

from device_drivers.barcode_reader.serial_reader import SerialReader
from device_drivers.barcode_reader.simulator import BarcodeReaderSimulator
from device_drivers.client import DevicesClient
from device_drivers.registry import DevicesFile, make_devices
from device_drivers.service import DeviceService
from edge_node.appointments import queries as appointments
from edge_node.appointments.model import BookingLink
from edge_node.front_office.listeners import watch_reader
from edge_node.front_office.model import CodeUnknown, devices_topic
from edge_node.front_office.queries import page_of_code
from edge_node.queue.model import Desk
from edge_node.settings import DeskDevices, NodeSettings
from sync.vocabulary.ids import OfficeId
from sync.web.live import Broadcaster
from tests.support.case_office import CaseOffice
from tests.support.clock import HandClock
from tests.support.hall import Hall
from tests.support.office_day import OfficeDay

Client = TestClient[Litestar]
PAGE = {"accept": "text/html"}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[CaseOffice]:
    office = CaseOffice(tmp_path)
    yield office
    office.close()


def scan(client: Client, code: str) -> tuple[int, str]:
    """The answer to a scan, and where it leads."""
    answer = client.post("/desk/scanned", data={"scanned": code}, headers=PAGE, follow_redirects=False)
    return answer.status_code, answer.headers.get("location", "")


def test_a_ticket_is_opened_by_its_qr_code_or_its_number(hall: Hall, desks: list[Desk], oksana: Client) -> None:
    ticket = hall.take()
    page = (303, f"/tickets/{ticket.token}")
    assert scan(oksana, f"https://shv.example{page[1]}") == page
    assert scan(oksana, ticket.number) == page
    assert oksana.get(page[1], headers=PAGE).status_code == 200


def test_a_case_is_opened_by_its_number_however_the_reader_spells_it(office: CaseOffice) -> None:
    case = office.register()
    assert case.number is not None
    for code in (case.number, case.number.lower(), case.number.replace("-", "")):
        page = partial(page_of_code, code=code, now=office.clock.now())
        assert office.store.read_now(page) == f"/cases/{case.case_id}"


def test_a_slip_of_an_appointment_is_opened_by_its_link_or_its_code(tmp_path: Path) -> None:
    office = OfficeDay(tmp_path)
    document_id = office.grant(date(2026, 11, 24))
    booked = office.book(date(2026, 11, 24), time(9))
    kept = BookingLink(link="Zk3-slip_of_Ivan0", document_id=document_id, code=booked.code, day="2026-11-24")
    office.store.run_now(partial(appointments.save_link, kept=kept))
    for code in ("https://shv.example/appointments/Zk3-slip_of_Ivan0", booked.code, booked.code.lower()):
        page = partial(page_of_code, code=code, now=office.clock.now())
        assert office.store.read_now(page) == f"/desk/appointments/slips/{document_id}/{booked.code}"
    office.close()


@pytest.mark.parametrize(
    "code",
    [
        "4820000000017",
        "N0SVCH00",
        "https://shv.example/appointments/none",
        "Д999",
        "https://shv.example/tickets/none",
        "javascript:alert(1)",
    ],
)
def test_a_code_of_somebody_else_is_said_to_be_unknown(desks: list[Desk], oksana: Client, code: str) -> None:
    assert scan(oksana, code) == (404, "")


@pytest.mark.parametrize("code", ["SHV-2026-0009999-1", "01ARZ3NDEKTSV4RRFFQ69G5FAV"])
def test_a_number_that_nobody_has_leads_nowhere(office: CaseOffice, code: str) -> None:
    with pytest.raises(CodeUnknown):
        office.store.read_now(partial(page_of_code, code=code, now=office.clock.now()))


def test_who_is_not_signed_in_scans_nothing(stranger: Client) -> None:
    assert stranger.post("/desk/scanned", data={"scanned": "Д001"}).status_code == 401


def test_every_page_of_staff_takes_scans(desks: list[Desk], oksana: Client) -> None:
    assert "data-scans" in oksana.get("/desk", headers=PAGE).text


def test_what_the_reader_of_a_desk_reads_goes_to_that_desk_alone(tmp_path: Path) -> None:
    paper = BarcodeReaderSimulator(tmp_path / "by-id" / "usb-reader")

    async def story() -> list[str]:
        file = DevicesFile(socket=str(tmp_path / "s"), devices={"reader-5": SerialReader(port=paper.address)})
        service = DeviceService(make_devices(file), now=HandClock().now)
        broadcaster = Broadcaster()
        await service.start(Path(file.socket))
        changes = broadcaster.changes(devices_topic(5))
        watching = asyncio.create_task(
            watch_reader(DevicesClient(file.socket), "reader-5", broadcaster, topic=devices_topic(5))
        )
        first = asyncio.ensure_future(anext(changes))
        await DevicesClient(file.socket).call("reader-5", "probe")
        paper.scan("A1")
        change = await asyncio.wait_for(first, 20)
        watching.cancel()
        await changes.aclose()
        await service.close()
        assert broadcaster.last_id(devices_topic(6)) == 0
        return [change.payload.code] if change is not None else []

    assert asyncio.run(story()) == ["A1"]
    paper.close()


def test_a_reader_that_is_not_there_is_said_once(tmp_path: Path) -> None:
    async def story() -> None:
        watching = asyncio.create_task(
            watch_reader(
                DevicesClient(tmp_path / "none"), "reader-5", Broadcaster(), topic=devices_topic(5), pause_seconds=0
            )
        )
        for _ in range(20):
            await asyncio.sleep(0)
            await asyncio.to_thread(lambda: None)
        watching.cancel()

    with capture_logs() as lines:
        asyncio.run(story())
    assert [line["event"] for line in lines] == ["the reader is silent"]


def test_desks_have_numbers() -> None:
    settings = NodeSettings(office_id=OfficeId("SHV"), desks={"5": DeskDevices(reader="reader-5")})
    assert (settings.on_desk(5).reader, settings.on_desk(6).reader) == ("reader-5", None)
    with pytest.raises(ValueError, match="desks: 'five'"):
        NodeSettings(office_id=OfficeId("SHV"), desks={"five": DeskDevices()})
