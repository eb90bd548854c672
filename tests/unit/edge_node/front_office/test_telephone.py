"""Who rings at a desk, who may see it, and a button that dials."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs

from device_drivers.lane import Lane
from device_drivers.registry import DevicesFile, make_devices
from device_drivers.service import DeviceService
from device_drivers.telephone.http_phone import HttpPhone
from device_drivers.telephone.simulator import TelephoneSimulator
from edge_node.front_office.model import (
    RINGING_MAX,
    CallerChanged,
    CodeScanned,
    Switchboard,
    caller_phone,
    devices_topic,
)
from edge_node.queue import commands as queue
from edge_node.queue.model import DeskPlan
from edge_node.settings import DeskDevices, NodeSettings
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.ids import OfficeId
from tests.devices.waiting import wait_for
from tests.support.clock import SeededIds
from tests.support.houses import House, node_house
from tests.support.planted import PHONE, SURNAME, Planted, plant

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
HANDSET = "192.168.10.55"
RINGING = f"/telephone/ringing?remote=0{PHONE}"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """An office whose desk 1 has a telephone."""
    desks = {"1": DeskDevices(telephone="phone-1", handset=HANDSET)}
    with node_house(tmp_path_factory.mktemp("office"), desks=desks) as house:
        yield house


@pytest.fixture(scope="module")
def case(house: House) -> Planted:
    return plant(house.store, house.clock)


@pytest.fixture(scope="module")
def desk(house: House) -> httpx.Client:
    """Oksana, an administrator, at desk 1."""
    plan = DeskPlan(number=1, spheres=(Sphere.PASSPORTS,))
    house.store.run_now(lambda tx: queue.set_up_desks(tx, [plan], ids=SeededIds(house.clock, seed=5)))
    client = house.visitor("oksana", accept="text/html")
    (each,) = client.get("/api/desks", headers={"accept": "application/json"}).json()
    assert client.put(f"/api/desks/{each['id']}/occupant").status_code == 200
    return client


def ask(house: House, address: str, *, host: str) -> int:
    """What the machine of this address is answered."""

    async def get() -> int:
        transport = httpx.ASGITransport(app=house.app, client=(host, 50_000))
        async with httpx.AsyncClient(transport=transport, base_url="http://shv.test") as client:
            return (await client.get(address)).status_code

    return asyncio.run(get())


def live_piece(client: httpx.Client) -> str:
    """What the desk's page fetches when its telephone rings, and at its start."""
    answer = client.get("/live/desk/caller")
    assert answer.status_code == 200
    return answer.text


def test_the_desk_sees_the_cases_of_who_rings_and_that_is_logged(house: House, case: Planted, desk: httpx.Client):
    assert ask(house, RINGING, host=HANDSET) == 204
    shown = live_piece(desk)
    assert "+380 67 123 45 67" in shown
    assert f"/cases/{case.case_id}" in shown
    assert SURNAME in shown
    assert last_access(house) == ("cases-searched", "1")
    assert ask(house, "/telephone/ended", host=HANDSET) == 204
    assert "cases" not in live_piece(desk)


@pytest.mark.parametrize("address", [RINGING, "/telephone/ended"])
def test_only_the_handset_of_a_desk_may_ring(house: House, case: Planted, desk: httpx.Client, address: str):
    ask(house, RINGING, host=HANDSET)
    before = live_piece(desk)
    with capture_logs() as lines:
        assert ask(house, address.replace("0" + PHONE, "0501112233"), host="192.168.10.56") == 404
    assert live_piece(desk) == before
    assert "0501112233" not in str(lines)


def test_a_ring_is_told_to_the_pages_of_its_desk_alone(house: House, desk: httpx.Client):
    broadcaster = house.app.state["broadcaster"]
    before = [broadcaster.last_id(devices_topic(number)) for number in (1, 2)]
    ask(house, RINGING, host=HANDSET)
    assert [broadcaster.last_id(devices_topic(number)) for number in (1, 2)] == [before[0] + 1, before[1]]
    assert 'data-devices="/live/desk/devices"' in desk.get("/desk").text


def test_the_stream_of_a_desk_tells_scans_and_rings_of_now_and_nothing_of_before(house: House, desk: httpx.Client):
    broadcaster = house.app.state["broadcaster"]
    broadcaster.publish(devices_topic(1), CodeScanned("OLD"))
    stream = Lane("page").do(lambda: desk.get("/live/desk/devices", headers={"last-event-id": "0"}).text)
    wait_for(lambda: broadcaster.listener_count > 0)
    broadcaster.publish(devices_topic(1), CodeScanned("SHV-2026-0000001-8"))
    broadcaster.publish(devices_topic(1), CallerChanged())
    broadcaster.publish(devices_topic(2), CodeScanned("OTHER"))
    broadcaster.close()
    lines = stream.result(timeout=20).replace("\r\n", "\n").split("\n\n")
    assert [piece for piece in lines if piece] == ["event: scan\ndata: SHV-2026-0000001-8", "event: caller\ndata: "]


def test_the_number_of_a_caller_is_written_nowhere(house: House, case: Planted, desk: httpx.Client, caplog):
    caplog.set_level("DEBUG")
    with capture_logs() as lines:
        ask(house, RINGING, host=HANDSET)
        ask(house, "/telephone/ringing?remote=" + "9" * 300 + PHONE, host=HANDSET)
        live_piece(desk)
    own = [record.getMessage() for record in caplog.records if record.name not in {"httpx", "httpcore"}]
    assert PHONE not in str(lines) + str(own)


def test_the_button_dials_the_applicant_and_that_is_logged(house: House, case: Planted, desk: httpx.Client):
    page = f"/cases/{case.case_id}"
    assert f'action="{page}/dial"' in desk.get(page).text
    with a_telephone(house) as telephone:
        assert desk.post(f"{page}/dial").headers["location"] == page
        assert telephone.dialled == [f"+380{PHONE}"]
    assert last_access(house) == ("applicant-called", case.case_id)


def test_a_telephone_that_is_silent_is_said_on_the_page_of_the_case(house: House, case: Planted, desk: httpx.Client):
    answer = desk.post(f"/cases/{case.case_id}/dial")
    assert answer.status_code == 503
    assert "Телефон не відповів" in answer.text


def test_nobody_dials_from_a_desk_they_do_not_have(house: House, case: Planted):
    assert house.visitor("nadiia").post(f"/cases/{case.case_id}/dial").json()["code"] == "no-desk"
    assert house.visitor("iryna").post(f"/cases/{case.case_id}/dial").status_code == 403


@pytest.mark.parametrize(
    ("remote", "phone"),
    [
        ("0671234567", "+380671234567"),
        ("+380671234567", "+380671234567"),
        ('"Olena" <sip:0671234567@10.2.1.48>', "+380671234567"),
        ("sip:380671234567@pbx.example:5060", "+380671234567"),
        ("7250333", "+380577250333"),
        ("anonymous", None),
        ("sip:anonymous@10.2.1.48", None),
        ("102", None),
        ("+48221234567", None),
        ("", None),
        ("' or 1=1 --", None),
    ],
)
def test_a_number_is_found_in_what_a_telephone_says(remote: str, phone: str | None):
    assert caller_phone(remote) == phone


def test_a_call_is_over_after_some_minutes_and_the_next_one_takes_its_place():
    switchboard = Switchboard()
    switchboard.ring(1, remote="0671234567", now=NOW)
    assert switchboard.caller(1, now=NOW + RINGING_MAX) == "+380671234567"
    assert switchboard.caller(1, now=NOW + RINGING_MAX + timedelta(seconds=1)) is None
    assert switchboard.caller(2, now=NOW) is None
    switchboard.ring(1, remote="anonymous", now=NOW)
    assert switchboard.caller(1, now=NOW) is None


def test_a_handset_has_an_address():
    with pytest.raises(ValueError, match="phone"):
        NodeSettings(office_id=OfficeId("SHV"), desks={"5": DeskDevices(handset="phone")})


def last_access(house: House) -> tuple[str, str]:
    """The newest line of the access log: what was done, and to what."""
    sql = "select action || ' ' || subject from access_log order by seq desc limit 1"
    action, _, subject = str(house.store.read_now(lambda reader: reader.scalar(sql))).partition(" ")
    return action, subject


@contextmanager
def a_telephone(house: House) -> Iterator[TelephoneSimulator]:
    """A handset, and the drivers' process that speaks to it, while the block runs."""
    telephone, over, is_open = TelephoneSimulator(), threading.Event(), threading.Event()
    telephone.start()
    socket = house.database.parent / "devices.sock"
    file = DevicesFile(socket=str(socket), devices={"phone-1": HttpPhone(dial_url=telephone.dial_url)})

    async def serve() -> None:
        service = DeviceService(make_devices(file), now=lambda: NOW)
        await service.start(Path(file.socket))
        is_open.set()
        await asyncio.to_thread(over.wait)
        await service.close()

    ended = Lane("drivers").do(lambda: asyncio.run(serve()))
    assert is_open.wait(20)
    yield telephone
    over.set()
    ended.result(timeout=20)
    telephone.close()
    socket.unlink(missing_ok=True)
