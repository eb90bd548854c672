"""What a node may do to a case: the rules that send an operation to quarantine, each with its code."""

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime

from central_hub.node_gateway import queries
from central_hub.node_gateway.commands.case_row import case_row
from central_hub.node_gateway.commands.judgement import Quarantined, Step, check_actor, is_by, scopes_of
from central_hub.storage.transaction import Reader, Transaction
from sync.documents.document import DocumentView, Entry, Scalar
from sync.vocabulary.case import EventKind, fold, from_entry, standing_fields
from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.identifiers.official_number import parse_official_number

# what stands since the registration
FIXED_FIELDS = (
    "number",
    "home_office_id",
    "accepting_office_id",
    "service_code",
    "service_version",
    "tracking_hash",
)
CARRYING_KINDS = frozenset({EventKind.EDITED, EventKind.RESOLVED})
# only where the case lives it is laid to rest
HOME_KINDS = frozenset({EventKind.ARCHIVED, EventKind.DESTROYED, EventKind.TRANSFERRED})
READING_OFFICES = ("home_office_id", "accepting_office_id", "pickup_office_id")
_WRITTEN = re.compile(r"[A-Z]{3}-[0-9]{4}-[0-9]{7}-[0-9]")


class CaseRules:
    """The rules of documents of kind ``case``."""

    def judge(self, reader: Reader, step: Step) -> None:
        """A new case bears a number of its own; an old one changes by events of the office that sends them."""
        if step.is_new:
            check_registration(step)
        else:
            check_kept(step.before, step.after)
            check_announced(step.before, step.after)
        check_new_events(reader, step)

    def readers(self, after: DocumentView) -> set[str]:
        """Where the case lives, was filed, and will be handed over, as its fields stand by the fold of its events."""
        fields = after.fields
        if any(entry.get("field") in READING_OFFICES for entry in after.events.values()):
            state = fold(from_entry(event_id, entry) for event_id, entry in after.events.items())
            fields = standing_fields(fields, state)
        named = [fields[name] for name in READING_OFFICES if fields.get(name)]
        return scopes_of(named)

    def row(self, reader: Reader, step: Step, *, now: datetime) -> dict[str, object]:  # noqa: ARG002 - as the protocol
        """The case in the register; raises Quarantined for a number another case bears, or events nobody can fold."""
        number = step.after.fields.get("number")
        if step.is_new or number != step.before.fields.get("number"):
            if not isinstance(number, str):
                raise Quarantined("number-missing")
            if step.is_taken(number):
                raise Quarantined("number-taken")
        return case_row(step.after, now=now)

    def save(self, tx: Transaction, rows: Mapping[str, dict[str, object]], *, new_ids: AbstractSet[str]) -> None:
        queries.save_cases(tx, dict(rows), new_ids=new_ids)


def check_registration(step: Step) -> None:
    """A new case is of the office that sends it, and bears a number leased to its node and borne by no other."""
    number, sender = step.after.fields.get("number"), step.sender
    if step.after.fields.get("home_office_id") != sender.office_id:
        raise Quarantined("out-of-scope")
    if not isinstance(number, str):
        raise Quarantined("number-missing")
    try:
        official = parse_official_number(number)
    except InvalidInput as error:
        raise Quarantined("number-malformed") from error
    if _WRITTEN.fullmatch(number) is None or official.office_id != sender.office_id:
        raise Quarantined("number-malformed")
    if not any(
        lease.year == official.year and lease.first <= official.counter <= lease.last for lease in sender.leases
    ):
        raise Quarantined("number-not-leased")
    if step.is_taken(number):
        raise Quarantined("number-taken")


def check_kept(before: DocumentView, after: DocumentView) -> None:
    """What is fixed stays: the facts of the registration, every event and every attachment ever recorded."""
    if any(before.fields.get(name) != after.fields.get(name) for name in FIXED_FIELDS):
        raise Quarantined("field-fixed")
    if not before.events.items() <= after.events.items():
        raise Quarantined("event-changed")
    if not before.attachments.items() <= after.attachments.items():
        raise Quarantined("attachment-changed")


def check_announced(before: DocumentView, after: DocumentView) -> None:
    """Each changed field is carried by an event that says what stands there now: no edit without its history."""
    if before.fields == after.fields:
        return
    names = before.fields.keys() | after.fields.keys()
    changed = {name for name in names if before.fields.get(name) != after.fields.get(name)}
    carried = [entry for event_id, entry in after.events.items() if event_id not in before.events]
    for name in changed:
        if not any(_carries(entry, name, after.fields.get(name)) for entry in carried):
            raise Quarantined("field-unannounced")


def check_new_events(reader: Reader, step: Step) -> None:
    """What is added was done at the office that sends it, is a kind it may do, by somebody who may do it there."""
    for event_id, entry in step.after.events.items():
        if event_id in step.before.events:
            continue
        if not is_by(step.sender, entry):
            raise Quarantined("event-not-yours")
        if entry.get("kind") in HOME_KINDS and step.after.fields.get("home_office_id") != step.sender.office_id:
            raise Quarantined("event-not-yours")
        check_actor(reader, step.sender, entry)


def _carries(entry: Entry, name: str, value: Scalar) -> bool:
    return entry.get("kind") in CARRYING_KINDS and entry.get("field") == name and entry.get("value") == value


CASES = CaseRules()
