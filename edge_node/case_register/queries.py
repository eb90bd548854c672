"""What may be asked of the register; every SQL string of the slice."""
# ruff: noqa: S608 - only constants of this module are put together; every value is a parameter

from datetime import date, datetime

import msgspec

from edge_node.case_register.model import Case, CaseCounts, RegisterRow, SearchKey, SearchKind, SharedReceipt
from sync.storage import Reader, Transaction
from sync.storage.transaction import to_sql
from sync.vocabulary.case import CaseStatus
from sync.vocabulary.ids import CaseId, OfficeId, ProviderId

FOUND_MAX = 50  # more is no answer: the person narrows the search
MATCHES_MAX = 500  # looked through for the latest: of a name that more bear, those first in the alphabet
LIST_MAX = 200

_NAMES = ", ".join(Case.__struct_fields__)
_COLUMNS = ", ".join(f"c.{name}" for name in Case.__struct_fields__)
_OF_OFFICE = "exists (select 1 from case_offices o where o.case_id = c.case_id and o.office_id = :office_id)"


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Whose cases are asked for: an office's, a body's, or (both given) the body's among the office's."""

    office_id: OfficeId | None = None
    provider_id: ProviderId | None = None


_DUE_SOON = "c.due_on is null, c.due_on, c.number"
_MATCHES = {  # what else narrows the cases down is never chosen before these
    SearchKind.NUMBER: "cases c indexed by cases_by_number where c.number = :text",
    SearchKind.NAME: "cases c indexed by cases_by_name "
    "where c.name_key >= :text and c.name_key < :text || char(1114111)",
    SearchKind.RNOKPP: "cases c indexed by cases_by_rnokpp where c.rnokpp = :text",
    SearchKind.PHONE: "cases c indexed by cases_by_phone where c.phone = :text",
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
        f"select {_NAMES} from (select * from {_MATCHES[key.kind]} and {_within(scope)} "
        "limit :matches_max) order by registered_at desc, case_id desc limit :limit",
        Case,
        text=key.text,
        matches_max=MATCHES_MAX,
        limit=min(limit, FOUND_MAX),
        **_asked(scope),
    )


def listed(reader: Reader, *, statuses: frozenset[CaseStatus], scope: Scope, limit: int = LIST_MAX) -> list[Case]:
    """Cases of the scope in one of the statuses, due soonest first."""
    in_each = (_in_status(reader, status=status, scope=scope, limit=min(limit, LIST_MAX)) for status in statuses)
    cases = sorted((case for cases in in_each for case in cases), key=_due_soon)
    return cases[:limit]


def _in_status(reader: Reader, *, status: CaseStatus, scope: Scope, limit: int) -> list[Case]:
    """One status at a time: in its index they stand in their order, and no more than the first are read."""
    return reader.rows(
        f"select {_COLUMNS} from cases c where c.status = :status and {_within(scope)} "
        f"order by {_DUE_SOON} limit :limit",
        Case,
        status=status,
        limit=limit,
        **_asked(scope),
    )


def _due_soon(case: Case) -> tuple[date, str]:
    return case.due_on or date.max, case.number or ""


def in_conflict(reader: Reader, *, scope: Scope, limit: int = LIST_MAX) -> list[Case]:
    """Cases of the scope in which a person must decide, due soonest first."""
    return reader.rows(
        f"select {_COLUMNS} from cases c indexed by cases_in_conflict "
        f"where c.is_in_conflict = 1 and {_within(scope)} order by {_DUE_SOON} limit :limit",
        Case,
        limit=min(limit, LIST_MAX),
        **_asked(scope),
    )


def count_in_conflict(reader: Reader) -> int:
    """How many cases contradict themselves until a person decides."""
    return int(reader.scalar("select count(*) from cases indexed by cases_in_conflict where is_in_conflict = 1") or 0)


def case_ids_paid_by(reader: Reader, *, event_id: str) -> list[CaseId]:
    """The cases of this node that were told of this payment."""
    found = reader.column(
        "select case_id from case_receipts where event_id = :event_id order by case_id", event_id=event_id
    )
    return [CaseId(str(case_id)) for case_id in found]


def shared_receipts(reader: Reader, *, scope: Scope) -> list[SharedReceipt]:
    """Payments that serve a case of the scope and another one too; at most ``LIST_MAX``."""
    return reader.rows(
        "select event_id, json_group_array(coalesce(c.number, '')) as numbers, "
        "json_group_array(c.case_id) as case_ids "
        "from case_receipts r indexed by case_receipts_shared join cases c on c.case_id = r.case_id "
        f"where r.is_shared = 1 group by event_id having max({_within(scope)}) = 1 order by event_id limit :limit",
        SharedReceipt,
        limit=LIST_MAX,
        **_asked(scope),
    )


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


class Registration(msgspec.Struct, frozen=True, kw_only=True):
    """When a case got its number."""

    number: str
    registered_at: datetime


def registered_between(reader: Reader, *, office_id: OfficeId, after: datetime, before: datetime) -> list[Registration]:
    """What this office took in after one moment and before another, in the order of the numbers."""
    sql = """
        select number, registered_at from cases where accepting_office_id = :office_id
        and registered_at > :after and registered_at < :before order by number
        """
    return reader.rows(sql, Registration, office_id=office_id, after=after, before=before)


def save(tx: Transaction, row: RegisterRow) -> None:
    """Put the row of a case in place of the one before it.

    Only what differs is written: a case stands in ten indices, and each would be written again.
    """
    wanted, kept = _written(row), tx.row(_KEPT_ROW, _Kept, case_id=row.case.case_id)
    if kept is None:
        tx.execute(_INSERT, **wanted)
    elif changed := {name: value for name, value in wanted.items() if value != getattr(kept, name)}:
        assignments = ", ".join(f"{name} = :{name}" for name in changed)
        tx.execute(f"update cases set {assignments} where case_id = :case_id", case_id=row.case.case_id, **changed)
    if set(row.office_ids) != office_ids(tx, case_id=row.case.case_id):
        _save_offices(tx, row)
    for event_id in row.receipt_ids:
        _save_receipt(tx, case_id=row.case.case_id, event_id=event_id)


def _save_receipt(tx: Transaction, *, case_id: CaseId, event_id: str) -> None:
    """Keep that this payment serves this case, and whether it serves another one too."""
    is_another = tx.execute(
        "insert into case_receipts (event_id, case_id) values (:event_id, :case_id) on conflict do nothing",
        event_id=event_id,
        case_id=case_id,
    )
    if is_another and len(case_ids_paid_by(tx, event_id=event_id)) > 1:
        tx.execute("update case_receipts set is_shared = 1 where event_id = :event_id", event_id=event_id)


def _save_offices(tx: Transaction, row: RegisterRow) -> None:
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
_INSERT = f"insert into cases ({', '.join(_STORED)}) values ({', '.join(f':{name}' for name in _STORED)})"
_KEPT_ROW = f"select {', '.join(_STORED)} from cases where case_id = :case_id"
_Kept = msgspec.defstruct("_Kept", [(name, object) for name in _STORED])  # as the database has it


def _written(row: RegisterRow) -> dict[str, object]:
    """The columns as the database keeps them."""
    searched = {name: getattr(row, name) for name in _SEARCHED}
    return {name: to_sql(value) for name, value in (msgspec.structs.asdict(row.case) | searched).items()}


def _within(scope: Scope) -> str:
    """The condition that a case ``c`` is of the scope; looked at for each, whatever else narrows the cases down."""
    conditions = (_OF_OFFICE if scope.office_id else "", "c.provider_id = :provider_id" if scope.provider_id else "")
    return " and ".join(filter(None, conditions)) or "1"


def _asked(scope: Scope) -> dict[str, str]:
    """The parameters of that condition."""
    return {name: value for name, value in msgspec.structs.asdict(scope).items() if value is not None}
