"""An erased case leaves a tombstone and no other trace, in the hub's tables, its log and its files."""

from functools import partial
from pathlib import Path

import msgspec
from litestar.testing import TestClient

from central_hub.directory import commands as directory
from central_hub.node_gateway import commands
from central_hub.node_gateway.commands import ErasureOrder
from central_hub.provisioning.commands import retire_node
from central_hub.storage import HubStore, erasures
from central_hub.storage.engine import is_sqlite, scrub
from sync.documents.document import view
from sync.replication import messages
from sync.replication.identity import NodeKey
from sync.replication.messages import ErasureDone
from sync.vocabulary.ids import OfficeId, StaffId
from sync.vocabulary.staff import Role, StaffMember
from sync.web.passwords import hash_password
from tests.support.clock import HandClock, SeededIds
from tests.support.hub_node import HubNode

MARKER = "Кульбабенко"
PASSWORD = "correct horse"
PASSWORD_HASH = hash_password(PASSWORD)
ACT = "акт 7 від 20.11.2026"


def order(number: str) -> ErasureOrder:
    return ErasureOrder(number=number, act=ACT, ordered_by="watcher")


def unconfirmed(store: HubStore) -> set[str]:
    kept = store.read_now(partial(erasures.confirmations, limit=10))
    return {each.office_id for each in kept if each.confirmed_at is None}


def test_the_tombstone_is_all_that_is_told(
    shv: HubNode, kyv: HubNode, store: HubStore, clock: HandClock, ids: SeededIds
) -> None:
    case = shv.case(applicant_last_name=MARKER, pickup_office_id="KYV")
    shv.push()
    number = str(view(case.update).fields["number"])
    store.run_now(partial(commands.erase, order=order(number), operation_id=ids.new(), now=clock.now()))
    told = [item for item in kyv.pull(cursor=0).items if item.document_id == case.document_id]
    assert [item.what for item in told] == ["erase"]
    assert told[0].generation == 1
    left = view(told[0].update)
    assert left.fields["number"] == number
    assert left.fields["erasure_act"] == ACT
    assert MARKER not in str(left)


def test_an_office_that_does_not_read_the_case_must_purge_it_too_and_is_told_nothing_of_it(
    shv: HubNode, kyv: HubNode, store: HubStore, clock: HandClock, ids: SeededIds
) -> None:
    """It may have held it before a restore of the hub, or before the horizon: who ever did no hub knows for certain."""
    case = shv.case(applicant_last_name=MARKER)
    shv.push()
    number = str(view(case.update).fields["number"])
    store.run_now(partial(commands.erase, order=order(number), operation_id=ids.new(), now=clock.now()))
    (told,) = (item for item in kyv.pull(cursor=0).items if item.document_id == case.document_id)
    assert (told.what, told.generation, told.update) == ("erase", 1, b"")
    (again,) = (item for item in kyv.refetch().items if item.document_id == case.document_id)
    assert (again.what, again.generation, again.update) == ("erase", 1, b"")
    assert unconfirmed(store) == {"SHV", "KYV"}


def test_who_fetches_the_scope_whole_is_told_what_to_purge(
    shv: HubNode, store: HubStore, clock: HandClock, ids: SeededIds
) -> None:
    case = shv.case(applicant_last_name=MARKER)
    shv.push()
    number = str(view(case.update).fields["number"])
    store.run_now(partial(commands.erase, order=order(number), operation_id=ids.new(), now=clock.now()))
    (told,) = (item for item in shv.refetch().items if item.document_id == case.document_id)
    assert (told.what, told.generation, view(told.update).fields["number"]) == ("erase", 1, number)


def test_a_retired_node_is_waited_for_only_when_it_comes_back(
    shv: HubNode, kyv: HubNode, store: HubStore, clock: HandClock, ids: SeededIds
) -> None:
    case = shv.case(applicant_last_name=MARKER, pickup_office_id="KYV")
    shv.push()
    store.run_now(partial(retire_node, node_id=kyv.node_id, now=clock.now()))
    number = str(view(case.update).fields["number"])
    store.run_now(partial(commands.erase, order=order(number), operation_id=ids.new(), now=clock.now()))
    assert unconfirmed(store) == {"SHV"}
    kyv.key, kyv.incarnation = NodeKey.generate(), ids.new()
    kyv.join()
    assert unconfirmed(store) == {"SHV", "KYV"}
    assert [item.what for item in kyv.pull(cursor=0).items if item.document_id == case.document_id] == ["erase"]


def test_every_office_that_knew_must_confirm(
    shv: HubNode, kyv: HubNode, store: HubStore, clock: HandClock, ids: SeededIds
) -> None:
    case = shv.case(applicant_last_name=MARKER, pickup_office_id="KYV")
    shv.push()
    number = str(view(case.update).fields["number"])
    store.run_now(partial(commands.erase, order=order(number), operation_id=ids.new(), now=clock.now()))
    kyv.send("POST", "/sync/erasures", messages.encode(ErasureDone(generations={case.document_id: 1})))
    kept = store.read_now(partial(erasures.confirmations, limit=10))
    assert {each.office_id: each.confirmed_at is not None for each in kept} == {"SHV": False, "KYV": True}


def test_no_page_of_the_database_and_its_log_holds_the_name(
    shv: HubNode, store: HubStore, clock: HandClock, ids: SeededIds
) -> None:
    for _ in range(30):
        shv.case(applicant_last_name="Інша")
    case = shv.case(applicant_last_name=MARKER)
    shv.push()
    if not is_sqlite(store.database_url):
        return
    folder = Path(store.database_url.removeprefix("sqlite:///")).parent
    assert MARKER.encode() in b"".join(path.read_bytes() for path in folder.glob("hub.db*"))
    number = str(view(case.update).fields["number"])
    store.run_now(partial(commands.erase, order=order(number), operation_id=ids.new(), now=clock.now()))
    scrub(store.database_url)
    for path in folder.rglob("*"):
        assert path.is_dir() or MARKER.encode() not in path.read_bytes(), path.name


def test_the_city_sees_who_has_not_confirmed(
    client: TestClient, shv: HubNode, store: HubStore, clock: HandClock, ids: SeededIds
) -> None:
    case, outlived = shv.case(applicant_last_name=MARKER), shv.case()
    shv.push()
    number = str(view(case.update).fields["number"])
    by_term = msgspec.structs.replace(order(str(view(outlived.update).fields["number"])), act=erasures.BY_TERM)
    for ordered in (order(number), by_term):
        store.run_now(partial(commands.erase, order=ordered, operation_id=ids.new(), now=clock.now()))
    for office_id, login, status in (("CEN", "city-head", 200), ("SHV", "office-head", 403)):
        member = StaffMember(
            id=StaffId(ids.new()),
            login=login,
            name="Хтось",
            roles=frozenset({Role.OFFICE_HEAD}),
            office_id=OfficeId(office_id),
            password_hash=PASSWORD_HASH,
        )
        store.run_now(partial(directory.put_staff, member=member, ids=ids, now=clock.now()))
        assert client.post("/api/session", json={"login": login, "password": PASSWORD}).status_code == 200
        page = client.get("/city/erasures", headers={"Accept": "text/html"})
        assert page.status_code == status
        assert (number in page.text and "ще не підтверджено" in page.text) == (status == 200)
        assert ("Строк зберігання закінчився" in page.text) == (status == 200)
