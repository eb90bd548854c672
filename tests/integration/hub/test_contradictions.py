"""What offices wrote apart and contradict each other in: seen by the city, and not told to the applicant as fact."""

from functools import partial

import pytest
from litestar.testing import TestClient

from central_hub.directory import commands as directory
from central_hub.storage import HubStore
from sync.documents.document import view
from sync.vocabulary.ids import OfficeId, StaffId
from sync.vocabulary.staff import Role, StaffMember
from sync.web.passwords import hash_password
from tests.support.clock import HandClock, SeededIds
from tests.support.hub_node import SECOND_FACTOR, HubNode

PASSWORD = "correct horse"
TO_PROGRESS = ("handed_over", "accepted_by_provider", "started")


@pytest.fixture
def contested(shv: HubNode, kyv: HubNode, clock: HandClock) -> tuple[str, str]:
    """A case granted at one office and refused at another, which checked it out: its id and number."""
    case_id = shv.case(pickup_office_id="KYV").document_id
    for kind in TO_PROGRESS:
        clock.move(minutes=1)
        shv.change(case_id, event=kind)
    shv.push()
    number = str(view(shv.snapshots[case_id]).fields["number"])
    kyv.checked_out(number)
    clock.move(minutes=1)
    shv.change(case_id, event="decided_granted", act_number="17/4")
    shv.push(len(shv.chain))
    clock.move(minutes=1)
    kyv.change(case_id, event="decided_refused", act_number="9")
    kyv.push()
    return case_id, number


@pytest.fixture
def of_the_city(client: TestClient, store: HubStore, clock: HandClock, ids: SeededIds) -> TestClient:
    """The head of the city's own office, signed in."""
    member = StaffMember(
        id=StaffId(ids.new()),
        login="head",
        name="Хтось",
        roles=frozenset({Role.OFFICE_HEAD}),
        office_id=OfficeId("CEN"),
        password_hash=hash_password(PASSWORD),
    )
    store.run_now(partial(directory.put_staff, member=member, ids=ids, now=clock.now()))
    assert client.post("/api/session", json={"login": "head", "password": PASSWORD}).status_code == 200
    return client


def test_the_applicant_is_told_no_contested_result(client: TestClient, contested: tuple[str, str]) -> None:
    _, number = contested
    tracked = client.post("/api/trackings", json={"number": number, "second_factor": SECOND_FACTOR}).json()
    assert (tracked["status"], tracked["is_disputed"]) == ("in_progress", True)
    assert {"decided_granted", "decided_refused"}.isdisjoint(step["kind"] for step in tracked["steps"])
    form = {"number": number, "second_factor": SECOND_FACTOR}
    page = client.post("/track", data=form, headers={"Accept": "text/html"}).text
    assert "Центр перевіряє записи у Вашій справі" in page


def test_the_applicant_is_told_the_result_once_a_person_has_decided(
    client: TestClient, contested: tuple[str, str], shv: HubNode, kyv: HubNode, clock: HandClock
) -> None:
    case_id, number = contested
    losing = kyv.chain[-1]
    (event_id,) = view(losing.update).events
    clock.move(minutes=1)
    shv.change(case_id, event="resolved", conflict_event_ids=event_id, status="decision_granted")
    shv.push(len(shv.chain))
    tracked = client.post("/api/trackings", json={"number": number, "second_factor": SECOND_FACTOR}).json()
    assert (tracked["status"], tracked["is_disputed"]) == ("decision_granted", False)


def test_the_city_lists_the_cases_that_need_a_decision(
    of_the_city: TestClient, contested: tuple[str, str], shv: HubNode
) -> None:
    case_id, number = contested
    peaceful = str(view(shv.case().update).fields["number"])
    shv.push(len(shv.chain))
    page = of_the_city.get("/city/cases", params={"in_conflict": "true"}).text
    assert number in page
    assert peaceful not in page
    assert of_the_city.get(f"/city/cases/{case_id}").text.count("суперечить") == 2
    counts = {each["office_id"]: each["in_conflict"] for each in of_the_city.get("/api/city/case-counts").json()}
    assert counts == {"SHV": 1}
