"""What the hub tells a node: the feed after its cursor, or, where that does not reach back, its whole scope.

Both are read row by row up to a page's bytes, so what many nodes ask at once stays small in memory.
"""

import heapq
from collections.abc import Iterator
from itertools import groupby, islice

import msgspec
from msgspec.structs import replace
from sqlalchemy import ColumnElement, bindparam, case, func, null, or_, select

from central_hub.storage import replica
from central_hub.storage.replica import FeedRow
from central_hub.storage.tables import blocks, documents, erasure_confirmations, feed, grants, operations
from central_hub.storage.transaction import Reader
from sync.replication.messages import PullAnswer, PullItem

PAGE_BYTES_MAX = 4 << 20  # an answer stops growing here, well below what a node decodes
ROWS_AT_ONCE = 32


class Hearer(msgspec.Struct, frozen=True, kw_only=True):
    """Who is told: the scopes it reads, and its own stream, whose words it knows."""

    node_id: str
    scopes: tuple[str, ...]
    origin: str


class _FeedItem(FeedRow, frozen=True, kw_only=True):
    kind: str
    generation: int
    client_id: int | None = None
    made_at: object = None
    body: bytes | None = None
    snapshot: bytes | None = None
    is_awaited: bool = False


class _Document(msgspec.Struct, frozen=True, kw_only=True):
    document_id: str
    kind: str
    snapshot: bytes | None = None
    generation: int = 0
    is_erased: bool = False


class _Apart(msgspec.Struct, frozen=True, kw_only=True):
    """An operation of the node that does not count."""

    document_id: str
    kind: str
    operation_id: str
    code: str | None
    is_awaited: bool
    generation: int


def _is_read(document_id: ColumnElement[str], scope: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(grants.c.document_id).where(grants.c.document_id == document_id, scope).exists()


# the hub waits until the node made anew what followed, or holds nothing of the document to make it anew upon
_IS_AWAITED = (
    documents.c.document_id.is_(None)
    | select(blocks.c.node_id)
    .where(
        blocks.c.node_id == operations.c.node_id,
        blocks.c.document_id == operations.c.document_id,
        blocks.c.operation_id == operations.c.operation_id,
    )
    .exists()
).label("is_awaited")
_IN_SCOPES = grants.c.scope.in_(bindparam("scopes", expanding=True))
_IS_WHOLE = (
    (feed.c.what == "snapshot")
    | ((feed.c.what == "operation") & operations.c.body.is_(None))
    | (feed.c.what.in_(("erase", "quarantined")) & _is_read(feed.c.document_id, _IN_SCOPES))
)
# an operation or a snapshot of a document that the scope has ceased to read meanwhile is passed over
_FEED_OF_SCOPE = (
    select(
        *(feed.c[name] for name in FeedRow.__struct_fields__ if name != "code"),
        func.coalesce(feed.c.code, operations.c.quarantine_code).label("code"),
        func.coalesce(documents.c.kind, operations.c.kind).label("kind"),
        case((_IS_WHOLE, documents.c.snapshot), else_=null()).label("snapshot"),
        func.coalesce(documents.c.generation, 0).label("generation"),
        operations.c.client_id,
        operations.c.made_at,
        operations.c.body,
        _IS_AWAITED,
    )
    .outerjoin(documents, documents.c.document_id == feed.c.document_id)
    .outerjoin(operations, operations.c.operation_id == feed.c.operation_id)
    .where(
        feed.c.scope == bindparam("scope"),
        feed.c.seq > bindparam("cursor"),
        or_(feed.c.origin.is_(None), feed.c.origin != bindparam("origin")),
        or_(
            feed.c.what.not_in(("operation", "snapshot")), _is_read(feed.c.document_id, feed.c.scope == grants.c.scope)
        ),
    )
    .order_by(feed.c.seq)
    .limit(bindparam("limit"))
)
_DOCUMENTS = select(documents.c.document_id, documents.c.kind, documents.c.snapshot, documents.c.generation).where(
    documents.c.document_id.in_(bindparam("ids", expanding=True)), _is_read(documents.c.document_id, _IN_SCOPES)
)
_ERASED = select(documents.c.document_id, documents.c.kind, documents.c.generation).where(
    documents.c.document_id.in_(bindparam("ids", expanding=True)),
    select(erasure_confirmations.c.node_id)
    .where(
        erasure_confirmations.c.document_id == documents.c.document_id,
        erasure_confirmations.c.node_id == bindparam("node_id"),
    )
    .exists(),
)
_IS_APART = (operations.c.node_id == bindparam("node_id")) & (operations.c.state == "quarantined")
_APART = (
    select(
        operations.c.document_id,
        operations.c.kind,
        operations.c.operation_id,
        operations.c.quarantine_code.label("code"),
        func.coalesce(documents.c.generation, 0).label("generation"),
        _IS_AWAITED,
    )
    .outerjoin(documents, documents.c.document_id == operations.c.document_id)
    .where(_IS_APART, operations.c.document_id.in_(bindparam("ids", expanding=True)))
    .order_by(operations.c.arrival)
)


def news(reader: Reader, *, hearer: Hearer, cursor: int, limit: int) -> PullAnswer:
    """What the node is told after ``cursor``; the new cursor moves on also when nothing of it is for this node."""
    state = replica.current(reader)
    items: list[PullItem] = []
    weight = 0
    for item in _feed_after(reader, hearer=hearer, cursor=cursor, limit=limit):
        told = _as_told(item, node_id=hearer.node_id)
        weight += len(told.update)
        if items and weight > PAGE_BYTES_MAX:
            break
        items.append(told)
    else:
        if len(items) < limit:
            return PullAnswer(hub_incarnation=state.incarnation, cursor=max(cursor, state.seq), items=tuple(items))
    return PullAnswer(hub_incarnation=state.incarnation, cursor=items[-1].seq, items=tuple(items))


def whole_scope(reader: Reader, *, hearer: Hearer, after: str, limit: int) -> PullAnswer:
    """The documents of the node's scope whose ids follow ``after``, in their order.

    Where an operation of the node does not count, that is said first; what was erased and may still stand in its disk
    is said too. ``cursor`` is how far the feed had come: the node goes on from the one that the first of these answers
    bore.
    """
    state = replica.current(reader)
    document_ids = list(islice(_ids_after(reader, hearer=hearer, after=after, limit=limit), limit))
    items: list[PullItem] = []
    weight, last = 0, None
    for document_id, told in _documents(reader, document_ids, hearer=hearer, seq=state.seq):
        weight += sum(len(item.update) for item in told)
        if items and weight > PAGE_BYTES_MAX:
            return PullAnswer(
                hub_incarnation=state.incarnation, cursor=state.seq, items=tuple(items), refetch_after=last
            )
        items += told
        last = document_id
    return PullAnswer(
        hub_incarnation=state.incarnation,
        cursor=state.seq,
        items=tuple(items),
        refetch_after=document_ids[-1] if len(document_ids) == limit else None,
    )


def _feed_after(reader: Reader, *, hearer: Hearer, cursor: int, limit: int) -> Iterator[_FeedItem]:
    """In order over all scopes; each scope is read along its own index, so nothing is sorted or read in vain."""
    scopes = [
        reader.each(
            _FEED_OF_SCOPE,
            _FeedItem,
            at_once=ROWS_AT_ONCE,
            scope=scope,
            cursor=cursor,
            origin=hearer.origin,
            scopes=hearer.scopes,
            limit=limit,
        )
        for scope in hearer.scopes
    ]
    return islice(heapq.merge(*scopes, key=lambda item: item.seq), limit)


def _as_told(item: _FeedItem, *, node_id: str) -> PullItem:
    """An operation whose bytes are kept no more is told as the document that it became part of."""
    values: dict[str, object] = {"seq": item.seq, "what": item.what, "document_id": item.document_id, "kind": item.kind}
    operation = {"operation_id": item.operation_id, "client_id": item.client_id, "made_at": item.made_at}
    match item.what:
        case "operation" if item.body is None:
            values |= {"what": "snapshot", "update": item.snapshot or b"", "generation": item.generation}
        case "operation" | "released":
            values |= operation | {"update": item.body or b"", "generation": item.generation}
            values["is_own"] = item.origin is not None and item.origin.split("/")[0] == node_id
        case "snapshot" | "erase":
            values |= {"update": item.snapshot or b"", "generation": item.generation}
        case "quarantined":  # without a document its node is told that there is none
            values |= {"operation_id": item.operation_id, "code": item.code, "is_awaited": item.is_awaited}
            values |= {"update": item.snapshot or b"", "generation": item.generation}
        case "discarded":
            values |= {"operation_id": item.operation_id}
    return msgspec.convert(values, type=PullItem)


def _ids_after(reader: Reader, *, hearer: Hearer, after: str, limit: int) -> Iterator[str]:
    """The ids of what the node reads, must purge, or has something set apart in, each once, in order."""
    pages = [
        select(grants.c.document_id)
        .where(grants.c.scope == scope, grants.c.document_id > after)
        .order_by(grants.c.document_id)
        for scope in hearer.scopes
    ]
    concerned = (
        select(erasure_confirmations.c.document_id).where(erasure_confirmations.c.node_id == hearer.node_id),
        select(operations.c.document_id).where(
            operations.c.node_id == hearer.node_id, operations.c.state == "quarantined"
        ),
    )
    for of_node in concerned:
        document_id = of_node.selected_columns.document_id
        pages.append(of_node.where(document_id > after).distinct().order_by(document_id))
    merged = heapq.merge(*(map(str, reader.column(page.limit(limit))) for page in pages))
    return (document_id for document_id, _ in groupby(merged))


def _documents(
    reader: Reader, document_ids: list[str], *, hearer: Hearer, seq: int
) -> Iterator[tuple[str, list[PullItem]]]:
    """What is told of each of these documents, in order; of one not read here only what is set apart, or erased."""
    for first in range(0, len(document_ids), ROWS_AT_ONCE):
        ids = document_ids[first : first + ROWS_AT_ONCE]
        read = reader.rows(_DOCUMENTS, _Document, ids=ids, scopes=hearer.scopes)
        stored = {document.document_id: document for document in read}
        for erased in reader.rows(_ERASED, _Document, ids=ids, node_id=hearer.node_id):
            stored[erased.document_id] = replace(stored.get(erased.document_id, erased), is_erased=True)
        apart: dict[str, list[_Apart]] = {}
        for each in reader.rows(_APART, _Apart, ids=ids, node_id=hearer.node_id):
            apart.setdefault(each.document_id, []).append(each)
        for document_id in ids:
            document = stored.get(document_id)
            told = list(_told_apart(apart.get(document_id, []), document, seq=seq))
            yield document_id, told + ([] if document is None else [_told_whole(document, seq=seq)])


def _told_apart(apart: list[_Apart], document: _Document | None, *, seq: int) -> Iterator[PullItem]:
    """What does not count in one document, which is told whole with one of them: that which is awaited, or the last."""
    bearer = next((each for each in apart if each.is_awaited), apart[-1] if apart else None)
    for each in apart:
        update = document.snapshot if document is not None and each is bearer else None
        told = {"seq": seq, "what": "quarantined", "update": update or b""} | msgspec.structs.asdict(each)
        yield msgspec.convert(told, type=PullItem)


def _told_whole(document: _Document, *, seq: int) -> PullItem:
    return PullItem(
        seq=seq,
        what="erase" if document.is_erased else "snapshot",
        document_id=document.document_id,
        kind=document.kind,
        update=document.snapshot or b"",
        generation=document.generation,
    )
