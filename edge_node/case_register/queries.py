"""What may be asked of the register; every SQL string of the slice."""
# ruff: noqa: S608 - only constants of this module are put together; every value is a parameter

from datetime import date, datetime
from enum import StrEnum

import msgspec

from edge_node.case_register.model import Case, CaseCounts, RegisterRow, SearchKey, SearchKind
from sync.storage import Reader, Transaction
from sync.vocabulary.case import CaseStatus
from sync.vocabulary.ids import CaseId, OfficeId, ProviderId

FOUND_MAX = 50  # more is no answer: the person narrows the search
LIST_MAX = 200

_COLUMNS = ", ".join(f"c.{name}" for name in Case.__struct_fields__)
_OF_OFFICE = "join case_offices o on o.case_id = c.case_id and o.office_id = :office_id"


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Whose cases are asked for: an office's, a body's, or (both given) the body's among the office's."""

    office_id: OfficeId | None = None
    provider_id: ProviderId | None = None


class Order(StrEnum):
    DUE_SOON = "due_soon"
    LATEST = "latest"


_ORDERS = {
    Order.DUE_SOON: "c.due_on is null, c.due_on, c.number",
    Order.LATEST: "c.registered_at desc, c.case_id desc",
}
_MATCHES = {
    SearchKind.NUMBER: "c.number = :text",
    SearchKind.NAME: "c.name_key >= :text and c.name_key < :text || char(1114111)",
    SearchKind.RNOKPP: "c.rnokpp = :text",
    SearchKind.PHONE: "c.phone = :text",
}


def case(reader: Reader, *, case_id: str) -> Case | None:
    """The case, whoever asks; ``None`` when this node has none."""
    return reader.row(f"select {_COLUMNS} from cases c where c.case_id = :case_id", Case, case_id=case_id)


def case_id_of(reader: Reader, *, number: str) -> CaseId | None:
    """The id behind an official number in canonical form."""
    found = reader.scalar("select case_id from cases where number = :number order by case_id", number=number)
    return None if found is None else CaseId(str(found))


def office_ids(reader: Reader, *, case_id: str) -> frozenset[OfficeId]:
    """The offices that have to do with the case."""
    found = reader.column("select office_id from case_offices where case_id = :case_id", case_id=case_id)
    return frozenset(OfficeId(str(office_id)) for office_id in found)


def found(reader: Reader, *, key: SearchKey, scope: Scope, limit: int = FOUND_MAX) -> list[Case]:
    """Cases of the scope that match, latest first."""
    return reader.rows(
        f"select {_COLUMNS} from cases c {_join(scope)} where {_MATCHES[key.kind]} and {_WITHIN} "
        f"order by {_ORDERS[Order.LATEST]} limit :limit",
        Case,
        text=key.text,
        office_id=scope.office_id,
        provider_id=scope.provider_id,
        limit=min(limit, FOUND_MAX),
    )


def listed(
    reader: Reader,
    *,
    statuses: frozenset[CaseStatus],
    scope: Scope,
    order: Order = Order.DUE_SOON,
    limit: int = LIST_MAX,
) -> list[Case]:
    """Cases of the scope in one of the statuses."""
    return reader.rows(
        f"select {_COLUMNS} from cases c {_join(scope)} "
        f"where c.status in (select value from json_each(:statuses)) and {_WITHIN} "
        f"order by {_ORDERS[order]} limit :limit",
        Case,
        statuses=sorted(statuses),
        office_id=scope.office_id,
        provider_id=scope.provider_id,
        limit=min(limit, LIST_MAX),
    )


def in_conflict(reader: Reader, *, scope: Scope, limit: int = LIST_MAX) -> list[Case]:
    """Cases of the scope in which a person must decide, due soonest first."""
    office = "" if scope.office_id is None else f"cross {_OF_OFFICE}"  # from the few in conflict to their offices
    return reader.rows(
        f"select {_COLUMNS} from cases c indexed by cases_in_conflict {office} "
        f"where c.is_in_conflict = 1 and {_WITHIN} order by {_ORDERS[Order.DUE_SOON]} limit :limit",
        Case,
        office_id=scope.office_id,
        provider_id=scope.provider_id,
        limit=min(limit, LIST_MAX),
    )


def count_in(reader: Reader, *, statuses: frozenset[CaseStatus], scope: Scope) -> int:
    """How many cases of the scope are in one of the statuses."""
    counted = reader.scalar(
        f"select count(*) from cases c {_join(scope)} "
        f"where c.status in (select value from json_each(:statuses)) and {_WITHIN}",
        statuses=sorted(statuses),
        office_id=scope.office_id,
        provider_id=scope.provider_id,
    )
    return int(counted or 0)


def count_in_conflict(reader: Reader) -> int:
    """How many cases contradict themselves until a person decides."""
    return int(reader.scalar("select count(*) from cases indexed by cases_in_conflict where is_in_conflict = 1") or 0)


def count_since(reader: Reader, *, office_id: OfficeId, since: datetime) -> CaseCounts:
    """Cases this office took in, and results it handed over, since then."""
    found = reader.row(
        "select (select count(*) from cases where accepting_office_id = :office_id and registered_at >= :since) "
        "as registered, "
        "(select count(*) from cases where issued_office_id = :office_id and issued_at >= :since) as issued",
        CaseCounts,
        office_id=office_id,
        since=since,
    )
    return found or CaseCounts(registered=0, issued=0)


def count_overdue(reader: Reader, *, statuses: frozenset[CaseStatus], scope: Scope, today: date) -> int:
    """How many of them should have been decided by now."""
    counted = reader.scalar(
        f"select count(*) from cases c {_join(scope)} "
        f"where c.status in (select value from json_each(:statuses)) and c.due_on < :today and {_WITHIN}",
        statuses=sorted(statuses),
        office_id=scope.office_id,
        provider_id=scope.provider_id,
        today=today,
    )
    return int(counted or 0)


def save(tx: Transaction, row: RegisterRow) -> None:
    """Put the row of a case in place of the one before it."""
    tx.execute(
        _SAVE,
        name_key=row.name_key,
        rnokpp=row.rnokpp,
        phone=row.phone,
        issued_at=row.issued_at,
        issued_office_id=row.issued_office_id,
        **msgspec.structs.asdict(row.case),
    )
    tx.execute("delete from case_offices where case_id = :case_id", case_id=row.case.case_id)
    tx.execute_many(
        "insert into case_offices (office_id, case_id) values (:office_id, :case_id)",
        [{"office_id": office_id, "case_id": row.case.case_id} for office_id in row.office_ids],
    )


def remove(tx: Transaction, *, case_id: str) -> None:
    """Forget a case that left this node's scope."""
    tx.execute("delete from cases where case_id = :case_id", case_id=case_id)


_SEARCHED = ("name_key", "rnokpp", "phone", "issued_at", "issued_office_id")
_STORED = (*Case.__struct_fields__, *_SEARCHED)
_SAVE = (
    f"insert into cases ({', '.join(_STORED)}) values ({', '.join(f':{name}' for name in _STORED)}) "
    f"on conflict (case_id) do update set {', '.join(f'{name} = excluded.{name}' for name in _STORED[1:])}"
)
_WITHIN = "(:provider_id is null or c.provider_id = :provider_id)"


def _join(scope: Scope) -> str:
    return "" if scope.office_id is None else _OF_OFFICE
