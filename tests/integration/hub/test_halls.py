"""What the city sees of the halls: figures by office, day, hour and sphere; no desk and no person."""

import csv
import io
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pytest
from litestar.testing import TestClient

from central_hub.directory import commands as directory
from central_hub.storage import HubStore, halls
from central_hub.storage.hall_tables import hall_hours
from edge_node.statistics import commands as statistics
from edge_node.statistics import listeners
from edge_node.statistics import queries as at_office
from sync.replication import messages
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.hall import COUNTS, HallDay, HallHeld, HallHour, HallReport
from sync.vocabulary.ids import OfficeId, StaffId
from sync.vocabulary.staff import Role, StaffMember
from sync.web.passwords import hash_password
from tests.support.clock import HandClock, SeededIds
from tests.support.hall import Hall
from tests.support.hub_node import HubNode

TODAY = date(2026, 11, 23)
PAGE = {"accept": "text/html"}
PASSWORD = "correct horse"
PASSWORD_HASH = hash_password(PASSWORD)


@pytest.fixture
def signed_in(client: TestClient, store: HubStore, clock: HandClock, ids: SeededIds) -> TestClient:
    member = StaffMember(
        id=StaffId(ids.new()),
        login="somebody",
        name="Хтось",
        roles=frozenset({Role.OFFICE_HEAD}),
        office_id=OfficeId("SHV"),
        password_hash=PASSWORD_HASH,
    )
    store.run_now(partial(directory.put_staff, member=member, ids=ids, now=clock.now()))
    assert client.post("/api/session", json={"login": "somebody", "password": PASSWORD}).status_code == 200
    return client


def a_day(*, revision: int = 1, served: int = 5, day: date = TODAY, sphere: Sphere = Sphere.PASSPORTS) -> HallDay:
    hour = HallHour(hour=9, sphere=sphere, issued=served, called=served, wait_seconds=600 * served, served=served)
    return HallDay(day=day, revision=revision, hours=(hour,))


def tell(node: HubNode, *days: HallDay) -> HallHeld:
    answer = node.send("PUT", "/sync/halls", messages.encode(HallReport(days=days)))
    assert answer.status_code == 200, answer.text
    return messages.decode(answer.content, HallHeld)


def served(store: HubStore, *, by: str = "office") -> dict[str, int]:
    found = store.read_now(partial(halls.sums, by=by, since=TODAY - timedelta(6), until=TODAY, office_id=None))
    return {row.key: row.served for row in found}


def test_a_day_told_twice_counts_once_and_an_older_word_changes_nothing(store: HubStore, shv: HubNode) -> None:
    tell(shv, a_day(revision=7, served=9))
    tell(shv, a_day(revision=7, served=9))
    tell(shv, a_day(revision=3, served=1))
    assert served(store) == {"SHV": 9}
    tell(shv, a_day(revision=8, served=10, sphere=Sphere.PENSIONS))
    assert served(store) == {"SHV": 10}
    assert served(store, by="sphere") == {"pensions": 10}


def test_offices_stand_side_by_side_and_each_speaks_for_itself(store: HubStore, shv: HubNode, kyv: HubNode) -> None:
    tell(shv, a_day(served=2), a_day(served=3, day=TODAY - timedelta(1)))
    tell(kyv, a_day(served=4))
    assert served(store) == {"KYV": 4, "SHV": 5}
    assert served(store, by="day") == {"2026-11-22": 3, "2026-11-23": 6}
    assert served(store, by="hour") == {"9": 9}


@pytest.mark.parametrize(
    "day",
    [
        a_day(day=TODAY + timedelta(2)),
        HallDay(day=TODAY, revision=1, hours=a_day().hours * 2),
    ],
)
def test_a_day_that_cannot_be_is_refused(store: HubStore, shv: HubNode, day: HallDay) -> None:
    assert shv.send("PUT", "/sync/halls", messages.encode(HallReport(days=(day,)))).status_code == 422
    assert served(store) == {}


def test_the_hub_keeps_no_desk_and_no_person() -> None:
    assert {column.name for column in hall_hours.c} == {"office_id", "day", "hour", "sphere", *COUNTS}


def test_what_an_office_counts_is_what_the_city_shows(
    store: HubStore, shv: HubNode, signed_in: TestClient, tmp_path: Path
) -> None:
    hall = Hall(tmp_path)
    desk = hall.open_desk(hall.set_up((Sphere.PASSPORTS,))[0])
    for _ in range(3):
        hall.take()
        hall.serve(desk)
    listeners.catch_up(hall.store)
    days = hall.store.read_now(partial(at_office.untold_days, to="hub", limit=4))
    held = tell(shv, *days)
    hall.do(statistics.note_told, days=days, to=held.hub_incarnation)
    untold = partial(at_office.untold_days, limit=4)
    assert hall.store.read_now(partial(untold, to=held.hub_incarnation)) == []
    assert hall.store.read_now(partial(untold, to="another life of the hub")) == days
    hall.close()
    page = signed_in.get(f"/city/halls?since={TODAY}&until={TODAY}&lang=en", headers=PAGE).text
    assert "on average from taking the ticket to its first call" in page
    assert "clerk" not in page
    answer = signed_in.get(f"/city/halls/csv?since={TODAY}&until={TODAY}&lang=en")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0][:2] == ["Office", "Tickets taken"]
    assert rows[-1][:2] == ["Together", "3"]


def test_nobody_else_sees_it(client: TestClient) -> None:
    assert client.get("/city/halls", headers=PAGE, follow_redirects=False).status_code == 303
    assert client.get("/city/halls/csv").status_code == 401
