"""The row of a case depends on what its document says, not on the order in which it was heard, nor on who heard it."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from central_hub.node_gateway.commands.case_row import case_row
from edge_node.case_register.commands.recording import row_of
from sync.documents import document as documents
from sync.documents.document import DocumentView
from sync.vocabulary.case import CaseEvent, EventKind, to_entry
from sync.vocabulary.clock import tick
from sync.vocabulary.ids import CaseId

START = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
FIELDS = {
    "number": "SHV-2026-0000001-0",
    "service_code": "03-02",
    "provider_id": "migration",
    "service_version": 1,
    "home_office_id": "SHV",
    "accepting_office_id": "SHV",
    "pickup_office_id": "SHV",
    "applicant_last_name": "Шевченко",
    "fee_kopecks": 37_200,
}
EDITS = {
    "pickup_office_id": ["SHV", "KYV", "RCP"],
    "applicant_last_name": ["Ґалаґан", "Шевченко"],
    "fee_kopecks": [0, 4542],
}
CLIENTS = 40


@st.composite
def operations(draw: st.DrawFn) -> list[tuple[int, bytes]]:
    """What offices wrote apart: each of its own client id, whose order is not that of the clocks."""
    clients = draw(st.permutations(range(1, CLIENTS)))
    written = [(clients[0], _update(clients[0], _event(0, EventKind.REGISTERED, 0), FIELDS))]
    for place in range(1, draw(st.integers(2, 9))):
        minute, client = draw(st.integers(0, 6)), clients[place]
        if draw(st.booleans()):
            field = draw(st.sampled_from(sorted(EDITS)))
            value = draw(st.sampled_from(EDITS[field]))
            facts = {"field": field, "base": draw(st.sampled_from([FIELDS[field], *EDITS[field]])), "value": value}
            written.append((client, _update(client, _event(place, EventKind.EDITED, minute, facts), {field: value})))
        else:
            kind = draw(st.sampled_from(list(EventKind)))
            facts = {"terminal_id": "T1", "reference": str(place % 3), "amount_kopecks": 100 + place}
            written.append((client, _update(client, _event(place, kind, minute, facts), {})))
    return written


def _event(place: int, kind: EventKind, minute: int, facts=None) -> CaseEvent:
    at = START + timedelta(minutes=minute)
    return CaseEvent(
        id=f"{place:026d}",
        kind=kind,
        clock=tick(None, at),
        at=at,
        node_id=f"n{place % 3}",
        office_id="SHV",
        actor_id="a",
        facts=facts or {},
    )


def _update(client_id: int, event: CaseEvent, fields) -> bytes:
    return documents.change(
        None, client_id=client_id, fields=fields, events={event.id: to_entry(event)}, attachments={}
    )


def _merged(written: list[tuple[int, bytes]]) -> DocumentView:
    snapshot = None
    for client_id, update in written:
        snapshot = documents.merge(snapshot, [update], clients=[client_id]).snapshot
    assert snapshot is not None
    return documents.view(snapshot)


@given(written=operations(), random=st.randoms(use_true_random=False), is_doubled=st.booleans())
def test_node_and_hub_make_the_same_row_in_any_order_and_when_heard_twice(written, random, is_doubled):
    shuffled = written * (2 if is_doubled else 1)
    random.shuffle(shuffled)
    node, mixed = (row_of(CaseId("01CASE"), _merged(each)) for each in (written, shuffled))
    hub, hub_mixed = (case_row(_merged(each), now=START) for each in (written, shuffled))
    assert (node, hub) == (mixed, hub_mixed)
    same = ("number", "status", "service_code", "provider_id", "home_office_id", "accepting_office_id", "due_on")
    same += ("pickup_office_id", "fee_kopecks", "paid_kopecks", "registered_at")
    assert {name: getattr(node.case, name) for name in same} == {name: hub[name] for name in same}
    assert node.case.applicant_name == hub["applicant"]
    assert (node.issued_at, node.case.is_in_conflict) == (hub["issued_at"], bool(hub["conflict_count"]))
