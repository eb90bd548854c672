"""What may be asked of the city's cases."""

from datetime import datetime

import msgspec
from msgspec.structs import replace
from sqlalchemy import Column, func, or_, select, text
from sqlalchemy.sql import ColumnElement

from central_hub.case_register.model import CaseCounts, CaseNumber, CaseRow, CaseSearch, CaseSheet, PathLine, Tracked
from central_hub.directory import queries as directory
from central_hub.storage import replica
from central_hub.storage.tables import case_totals, cases, operations, staff
from central_hub.storage.transaction import Reader
from sync.documents.document import view
from sync.vocabulary.case import disputes, fold, from_entry, undisputed

LISTED_MAX = 200
NUMBERS_MAX = 1000
_COLUMNS = tuple(cases.c[name] for name in CaseRow.__struct_fields__)


class _Member(msgspec.Struct, frozen=True):
    staff_id: str
    record: str


class _Name(msgspec.Struct, frozen=True):
    name: str


def case_of_number(reader: Reader, *, number: str) -> CaseRow | None:
    return reader.row(select(*_COLUMNS).where(cases.c.number == number), CaseRow)


def tracked(reader: Reader, *, number: str) -> Tracked | None:
    """What tracking compares for the case of this number."""
    return reader.row(select(cases.c.case_id, cases.c.tracking_hash).where(cases.c.number == number), Tracked)


def found_cases(reader: Reader, *, search: CaseSearch) -> list[CaseRow]:
    """The cases looked for, the latest first; at most ``LISTED_MAX``."""
    statement = select(*_COLUMNS).order_by(cases.c.registered_at.desc(), cases.c.number).limit(LISTED_MAX)
    if search.number is not None:
        statement = statement.where(cases.c.number == search.number)
    if search.begins_at is not None:
        statement = statement.where(cases.c.registered_at >= search.begins_at)
    if search.ends_at is not None:
        statement = statement.where(cases.c.registered_at < search.ends_at)
    if search.is_in_conflict:
        statement = statement.where(text("conflict_count > 0"))  # as the index over these few has it
    if search.office_id is not None:
        statement = statement.where(_of_office(search.office_id))
    if search.provider_id is not None:
        statement = statement.where(cases.c.provider_id == search.provider_id)
    return reader.rows(statement, CaseRow)


def case_numbers(reader: Reader, *, office_id: str, after: str) -> list[CaseNumber]:
    """The cases registered at an office, by number, beginning after ``after``; at most ``NUMBERS_MAX``."""
    statement = (
        select(cases.c.number, cases.c.paid_kopecks)
        .where((cases.c.home_office_id == office_id) & (cases.c.number > after))
        .order_by(cases.c.number)
        .limit(NUMBERS_MAX)
    )
    return reader.rows(statement, CaseNumber)


def _of_office(office_id: str) -> ColumnElement[bool]:
    columns = (cases.c.home_office_id, cases.c.accepting_office_id, cases.c.pickup_office_id)
    return or_(*(column == office_id for column in columns))


def case_sheet(reader: Reader, *, case_id: str) -> CaseSheet | None:
    """A case with its path sheet; the names of staff are the directory's, others stay ids."""
    row = reader.row(select(*_COLUMNS).where(cases.c.case_id == case_id), CaseRow)
    document = replica.document(reader, document_id=case_id)
    if row is None or document is None:
        return None
    state = fold(from_entry(event_id, entry) for event_id, entry in view(document.snapshot).events.items())
    conflicts = {event.id for dispute in disputes(state) for event in dispute.events}
    told = undisputed(state)
    told_ids = {event.id for event in told.path}
    names = _names(reader, {event.actor_id for event in state.path})
    service = directory.service(reader, service_code=row.service_code or "")
    return CaseSheet(
        case=row,
        service_name_uk=service.name_uk if service else row.service_code or "",
        service_name_en=service.name_en if service else None,
        told_status=told.status,
        is_status_disputed=state.is_status_disputed,
        path=tuple(
            PathLine(
                kind=event.kind,
                office_id=event.office_id,
                actor=names.get(event.actor_id, event.actor_id),
                at=event.at,
                is_conflict=event.id in conflicts,
                is_told=event.id in told_ids,
            )
            for event in state.path
        ),
    )


def _names(reader: Reader, staff_ids: set[str]) -> dict[str, str]:
    rows = reader.rows(select(staff.c.staff_id, staff.c.record).where(staff.c.staff_id.in_(staff_ids)), _Member)
    return {row.staff_id: msgspec.json.decode(row.record, type=_Name).name for row in rows}


def counts_by_office(reader: Reader, *, begins_at: datetime, ends_at: datetime) -> dict[str, CaseCounts]:
    """Counts of the day between the two moments, and of all time, by home office."""
    registered = _of_day(reader, cases.c.registered_at, begins_at=begins_at, ends_at=ends_at)
    issued = _of_day(reader, cases.c.issued_at, begins_at=begins_at, ends_at=ends_at)
    return {
        row.office_id: replace(
            row, registered_today=registered.get(row.office_id, 0), issued_today=issued.get(row.office_id, 0)
        )
        for row in reader.rows(select(case_totals), CaseCounts)
    }


class _Share(msgspec.Struct, frozen=True, kw_only=True):
    office_id: str
    count: int


def _of_day(reader: Reader, column: Column[datetime], *, begins_at: datetime, ends_at: datetime) -> dict[str, int]:
    """How many cases of each home office have the moment of ``column`` in the day."""
    statement = (
        select(cases.c.home_office_id.label("office_id"), func.count().label("count"))
        .where(column >= begins_at, column < ends_at)
        .group_by(cases.c.home_office_id)
    )
    return {each.office_id: each.count for each in reader.rows(statement, _Share)}


def count_quarantined(reader: Reader) -> int:
    """Operations of nodes that the hub keeps apart."""
    return reader.count(select(func.count()).where(operations.c.state == "quarantined"))
