"""The rules of the offices, as the hub has heard them, and how far it has followed them."""

from datetime import date

import msgspec
from sqlalchemy import select

from central_hub.storage import replica
from central_hub.storage.appointment_tables import appointment_openings
from central_hub.storage.replica import StoredDocument
from central_hub.storage.tables import documents
from central_hub.storage.transaction import Reader, Transaction
from sync.documents.document import view
from sync.vocabulary.appointment_rules import KIND, NO_RULES, AppointmentRules, document_id_of, fold_rules
from sync.vocabulary.case import from_entry, order
from sync.vocabulary.ids import OfficeId


class RulesHeard(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of an office, and the last event of them."""

    office_id: OfficeId
    rules: AppointmentRules
    event_id: str


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """How far rules were followed: up to ``last_day``, for the side that spoke for the office then."""

    rules_event: str
    office_side: str
    last_day: date


def rules_of(reader: Reader, *, office_id: OfficeId) -> AppointmentRules:
    """The rules in force at the office, as far as the hub has heard."""
    stored = replica.document(reader, document_id=document_id_of(office_id))
    return NO_RULES if stored is None else _heard(stored).rules


def all_rules(reader: Reader) -> list[RulesHeard]:
    """The rules of every office that has any."""
    statement = select(documents).where(
        documents.c.document_id >= "appointment-rules.",
        documents.c.document_id < "appointment-rules/",
        documents.c.kind == KIND,
    )
    return [_heard(stored) for stored in reader.rows(statement, StoredDocument)]


def opening(reader: Reader, *, office_id: str) -> Opening | None:
    """How far this office's rules were followed."""
    columns = (appointment_openings.c[name] for name in Opening.__struct_fields__)
    return reader.row(select(*columns).where(appointment_openings.c.office_id == office_id), Opening)


def save_opening(tx: Transaction, followed: Opening, *, office_id: str) -> None:
    """Remember it."""
    replica.upsert(tx, appointment_openings, key={"office_id": office_id}, values=msgspec.structs.asdict(followed))


def _heard(stored: StoredDocument) -> RulesHeard:
    said = view(stored.snapshot)
    events = [from_entry(event_id, entry) for event_id, entry in said.events.items()]
    last = max(events, key=order, default=None)
    return RulesHeard(
        office_id=OfficeId(str(said.fields.get("office_id"))),
        rules=fold_rules(events),
        event_id=last.id if last else "",
    )
