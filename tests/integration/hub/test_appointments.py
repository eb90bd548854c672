"""The seats of a day, sold by the hub and by the office while they are parted, and told when the line is mended."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import msgspec
import pytest
from litestar.testing import TestClient
from sqlalchemy import select

from central_hub.directory import commands as directory
from central_hub.node_gateway.commands import compact
from central_hub.provisioning.commands import begin_anew
from central_hub.storage import HubStore
from central_hub.storage import replica as replica_of_hub
from central_hub.storage.tables import operations
from edge_node.appointments import commands, queries
from edge_node.appointments.commands import Actor
from sync.storage import replica
from sync.vocabulary.appointment import BookingNotFound, SeatNotYours, SeatTaken
from sync.vocabulary.booking import BookingWanted, Cancellation, Transfer
from sync.vocabulary.ids import OfficeId, StaffId
from sync.vocabulary.staff import Role, StaffMember
from sync.web.passwords import hash_password
from tests.support.booking_office import DAY, OKSANA, BookingOffice
from tests.support.clock import HandClock, SeededIds
from tests.support.hub_node import HubNode

ADDRESS = f"/api/appointments/days/{DAY}"
PASSWORD = "correct horse"
PLAN = {"office_id": "SHV", "day": "2026-12-01", "slots": ["09:00", "09:30"], "hub_desks": 1, "office_desks": 2}


@pytest.fixture
def office(tmp_path: Path, shv: HubNode, clock: HandClock, ids: SeededIds) -> Iterator[BookingOffice]:
    opened = BookingOffice(tmp_path, shv, clock=clock, ids=ids)
    yield opened
    opened.store.close()


@pytest.fixture
def head(client: TestClient, store: HubStore, clock: HandClock, ids: SeededIds) -> Callable[[str], TestClient]:
    """The head of an office, signed in at the hub."""

    def of(office_id: str) -> TestClient:
        member = StaffMember(
            id=StaffId(ids.new()),
            login=f"head-{office_id.lower()}",
            name="Хтось",
            roles=frozenset({Role.OFFICE_HEAD}),
            office_id=OfficeId(office_id),
            password_hash=hash_password(PASSWORD),
        )
        store.run_now(partial(directory.put_staff, member=member, ids=ids, now=clock.now()))
        assert client.post("/api/session", json={"login": member.login, "password": PASSWORD}).status_code == 200
        return client

    return of


@pytest.fixture
def city(head: Callable[[str], TestClient], office: BookingOffice) -> TestClient:
    """The head of the city's office, with a day opened that the Shevchenkivskyi office has heard of."""
    client = head("CEN")
    assert client.post("/api/appointments/days", json=PLAN).status_code == 201
    office.mend()
    return client


def seats(client: TestClient) -> dict[str, tuple[list[str], int]]:
    """Free seats and bookings at the hub, by the first letters of the side."""
    shares = client.get(ADDRESS).json()["shares"]
    return {share["side"]: (share["free"], share["booked"]) for share in shares}


def test_parted_each_side_sells_its_own_and_no_other(city: TestClient, office: BookingOffice) -> None:
    assert office.free() == ["0900-2", "0900-3", "0930-2", "0930-3"]
    office.book("0900-2")
    with pytest.raises(SeatTaken):
        office.book("0900-2")
    with pytest.raises(SeatNotYours):
        office.book("0900-1")
    booked = city.post(f"{ADDRESS}/bookings", json={"seat_id": "0900-1", "name": "Ольга", "phone": ""})
    assert booked.status_code == 201
    wrong = city.post(f"{ADDRESS}/bookings", json={"seat_id": "0900-3", "name": "Ольга"})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "seat-not-yours")

    assert office.mend() == ["accepted"]

    hub_side, node_side = sorted(seats(city), reverse=True)
    assert seats(city) == {hub_side: (["0930-1"], 1), node_side: (["0900-3", "0930-2", "0930-3"], 1)}
    assert office.day().conflicts == city.get(ADDRESS).json()["conflicts"] == 0
    names = {each["seat_id"]: each["name"] for each in city.get(f"{ADDRESS}/bookings").json()}
    assert names == {"0900-1": "Ольга", "0900-2": "Іван Коваль"}
    assert office.store.read_now(partial(queries.open_day, document_id=DAY)).state.seats.keys() == {
        f"{slot}-{desk}" for slot in ("0900", "0930") for desk in (1, 2, 3)
    }


def test_seats_move_only_by_the_hand_that_gives_them(city: TestClient, office: BookingOffice) -> None:
    given = office.do(commands.give, transfer=Transfer(seat_ids=("0930-3",)))
    assert "0930-3" not in office.free()
    assert given.conflicts == 0
    body = {"seat_id": "0930-3", "name": "Ольга"}
    assert city.post(f"{ADDRESS}/bookings", json=body).status_code == 409
    office.mend()
    assert city.post(f"{ADDRESS}/bookings", json=body).status_code == 201
    assert city.post(f"{ADDRESS}/transfers", json={"seat_ids": ["0900-1"]}).status_code == 200
    with pytest.raises(SeatNotYours):
        office.book("0900-1")
    office.mend()
    office.book("0900-1")
    assert office.mend() == ["accepted"]
    assert city.get(ADDRESS).json()["conflicts"] == 0


def test_a_booking_is_cancelled_by_its_code_where_it_was_made(city: TestClient, office: BookingOffice) -> None:
    booked = office.book("0900-2")
    with pytest.raises(BookingNotFound):
        office.do(commands.cancel, asked=Cancellation(seat_id="0900-2", code="XXXXXXXX"))
    office.mend()
    asked = {"seat_id": "0900-2", "code": booked.code}
    assert city.post(f"{ADDRESS}/cancellations", json=asked).json()["code"] == "seat-not-yours"
    office.do(commands.cancel, asked=Cancellation(seat_id="0900-2", code=booked.code))
    assert "0900-2" in office.free()
    assert office.mend() == ["accepted"]


def test_a_restored_office_sells_nothing_that_it_may_have_sold_before(city: TestClient, office: BookingOffice) -> None:
    office.back_up()
    office.book("0900-2")  # on a paper that nobody else knows of
    former = office.store.read_now(queries.own_side)
    office.restore()
    office.mend()
    assert office.free() == []
    with pytest.raises(SeatNotYours):
        office.book("0900-2")

    asked = {"side": former, "reasons": "журнал телефонних записів звірено"}
    taken = city.post(f"{ADDRESS}/reclaims", json=asked)
    assert taken.status_code == 200, taken.text
    assert city.post(f"{ADDRESS}/transfers", json={"seat_ids": ["0900-3"]}).status_code == 200
    office.mend()
    assert office.free() == ["0900-3"]


def test_the_seats_of_who_is_at_work_are_not_taken_back(city: TestClient, office: BookingOffice) -> None:
    side = office.store.read_now(queries.own_side)
    refused = city.post(f"{ADDRESS}/reclaims", json={"side": side, "reasons": "так"})
    assert (refused.status_code, refused.json()["code"]) == (409, "side-lives")


def test_asked_again_under_the_same_key_it_is_the_same_booking(city: TestClient, office: BookingOffice) -> None:
    body, key = {"seat_id": "0900-1", "name": "Ольга"}, {"Idempotency-Key": "k1"}
    first, again = (city.post(f"{ADDRESS}/bookings", json=body, headers=key) for _ in range(2))
    assert first.json() == again.json()
    other = city.post(f"{ADDRESS}/bookings", json={**body, "name": "Інша"}, headers=key)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency-key-reused")
    keyed = Actor(person=OKSANA.person, key="k2")
    wanted = BookingWanted(seat_id="0900-2", name="Іван")
    book = partial(commands.book, wanted=wanted, document_id=DAY, by=keyed, now=office.clock.now(), ids=office.ids)
    assert office.store.run_now(book) == office.store.run_now(book)
    assert office.mend() == ["accepted"]


def test_a_month_after_the_day_nobody_knows_who_had_booked(
    city: TestClient, office: BookingOffice, store: HubStore, clock: HandClock
) -> None:
    booked = office.book("0900-2")
    office.mend()
    sold = seats(city)
    clock.move(days=38)  # the day is the first of December: the thirtieth day after it
    assert store.run_now(partial(compact, now=clock.now())) == 0
    clock.move(days=2)
    assert store.run_now(partial(compact, now=clock.now())) == 1
    assert store.run_now(partial(compact, now=clock.now())) == 0

    office.line.hello()
    office.mend()
    (kept,) = store.read_now(lambda reader: replica_of_hub.documents_of(reader, document_ids=[DAY]))
    held = office.store.read_now(lambda reader: replica.document(reader, document_id=DAY))
    for document in (kept, held):
        assert document is not None
        assert document.generation == 1
        assert "Коваль".encode() not in document.snapshot
        assert b"0501112233" not in document.snapshot
    bodies = store.read_now(
        lambda reader: reader.column(select(operations.c.body).where(operations.c.document_id == DAY))
    )
    assert set(bodies) == {None}
    assert {share.side: (list(share.free), share.booked) for share in office.day().shares} == sold
    asked = partial(commands.who_comes, document_id=DAY, by=OKSANA, now=clock.now())
    (sitting,) = office.store.run_now(asked)
    assert (sitting.code, sitting.name, sitting.phone) == (booked.code, "", "")


def test_a_node_that_books_what_it_does_not_own_is_set_apart(city: TestClient, office: BookingOffice) -> None:
    """A forged node skips the rules of its own commands; the hub judges all the same."""
    node_id = office.line.node_id
    stored = office.store.read_now(partial(replica.document, document_id=DAY))
    office.line.snapshots[DAY] = stored.snapshot
    facts = {"seats": "0900-1", "code": "FORGED", "side": f"{node_id}/{office.line.incarnation}"}
    forged = office.line.change(DAY, event="booked", **facts)
    office.line.chain[-1] = msgspec.structs.replace(forged, kind="appointment_day")
    office.line.push()
    assert seats(city)[max(seats(city))] == (["0900-1", "0930-1"], 0)
    (told,) = [item for item in office.line.pull().items if item.what == "quarantined"]
    assert told.code == "seat-not-yours"


@pytest.mark.usefixtures("city")
def test_a_node_that_books_in_the_name_of_another_is_set_apart(office: BookingOffice, kyv: HubNode) -> None:
    stored = office.store.read_now(partial(replica.document, document_id=DAY))
    office.line.snapshots[DAY] = stored.snapshot
    office.line.maker_id = kyv.node_id
    forged = office.line.change(DAY, event="booked", seats="0930-2", code="FORGED", side=f"{kyv.node_id}/1")
    office.line.chain[-1] = msgspec.structs.replace(forged, kind="appointment_day")
    office.line.push()
    (told,) = [item for item in office.line.pull().items if item.what == "quarantined"]
    assert told.code == "event-not-yours"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({}, 409, "day-already-open"),
        ({"day": "2026-12-02", "office_id": "KYV"}, 409, "office-has-no-node"),
        ({"day": "2026-12-02", "office_id": "XXX"}, 404, "office-unknown"),
        ({"day": "2026-12-02", "hub_desks": 0, "office_desks": 0}, 422, "invalid-input"),
    ],
)
def test_a_day_is_opened_once_and_for_an_office_that_can_sell(city: TestClient, change, status: int, code: str) -> None:
    refused = city.post("/api/appointments/days", json=PLAN | change)
    assert (refused.status_code, refused.json()["code"]) == (status, code)


def test_the_days_of_another_office_are_not_for_its_neighbour(
    city: TestClient, head: Callable[[str], TestClient]
) -> None:
    neighbour = head("KYV")
    query = {"office_id": "SHV", "since": "2026-12-01"}
    assert neighbour.get("/api/appointments/days", params=query).status_code == 403
    assert neighbour.get(ADDRESS).status_code == 403
    assert neighbour.post(f"{ADDRESS}/bookings", json={"seat_id": "0900-1", "name": "Ольга"}).status_code == 403
    assert neighbour.get("/api/appointments/days", params=query | {"office_id": "KYV"}).json() == []


def test_after_a_restore_of_the_hub_a_person_answers_for_a_day_opened_anew(
    city: TestClient, store: HubStore, clock: HandClock, ids: SeededIds
) -> None:
    clock.move(minutes=5)
    store.run_now(partial(begin_anew, incarnation=ids.new(), now=clock.now()))
    plan = PLAN | {"day": "2026-12-03", "office_desks": 0}
    refused = city.post("/api/appointments/days", json=plan)
    assert (refused.status_code, refused.json()["code"]) == (409, "day-may-be-open")
    assert city.post("/api/appointments/days", json=plan | {"is_surely_new": True}).status_code == 201
    assert city.post(f"{ADDRESS}/bookings", json={"seat_id": "0900-1", "name": "Ольга"}).status_code == 409
