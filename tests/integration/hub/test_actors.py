"""By whom an event says it was done: the hub takes its own directory's word on who works where, and as what."""

from functools import partial

import pytest
from msgspec.structs import replace

from central_hub.directory import commands as directory
from central_hub.storage import HubStore
from sync.vocabulary.ids import OfficeId, StaffId
from sync.vocabulary.rights import NODE_ITSELF
from sync.vocabulary.staff import Role, StaffMember
from tests.support.clock import HandClock, SeededIds
from tests.support.hub_node import HubNode

OKSANA = StaffMember(
    id=StaffId("oksana"),
    login="oksana",
    name="Оксана",
    roles=frozenset({Role.ADMINISTRATOR}),
    office_id=OfficeId("SHV"),
)
PETRO = replace(OKSANA, id=StaffId("petro"), login="petro", office_id=OfficeId("KYV"))


def codes(node: HubNode) -> list[str | None]:
    """What became of every operation of the node."""
    node.push()
    return [each.code for each in node.push().results]


class Directory:
    def __init__(self, store: HubStore, ids: SeededIds, clock: HandClock) -> None:
        self._store, self._ids, self._clock = store, ids, clock

    def put(self, member: StaffMember) -> None:
        self._store.run_now(partial(directory.put_staff, member=member, ids=self._ids, now=self._clock.now()))


@pytest.fixture
def staff(store: HubStore, ids: SeededIds, clock: HandClock) -> Directory:
    made = Directory(store, ids, clock)
    made.put(OKSANA)
    made.put(PETRO)
    return made


@pytest.fixture
def case_id(shv: HubNode, staff: Directory) -> str:
    shv.actor_id = OKSANA.id
    return shv.case().document_id


def test_who_may_do_it_does_it(shv: HubNode, case_id: str) -> None:
    shv.change(case_id, event="handed_over")
    assert codes(shv) == [None, None]


@pytest.mark.parametrize(
    ("actor_id", "kind", "code"),
    [
        (OKSANA.id, "decided_granted", "actor-not-allowed"),
        (PETRO.id, "handed_over", "actor-elsewhere"),
        ("nobody", "handed_over", "actor-unknown"),
        (NODE_ITSELF, "handed_over", "actor-not-allowed"),
        (NODE_ITSELF, "closed", None),
        (OKSANA.id, "a_kind_of_a_newer_version", None),
    ],
)
def test_who_may_not_is_set_apart(shv: HubNode, case_id: str, actor_id: str, kind: str, code: str | None) -> None:
    shv.actor_id = actor_id
    shv.change(case_id, event=kind)
    assert codes(shv) == [None, code]


@pytest.mark.parametrize(
    "changed",
    [
        replace(OKSANA, roles=frozenset({Role.ARCHIVIST})),
        replace(OKSANA, office_id=OfficeId("KYV")),
        replace(OKSANA, is_active=False),
    ],
)
def test_an_office_that_was_alone_for_weeks_has_not_heard_of_the_change(
    shv: HubNode, staff: Directory, clock: HandClock, case_id: str, changed: StaffMember
) -> None:
    """Whatever the node's clock says: the hub goes by when it wrote the change down itself."""
    staff.put(changed)
    staff.put(replace(changed, name="Оксана Коваленко"))
    clock.move(days=60)
    shv.hello()
    shv.change(case_id, event="handed_over")
    assert codes(shv) == [None, None]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        (replace(OKSANA, roles=frozenset({Role.ARCHIVIST})), "actor-not-allowed"),
        (replace(OKSANA, office_id=OfficeId("KYV")), "actor-elsewhere"),
        (replace(OKSANA, is_active=False), "actor-not-allowed"),
    ],
)
def test_after_a_season_the_change_holds(  # noqa: PLR0917 - fixtures
    shv: HubNode, staff: Directory, clock: HandClock, case_id: str, changed: StaffMember, code: str
) -> None:
    assert codes(shv) == [None]
    staff.put(replace(OKSANA, id=StaffId("nadiia"), login="nadiia"))
    staff.put(changed)
    clock.move(days=91)
    shv.hello()
    shv.change(case_id, event="handed_over")
    assert codes(shv) == [None, code]


def test_an_office_whose_staff_the_hub_does_not_keep_is_not_judged(shv: HubNode) -> None:
    shv.actor_id = "whoever"
    shv.case()
    assert codes(shv) == [None]
