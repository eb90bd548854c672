"""Long polls wake when there is something to hear; staff reach their own office's node only."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import msgspec
import pytest

from central_hub.directory import commands as directory
from central_hub.provisioning import commands as provisioning
from central_hub.provisioning import queries as provisioning_queries
from central_hub.storage import HubStore
from central_hub.storage.tables import number_leases
from sync.documents.document import view
from sync.vocabulary.ids import OfficeId, StaffId
from sync.vocabulary.staff import Role, StaffMember
from tests.support.clock import HandClock, SeededIds
from tests.support.hub_node import HubNode


def member(ids: SeededIds, office_id: str) -> StaffMember:
    return StaffMember(
        id=StaffId(ids.new()),
        login=f"of-{office_id.lower()}",
        name="Хтось",
        roles=frozenset({Role.ADMINISTRATOR}),
        office_id=OfficeId(office_id),
    )


def test_a_poll_that_waits_is_answered_by_the_commit(
    kyv: HubNode, store: HubStore, ids: SeededIds, clock: HandClock
) -> None:
    with ThreadPoolExecutor(1) as elsewhere:
        waiting = elsewhere.submit(kyv.pull, wait=20)
        put = partial(directory.put_staff, member=member(ids, "KYV"), ids=ids, now=clock.now())
        while not waiting.done():
            store.run_now(put)  # the first may come before the poll listens; the poll hears it all the same
            break
        answer = waiting.result(timeout=10)
    assert [item.kind for item in answer.items] == ["staff_member"]


def test_staff_reach_the_node_of_their_office_only(
    shv: HubNode, kyv: HubNode, store: HubStore, ids: SeededIds, clock: HandClock
) -> None:
    shv.pull()
    somebody = member(ids, "KYV")
    store.run_now(partial(directory.put_staff, member=somebody, ids=ids, now=clock.now()))
    assert shv.pull().items == ()
    (item,) = kyv.pull().items
    assert msgspec.json.decode(str(view(item.update).fields["record"]), type=StaffMember) == somebody

    moved = msgspec.structs.replace(somebody, office_id=OfficeId("SHV"))
    store.run_now(partial(directory.put_staff, member=moved, ids=ids, now=clock.now()))
    assert [item.what for item in kyv.pull().items] == ["drop"]
    told = shv.pull().items
    assert msgspec.json.decode(str(view(told[0].update).fields["record"]), type=StaffMember) == moved


def test_a_retired_node_is_answered_nothing(shv: HubNode, store: HubStore, clock: HandClock) -> None:
    store.run_now(partial(provisioning.retire_node, node_id=shv.node_id, now=clock.now()))
    refused = shv.send("GET", "/sync/pull")
    assert (refused.status_code, refused.json()["code"]) == (403, "node-retired")
    (node,) = store.read_now(provisioning_queries.enrolled_nodes)
    assert node.retired_at == clock.now()


def test_a_restored_hub_leases_no_number_twice(shv: HubNode, store: HubStore, ids: SeededIds, clock: HandClock) -> None:
    before = shv.hello(y2026=2_000)
    store.run_now(partial(provisioning.begin_anew, incarnation=ids.new(), now=clock.now()))
    after = shv.hello(y2026=0)
    assert after.hub_incarnation != before.hub_incarnation
    assert after.leases[0].first == 2_000 + provisioning.NUMBERS_SKIPPED + 1


@pytest.mark.parametrize(("minutes", "restores"), [(10, 0), (0, 1), (1, 1), (9, 1)])
def test_a_backup_restored_twice_leases_no_number_of_its_first_life(
    shv: HubNode, store: HubStore, ids: SeededIds, clock: HandClock, *, minutes: int, restores: int
) -> None:
    """Also where the node that held the range was restored to before it, and tells of it in no greeting.

    Restores that are minutes apart are told apart by the note beside the backup.
    """

    def restored(restores: int) -> tuple[int, int]:
        store.run_now(lambda tx: tx.execute(number_leases.delete().where(number_leases.c.first > 2_000)))
        begin_anew = partial(provisioning.begin_anew, incarnation=ids.new(), restores=restores)
        store.run_now(partial(begin_anew, now=clock.now()))
        shv.leases = shv.leases[:1]
        (lease,) = shv.hello(y2026=0).leases
        return lease.first, lease.last

    clock.move(hours=2)
    first_life = restored(0)
    clock.move(minutes=minutes)
    assert restored(restores)[0] > first_life[1]
