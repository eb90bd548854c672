"""The row of a case depends on what its document says, not on the order in which it was heard."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from edge_node.case_register.commands.recording import row_of
from sync.documents import document as documents
from sync.vocabulary.case import CaseEvent, EventKind, to_entry
from sync.vocabulary.clock import tick
from sync.vocabulary.ids import CaseId

START = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
FIELDS = {
    "number": "SHV-2026-0000001-0",
    "service_code": "03-02",
    "service_version": 1,
    "home_office_id": "SHV",
    "applicant_last_name": "Шевченко",
    "fee_kopecks": 37_200,
}


def update(place: int, kind: EventKind) -> bytes:
    """The operation that adds the event at this place of the day; the first one brings the fields too."""
    at = START + timedelta(minutes=place)
    facts = {"terminal_id": "T1", "reference": str(place), "amount_kopecks": 100} if "payment" in kind else {}
    event = CaseEvent(
        id=f"{place:026d}",
        kind=kind,
        clock=tick(None, at),
        at=at,
        node_id="n",
        office_id="SHV",
        actor_id="a",
        facts=facts,
    )
    fields = FIELDS if place == 0 else {}
    return documents.change(
        None, client_id=place + 1, fields=fields, events={event.id: to_entry(event)}, attachments={}
    )


@given(
    kinds=st.lists(st.sampled_from(list(EventKind)), min_size=1, max_size=8),
    random=st.randoms(use_true_random=False),
    is_doubled=st.booleans(),
)
def test_the_row_is_the_same_in_any_order_and_when_heard_twice(kinds, random, is_doubled):
    updates = [update(place, kind) for place, kind in enumerate([EventKind.REGISTERED, *kinds])]
    clients = range(1, len(updates) + 1)
    shuffled = updates * (2 if is_doubled else 1)
    random.shuffle(shuffled)
    straight, mixed = (documents.merge(None, each, clients=clients).snapshot for each in (updates, shuffled))
    case_id = CaseId("01CASE")
    assert row_of(case_id, documents.view(mixed)) == row_of(case_id, documents.view(straight))
