"""The hub's replica: documents, operations, who may read them, and the feed that tells them, in the order of commits.

Every command that feeds begins with ``reserve``: the row it locks puts the numbers of the feed in commit order, so no
reader's cursor can step over a number that is still to be committed.
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from functools import cache

import msgspec
from sqlalchemy import Insert, Table, Update, and_, bindparam, delete, insert, select, update

from central_hub.storage.tables import alarms, documents, feed, grants, hub_state, operations
from central_hub.storage.transaction import Reader, Transaction
from sync.documents.document import DocumentView, Entry, Scalar, change, fresh_client_id, merge, view

CITY = "city"  # every office reads it
OWN_RESERVE = 2
_RESERVE = update(hub_state).values(seq=hub_state.c.seq + bindparam("count")).returning(hub_state.c.seq)


class FeedGrew(msgspec.Struct, frozen=True, kw_only=True):
    """These scopes have something new to pull."""

    scopes: frozenset[str]


class HubState(msgspec.Struct, frozen=True, kw_only=True):
    incarnation: str
    seq: int
    horizon: int = 0
    backed_up_at: datetime | None = None


class StoredDocument(msgspec.Struct, frozen=True, kw_only=True):
    document_id: str
    kind: str
    snapshot: bytes
    waiting: tuple[int, ...] = ()  # client ids whose changes miss something still on its way
    generation: int = 0
    digest: bytes | None = None


class FeedRow(msgspec.Struct, frozen=True, kw_only=True):
    scope: str
    seq: int
    what: str
    document_id: str
    operation_id: str | None = None
    origin: str | None = None
    code: str | None = None  # why the operation was quarantined


class OwnChange(msgspec.Struct, frozen=True, kw_only=True):
    """A change the hub itself makes: the reference documents, of which it is the authority, and seats of its own."""

    document_id: str
    kind: str
    fields: dict[str, Scalar] = {}
    events: dict[str, Entry] = {}
    scope: str


def office_scope(office_id: str) -> str:
    return f"office/{office_id}"


def node_scope(node_id: str) -> str:
    """What the hub has to say to one node alone: what became of its own operations."""
    return f"node/{node_id}"


def begin(tx: Transaction, *, incarnation: str) -> None:
    """Start the hub's life: once, when it is initialised."""
    tx.execute(insert(hub_state).values(only=1, incarnation=incarnation, seq=0))


def state(reader: Reader) -> HubState | None:
    """Which life of the hub this is; ``None`` before ``begin``."""
    columns = (hub_state.c.incarnation, hub_state.c.seq, hub_state.c.horizon, hub_state.c.backed_up_at)
    return reader.row(select(*columns), HubState)


def current(reader: Reader) -> HubState:
    """The same where the hub was initialised, as it is before anybody speaks to it."""
    found = state(reader)
    if found is None:
        raise LookupError("this hub was not initialised")
    return found


def incarnation(reader: Reader) -> str:
    return current(reader).incarnation


def mark_backed_up(tx: Transaction, *, at: datetime) -> None:
    """What was taken before ``at`` also survives the loss of this disk; a later backup than that counts on."""
    is_later = hub_state.c.backed_up_at.is_(None) | (hub_state.c.backed_up_at < at)
    tx.execute(update(hub_state).where(is_later).values(backed_up_at=at))


def reserve(tx: Transaction, *, count: int) -> int:
    """The first of ``count`` numbers of the feed; until its end no other command gets any."""
    last = tx.scalar(_RESERVE, count=count)
    if not isinstance(last, int):
        raise LookupError("this hub was not initialised")  # noqa: TRY004 - the row is missing, not its type wrong
    return last - count + 1


def change_incarnation(tx: Transaction, *, incarnation: str) -> None:
    """Another life of the hub: what nodes heard of the one before no longer counts."""
    tx.execute(update(hub_state).values(incarnation=incarnation))


def lock(tx: Transaction) -> None:
    """Until its end no other command that locks or feeds goes on."""
    reserve(tx, count=0)


def upsert(tx: Transaction, table: Table, *, key: Mapping[str, object], values: Mapping[str, object]) -> None:
    """Set the row of ``key``; the same on both databases."""
    condition = and_(*(table.c[name] == value for name, value in key.items()))
    if tx.execute(update(table).where(condition).values(**values)) == 0:
        tx.execute(insert(table).values(**key, **values))


def document(reader: Reader, *, document_id: str) -> StoredDocument | None:
    return reader.row(select(documents).where(documents.c.document_id == document_id), StoredDocument)


def documents_of(reader: Reader, *, document_ids: Iterable[str]) -> list[StoredDocument]:
    """Those of the documents that the hub holds."""
    return reader.rows(select(documents).where(documents.c.document_id.in_(list(document_ids))), StoredDocument)


def save_documents(tx: Transaction, stored: Iterable[StoredDocument], *, new_ids: AbstractSet[str]) -> None:
    """Write many documents, those of ``new_ids`` for the first time, each kind of writing in one statement."""
    rows = [msgspec.structs.asdict(each) | {"waiting": list(each.waiting)} for each in stored]
    save_rows(tx, documents, "document_id", rows, new_ids=new_ids)


def save_rows(
    tx: Transaction, table: Table, key: str, rows: Iterable[Mapping[str, object]], *, new_ids: AbstractSet[str]
) -> None:
    """Insert the rows whose ``key`` is in ``new_ids`` and set the others, in one statement each."""
    fresh, known = [], []
    for row in rows:
        if row[key] in new_ids:
            fresh.append(row)
        else:
            known.append({name: value for name, value in row.items() if name != key} | {"row_key": row[key]})
    tx.execute_many(_insert_into(table), fresh)
    tx.execute_many(_update_of(table, key), known)


@cache
def _insert_into(table: Table) -> Insert:
    return insert(table)


@cache
def _update_of(table: Table, key: str) -> Update:
    return update(table).where(table.c[key] == bindparam("row_key"))


def save_document(tx: Transaction, stored: StoredDocument) -> None:
    values = msgspec.structs.asdict(stored) | {"waiting": list(stored.waiting)}
    upsert(tx, documents, key={"document_id": values.pop("document_id")}, values=values)


def scopes_of(reader: Reader, *, document_id: str) -> set[str]:
    """Who may read and change the document."""
    return {str(scope) for scope in reader.column(select(grants.c.scope).where(grants.c.document_id == document_id))}


def scopes_by_document(reader: Reader, *, document_ids: Iterable[str]) -> dict[str, set[str]]:
    """The same for many documents."""

    class Grant(msgspec.Struct):
        document_id: str
        scope: str

    found: dict[str, set[str]] = {}
    statement = select(grants.c.document_id, grants.c.scope).where(grants.c.document_id.in_(list(document_ids)))
    for grant in reader.rows(statement, Grant):
        found.setdefault(grant.document_id, set()).add(grant.scope)
    return found


def add_grant(tx: Transaction, *, document_id: str, scope: str, reason: str, now: datetime) -> None:
    tx.execute(insert(grants).values(document_id=document_id, scope=scope, reason=reason, granted_at=now))


def revoke_grants(tx: Transaction, *, document_id: str, scopes: Iterable[str]) -> None:
    tx.execute(delete(grants).where(grants.c.document_id == document_id, grants.c.scope.in_(list(scopes))))


def raise_alarm(tx: Transaction, *, kind: str, subject: str, office_id: str | None, now: datetime) -> None:
    """Something a person should look at; shown on the page of quarantine."""
    tx.execute(insert(alarms).values(at=now, kind=kind, subject=subject, office_id=office_id))


def raise_alarm_daily(tx: Transaction, *, kind: str, subject: str, office_id: str | None, now: datetime) -> None:
    """The same, but said once a day: what a node may repeat as it likes buries no other alarm."""
    since = now - timedelta(days=1)
    is_same = (alarms.c.kind == kind) & (alarms.c.subject == subject) & (alarms.c.office_id == office_id)
    if tx.scalar(select(alarms.c.alarm_id).where(is_same, alarms.c.at > since).limit(1)) is None:
        raise_alarm(tx, kind=kind, subject=subject, office_id=office_id, now=now)


def append_feed(tx: Transaction, rows: list[FeedRow]) -> None:
    """Tell it, and wake whoever waits to hear it."""
    tx.execute_many(_insert_into(feed), [msgspec.structs.asdict(row) for row in rows])
    if rows:
        tx.emit(FeedGrew(scopes=frozenset(row.scope for row in rows)))


def record_own(tx: Transaction, own: OwnChange, *, operation_id: str, now: datetime) -> DocumentView:
    """Make a change of the hub's own: merged, logged and fed in this transaction; unchanged fields are left alone.

    A document whose scope is another than before is dropped from where it was.
    """
    seq = reserve(tx, count=OWN_RESERVE)
    stored = document(tx, document_id=own.document_id)
    before = view(stored.snapshot) if stored else DocumentView(fields={}, events={}, attachments={})
    fields = {name: value for name, value in own.fields.items() if before.fields.get(name) != value}
    _rescope(tx, own, seq=seq, now=now)
    events = {event_id: entry for event_id, entry in own.events.items() if event_id not in before.events}
    if stored is not None and not fields and not events:
        return before
    client_id = fresh_client_id(now=now, operation_id=operation_id)
    snapshot, generation = (stored.snapshot, stored.generation) if stored else (None, 0)
    body = change(snapshot, client_id=client_id, fields=fields, events=events, attachments={})
    merged = merge(snapshot, [body], clients=[client_id])
    kept = StoredDocument(
        document_id=own.document_id,
        kind=own.kind,
        snapshot=merged.snapshot,
        generation=generation,
        digest=merged.digest,
    )
    save_document(tx, kept)
    tx.execute(
        insert(operations).values(
            operation_id=operation_id,
            document_id=own.document_id,
            kind=own.kind,
            client_id=client_id,
            made_at=now,
            received_at=now,
            body=body,
            generation=generation,
        )
    )
    told = FeedRow(
        scope=own.scope,
        seq=seq + 1,
        what="operation",
        document_id=own.document_id,
        operation_id=operation_id,
    )
    append_feed(tx, [told])
    return merged.view


def _rescope(tx: Transaction, own: OwnChange, *, seq: int, now: datetime) -> None:
    had = scopes_of(tx, document_id=own.document_id)
    if own.scope in had:
        return
    revoke_grants(tx, document_id=own.document_id, scopes=had)
    add_grant(tx, document_id=own.document_id, scope=own.scope, reason="reference", now=now)
    rows = [FeedRow(scope=scope, seq=seq, what="drop", document_id=own.document_id) for scope in sorted(had)]
    if had:  # its new readers have none of its earlier operations
        rows.append(FeedRow(scope=own.scope, seq=seq, what="snapshot", document_id=own.document_id))
    append_feed(tx, rows)
