"""What a node may do to the appointments of its office: book, cancel and give away the seats that its lives own.

What became of a booking it writes whoever sold the seats: the visitor stands in its hall.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime

from central_hub.node_gateway.commands.judgement import Quarantined, Step, check_actor, is_by, scopes_of
from central_hub.storage.transaction import Reader, Transaction
from sync.documents.document import DocumentView
from sync.vocabulary.appointment import HUB, OUTCOMES, AppointmentKind, fold_day, is_of_node
from sync.vocabulary.case import CaseEvent, from_entry
from sync.vocabulary.case.facts import text_fact
from sync.vocabulary.errors import InvalidInput

NODE_KINDS = OUTCOMES | {AppointmentKind.BOOKED, AppointmentKind.CANCELLED, AppointmentKind.GIVEN}


class AppointmentRules:
    """The rules of documents of kind ``appointment_day``."""

    def judge(self, reader: Reader, step: Step) -> None:
        """A node changes only days that the hub opened, and of them only its own seats."""
        if step.is_new:
            raise Quarantined("day-not-open")
        before, after = step.before, step.after
        if before.fields != after.fields or before.attachments != after.attachments:
            raise Quarantined("field-fixed")
        if not before.events.items() <= after.events.items():
            raise Quarantined("event-changed")
        events = _events(after)
        contested = set(fold_day(events).conflicts)
        for event in events:
            if event.id in before.events:
                continue
            if event.kind not in NODE_KINDS or not is_by(step.sender, after.events[event.id]):
                raise Quarantined("event-not-yours")
            if event.id in contested or not _is_own(event, node_id=step.sender.node_id):
                raise Quarantined("seat-not-yours")
            check_actor(reader, step.sender, after.events[event.id])

    def readers(self, after: DocumentView) -> set[str]:
        """The office whose day it is."""
        return scopes_of([after.fields.get("office_id")])

    def row(self, reader: Reader, step: Step, *, now: datetime) -> dict[str, object]:  # noqa: ARG002 - as the protocol
        """Nothing beside the document; raises Quarantined for events nobody can read."""
        _events(step.after)
        return {}

    def save(self, tx: Transaction, rows: Mapping[str, dict[str, object]], *, new_ids: AbstractSet[str]) -> None:
        """Nothing: the document says it all, and a day is small."""


def _events(after: DocumentView) -> list[CaseEvent]:
    try:
        return [from_entry(event_id, entry) for event_id, entry in after.events.items()]
    except InvalidInput as error:
        raise Quarantined("event-malformed") from error


def _is_own(event: CaseEvent, *, node_id: str) -> bool:
    if event.kind in OUTCOMES:
        return True
    if not is_of_node(text_fact(event, "side") or "", node_id=node_id):
        return False
    return event.kind != AppointmentKind.GIVEN or (text_fact(event, "to") or "").startswith(f"{HUB}/")


APPOINTMENTS = AppointmentRules()
