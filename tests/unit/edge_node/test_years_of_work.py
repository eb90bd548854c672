"""A node with years of cases answers as one with a day's: nothing asked again and again reads a whole table."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TypeAlias

import pytest

from edge_node.app import MIGRATIONS
from edge_node.appointments import queries as appointments
from edge_node.back_office.model import BODY_PILES, FRONT_PILES
from edge_node.case_register import commands as register
from edge_node.case_register import queries as cases
from edge_node.case_register.model import Actor, Opening, SearchKey, SearchKind
from edge_node.front_office import queries as front_office
from edge_node.printing import queries as printing
from edge_node.printing.model import PaperKind
from edge_node.queue import commands as queue
from edge_node.queue import queries as tickets
from edge_node.queue.commands import set_up_desks
from edge_node.queue.model import DeskPlan, Wish
from edge_node.replication.queries import DiskUse, live_state, sync_status, truth
from edge_node.staff import queries as staff
from edge_node.technician.queries import node_view
from sync.ambient import SystemIds
from sync.replication import blob_rows, inbox, upkeep
from sync.replication.client import LinkHealth
from sync.storage import Store, quarantine, replica
from sync.storage.store import connect
from sync.vocabulary.case import CaseStatus
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.ids import CaseId, OfficeId, ProviderId, StaffId
from sync.vocabulary.ticket import PriorityCategory, Purpose
from tests.support.clock import OPENING
from tests.support.plans import WatchedTransaction

OF_CASES = frozenset(
    {"replica_documents", "replica_operations", "cases", "case_offices", "case_receipts", "access_log", "charges"}
)
GROWING = OF_CASES | {"replica_blobs", "print_jobs", "tickets", "queue_events", "wait_promises"}
ALONE = LinkHealth(is_online=False)
DISK = DiskUse(free_bytes=0, database_bytes=0)
OFFICE, BODY = cases.Scope(office_id=OfficeId("SHV")), cases.Scope(provider_id=ProviderId("migration"))

Ask: TypeAlias = Callable[[WatchedTransaction], object]


def _searched(kind: SearchKind, scope: cases.Scope) -> Ask:
    return lambda tx: cases.found(tx, key=SearchKey(kind=kind, text="0501234567"), scope=scope)


def _pile(statuses: frozenset[CaseStatus], scope: cases.Scope) -> Ask:
    return lambda tx: cases.listed(tx, statuses=statuses, scope=scope)


ASKED: dict[str, Ask] = {
    "the line in the header": lambda tx: truth(tx, health=ALONE, now=OPENING),
    "the state of this minute": lambda tx: live_state(tx, office_id=OfficeId("SHV"), devices_down=(), now=OPENING),
    "the state of the line": lambda tx: sync_status(tx, health=ALONE, disk=DISK, now=OPENING),
    "receipts of two cases": lambda tx: cases.shared_receipts(tx, scope=OFFICE),
    "whom a receipt served": lambda tx: cases.case_ids_paid_by(tx, event_id="01A"),
    "the technician's page": lambda tx: node_view(tx, now=OPENING),
    "what the engine knows": inbox.node_state,
    "the head of the outbox": lambda tx: replica.waiting_operations(tx, limit=500),
    "whether it was made anew": lambda tx: quarantine.is_rebased(tx, operation_id="01A"),
    "the days of appointments": lambda tx: appointments.open_days(tx, since="2026-01-01"),
    "the scan to send": lambda tx: blob_rows.next_upload(tx, set_aside=()),
    "how much the scans take": blob_rows.use,
    "what may make room": blob_rows._evictable,
    "the night's forgetting": lambda tx: upkeep.drop_old_bytes(tx, now=OPENING),
    "what the waits hear": lambda tx: tickets.heard_after(tx, day=OPENING.date(), sequence=0),
    "what the waits remember": lambda tx: tickets.recent_outcomes(tx, before=OPENING.date()),
    "which days the waits lack": lambda tx: tickets.days_to_learn(tx, before=OPENING.date()),
    "how promised waits held": lambda tx: tickets.accuracy_by_day(tx, since=OPENING.date()),
    "tickets to print": lambda tx: printing.ordered(tx, kinds=(PaperKind.TICKET,)),
    "papers half sent": printing.sending,
    "papers in the print system": printing.queued,
    "papers to settle": printing.needing_attention,
    "the newest of the access log": staff.access_log,
    "who saw a case": lambda tx: staff.access_log(tx, subject="01CASE"),
    "who waits": lambda tx: front_office.desk_view(tx, staff_id=StaffId("01OLENA"), now=OPENING),
    **{f"an office's pile {key}": _pile(statuses, OFFICE) for key, statuses in FRONT_PILES.items()},
    **{f"a body's pile {key}": _pile(statuses, BODY) for key, statuses in BODY_PILES.items()},
    "what contradicts itself": lambda tx: cases.in_conflict(tx, scope=OFFICE),
    **{f"search by {kind} in an office": _searched(kind, OFFICE) for kind in SearchKind},
    **{f"search by {kind} in a body": _searched(kind, BODY) for kind in SearchKind},
}


@pytest.fixture
def node(tmp_path: Path) -> Iterator[WatchedTransaction]:
    """The tables of a node that knows no statistics of them, as a real one."""
    Store(tmp_path / "node.db", MIGRATIONS).close()
    with closing(connect(tmp_path / "node.db")) as connection:
        watched = WatchedTransaction(connection, growing=GROWING)
        replica.begin_stream(watched, node_id="01NODE", incarnation="01LIFE")
        set_up_desks(watched, plans=[DeskPlan(number=1, spheres=tuple(Sphere))], ids=SystemIds())
        watched.execute("update desks set occupant_id = '01OLENA'")
        yield watched


@pytest.mark.parametrize("what", ASKED)
def test_what_is_asked_again_and_again_reads_no_whole_table(what: str, node: WatchedTransaction) -> None:
    ASKED[what](node)
    assert node.scans == []


def test_a_case_is_registered_and_edited_without_reading_a_whole_table(node: WatchedTransaction) -> None:
    by, ids = Actor(staff_id=StaffId("01OLENA"), office_id=OfficeId("SHV")), SystemIds()
    said = {"number": "SHV-2026-0000001-1", "home_office_id": "SHV", "accepting_office_id": "SHV"}
    opening = Opening(fields={**said}, facts={**said})
    case = register.register(node, opening, case_id=CaseId(ids.new()), by=by, now=OPENING, ids=ids)
    edited = register.edit_field(
        node, case_id=case.case_id, field="applicant_phone", value="+380501234567", by=by, now=OPENING, ids=ids
    )
    assert (edited.number, node.scans) == (case.number, [])


def test_a_ticket_lives_its_whole_life_without_reading_a_whole_table(node: WatchedTransaction) -> None:
    ids, by = SystemIds(), StaffId("01OLENA")
    facts = {"by": by, "now": OPENING}
    desk = tickets.desk_of(node, staff_id=by)
    wish = Wish(sphere=Sphere.PASSPORTS, purpose=Purpose.FILE, priority=PriorityCategory.HERO)
    for number, hour in enumerate((None, OPENING, OPENING)):
        queue.issue_ticket(node, wish=wish, token=str(number), now=OPENING, ids=ids, appointment_at=hour)
    for _ in range(3):
        queue.call_next(node, desk_id=desk.id, **facts)
        queue.undo_last(node, desk_id=desk.id, **facts)
        ticket = queue.call_next(node, desk_id=desk.id, **facts)
        queue.park(node, ticket_id=ticket.id, minutes=5, only_desk_id=desk.id, **facts)
    queue.return_due(node, now=OPENING + timedelta(minutes=5))
    ticket = queue.call_next(node, desk_id=desk.id, **facts)
    queue.no_show(node, ticket_id=ticket.id, **facts)
    queue.restore(node, number=ticket.number, **facts)
    queue.raise_alarm(node, desk_id=desk.id, **facts)
    queue.leave_desk(node, desk_id=desk.id, **facts)
    queue.end_past_days(node, now=OPENING + timedelta(days=1))
    assert node.scans == []


def test_a_scan_of_a_whole_table_is_noted(node: WatchedTransaction) -> None:
    node.scalar("select count(*) from cases as each where each.fee_kopecks > 7")
    assert node.scans == ["SCAN each: select count(*) from cases as each where each.fee_kopecks > 7"]
