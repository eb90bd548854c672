"""Operations of nodes between their durable append and their merge: received, waiting, quarantined, blocked."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec
from sqlalchemy import BigInteger, ColumnElement, bindparam, cast, delete, func, insert, literal, select, update

from central_hub.storage.tables import alarms, blocks, cases, documents, nodes, operations, streams
from central_hub.storage.transaction import Reader, Transaction

RECEIVED, WAITING, MERGED = "received", "waiting", "merged"
QUARANTINED, RELEASED, DISCARDED = "quarantined", "released", "discarded"
AGAIN, SUPERSEDED = "again", "superseded"  # judged once more for itself; made anew as another
_TO_MERGE = (RECEIVED, RELEASED, AGAIN)
LISTED_MAX = 200  # a page a person reads; more than these few are never there but after a fault of software


class ReceivedOperation(msgspec.Struct, frozen=True, kw_only=True):
    """An operation that is durable here and not merged yet; with a code it never will be, but for a release."""

    operation_id: str
    document_id: str
    kind: str
    node_id: str
    incarnation: str
    oseq: int
    office_id: str
    client_id: int
    made_at: datetime
    body: bytes | None
    state: str
    generation: int
    arrival: int | None = None
    quarantine_code: str | None = None
    rebase_of: str | None = None

    @property
    def origin(self) -> str:
        """The stream it came in, as the feed names it."""
        return f"{self.node_id}/{self.incarnation}"


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an operation."""

    operation_id: str
    state: str
    quarantine_code: str | None = None


class KnownOperation(msgspec.Struct, frozen=True, kw_only=True):
    """``office_id``: whose it is; ``None``: the hub's own."""

    operation_id: str
    office_id: str | None
    quarantine_code: str | None
    state: str


class QuarantinedChange(msgspec.Struct, frozen=True, kw_only=True):
    """An operation that does not count, as people of the city see it: nothing of an applicant.

    ``life_ended_at``: of the incarnation of the node that made it; whoever lives there since may know nothing of it.
    """

    operation_id: str
    kind: str
    office_id: str
    received_at: datetime
    quarantine_code: str | None = None
    number: str | None = None
    life_ended_at: datetime | None = None

    @property
    def reason(self) -> str:
        """The key of the words for it; all that no document can be made of is one to a person."""
        code = self.quarantine_code or WAITING
        return "update" if code.startswith("update-") else code


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """Something a person should look at."""

    alarm_id: int
    at: datetime
    kind: str
    subject: str
    office_id: str | None = None
    seen_at: datetime | None = None


class Backlog(msgspec.Struct, frozen=True, kw_only=True):
    """``accepted``: what nodes brought, ever; of it ``unmerged`` waits for its turn, the first since ``oldest_at``.

    ``waiting`` misses a change that has not come yet, ``quarantined`` does not count.
    """

    accepted: int
    unmerged: int
    oldest_at: datetime | None
    waiting: int
    quarantined: int


class CutOff(msgspec.Struct, frozen=True, kw_only=True):
    """The last operation of a retired node that counts, and of which incarnation."""

    cut_off_incarnation: str | None
    cut_off_oseq: int | None


class _Generation(msgspec.Struct, frozen=True, kw_only=True):
    document_id: str
    generation: int


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """What the node changed in the document after the operation does not count; ``office_id``: the node's."""

    node_id: str
    document_id: str
    operation_id: str
    office_id: str


_RECEIVED = select(
    *(operations.c[name] for name in ReceivedOperation.__struct_fields__ if name != "office_id"), nodes.c.office_id
).join(nodes, nodes.c.node_id == operations.c.node_id)
_NEXT = tuple(  # each is read along its index: of both at once a whole backlog would be sorted for every batch
    _RECEIVED.where(operations.c.state == state).order_by(operations.c.arrival).limit(bindparam("limit"))
    for state in _TO_MERGE
)
_FIRST_RECEIVED_AT = tuple(
    select(operations.c.received_at).where(operations.c.state == state).order_by(operations.c.arrival).limit(1)
    for state in _TO_MERGE
)
_IS_ANY = select(literal(1)).where(operations.c.state.in_(_TO_MERGE)).limit(1)
_SETTLE = (
    update(operations)
    .where(operations.c.operation_id == bindparam("row_key"))
    .values(state=bindparam("new_state"), quarantine_code=bindparam("new_code"))
)
_REQUEUE = (
    update(operations)
    .where(operations.c.operation_id == bindparam("row_key"))
    .values(state=bindparam("new_state"), arrival=bindparam("new_arrival"))
)
_INSERT = insert(operations)


def known(reader: Reader, *, operation_ids: Iterable[str]) -> dict[str, KnownOperation]:
    """Those of the ids that the hub holds."""
    columns = (operations.c.operation_id, operations.c.quarantine_code, operations.c.state, nodes.c.office_id)
    statement = select(*columns).outerjoin(nodes, nodes.c.node_id == operations.c.node_id)
    statement = statement.where(operations.c.operation_id.in_(list(operation_ids)))
    return {each.operation_id: each for each in reader.rows(statement, KnownOperation)}


def generations(reader: Reader, *, document_ids: Iterable[str]) -> dict[str, int]:
    """The generation of those of the documents that the hub holds."""
    columns = (documents.c.document_id, documents.c.generation)
    statement = select(*columns).where(documents.c.document_id.in_(list(document_ids)))
    return {each.document_id: each.generation for each in reader.rows(statement, _Generation)}


def cut_off(reader: Reader, *, node_id: str) -> CutOff | None:
    """Where the chain of a retired node ends; ``None`` for one at work."""
    statement = select(nodes.c.cut_off_incarnation, nodes.c.cut_off_oseq).where(nodes.c.node_id == node_id)
    return reader.row(statement.where(nodes.c.cut_off_oseq.is_not(None)), CutOff)


def append(tx: Transaction, rows: list[dict[str, object]]) -> None:
    """Write operations down as they came."""
    tx.execute_many(_INSERT, rows)


def has_received(reader: Reader) -> bool:
    """Whether anything is to be merged."""
    return reader.scalar(_IS_ANY) is not None


def received(reader: Reader, *, limit: int) -> list[ReceivedOperation]:
    """What is to be merged next, in the order of arrival."""
    found = [each for statement in _NEXT for each in reader.rows(statement, ReceivedOperation, limit=limit)]
    return sorted(found, key=lambda each: each.arrival or 0)[:limit]


def backlog(reader: Reader) -> Backlog:
    """How much came, and how much of it is not merged; read along indices, however much came."""
    arrived = [
        row[0] for statement in _FIRST_RECEIVED_AT for row in reader.tuples(statement) if isinstance(row[0], datetime)
    ]
    return Backlog(
        accepted=reader.count(select(cast(func.sum(streams.c.oseq), BigInteger))),
        unmerged=_count_in(reader, *_TO_MERGE),
        oldest_at=min(arrived, default=None),
        waiting=_count_in(reader, WAITING),
        quarantined=_count_in(reader, QUARANTINED),
    )


def _count_in(reader: Reader, *states: str) -> int:
    return reader.count(select(func.count()).where(operations.c.state.in_(states)))


def operation(reader: Reader, *, operation_id: str) -> ReceivedOperation | None:
    """One operation of a node."""
    return reader.row(_RECEIVED.where(operations.c.operation_id == operation_id), ReceivedOperation)


def waiting(reader: Reader, *, document_ids: Iterable[str]) -> list[ReceivedOperation]:
    """What misses a change that has not come yet, in these documents; in the order of arrival."""
    statement = _RECEIVED.where(operations.c.state == WAITING, operations.c.document_id.in_(list(document_ids)))
    return reader.rows(statement.order_by(operations.c.arrival), ReceivedOperation)


def dependents(reader: Reader, *, node_id: str, document_id: str, code: str) -> list[ReceivedOperation]:
    """What of this node in this document was quarantined with ``code``, in the order of arrival."""
    statement = _RECEIVED.where(
        operations.c.node_id == node_id,
        operations.c.document_id == document_id,
        operations.c.state == QUARANTINED,
        operations.c.quarantine_code == code,
    )
    return reader.rows(statement.order_by(operations.c.arrival), ReceivedOperation)


def clients_heard(reader: Reader, *, document_id: str, clients: Iterable[int]) -> set[int]:
    """Those of the clients of which an operation on the document came, whatever became of it."""
    statement = select(operations.c.client_id).where(
        operations.c.document_id == document_id, operations.c.client_id.in_(list(clients))
    )
    return {int(str(client)) for client in reader.column(statement)}


def quarantined_in(reader: Reader, *, document_id: str) -> list[ReceivedOperation]:
    """What of the document is in quarantine, in the order of arrival."""
    statement = _RECEIVED.where(operations.c.document_id == document_id, operations.c.state == QUARANTINED)
    return reader.rows(statement.order_by(operations.c.arrival), ReceivedOperation)


def forget_body(tx: Transaction, *, operation_id: str) -> None:
    """Keep of the operation only that it was."""
    tx.execute(update(operations).where(operations.c.operation_id == operation_id).values(body=None))


def settle(tx: Transaction, settled: Iterable[Settled]) -> None:
    """Write down what became of the operations."""
    rows = [
        {"row_key": each.operation_id, "new_state": each.state, "new_code": each.quarantine_code} for each in settled
    ]
    tx.execute_many(_SETTLE, rows)


def queue_again(tx: Transaction, *, operation_id: str, arrival: int) -> None:
    """Let the operation be merged, released by a person; its code stays until then."""
    statement = update(operations).where(operations.c.operation_id == operation_id)
    tx.execute(statement.values(state=RELEASED, arrival=arrival))


def judge_again(tx: Transaction, judged: Iterable[ReceivedOperation], *, arrival: int) -> None:
    """Let quarantined operations be judged once more, each for itself, from ``arrival`` on in the order given."""
    rows = [
        {"row_key": each.operation_id, "new_arrival": arrival + place, "new_state": AGAIN}
        for place, each in enumerate(judged)
    ]
    tx.execute_many(_REQUEUE, rows)


def uncounted(reader: Reader, *, document_id: str, clients: Iterable[int]) -> set[int]:
    """Those of the client ids whose operations on the document were set apart, and do not count."""
    statement = select(operations.c.client_id).where(
        operations.c.document_id == document_id,
        operations.c.client_id.in_(list(clients)),
        operations.c.state.in_((QUARANTINED, DISCARDED, SUPERSEDED)),
    )
    return {int(str(client)) for client in reader.column(statement)}


def mark(tx: Transaction, *, operation_id: str, code: str) -> None:
    """Have the operation quarantined when its turn comes, and not applied."""
    statement = update(operations).where(operations.c.operation_id == operation_id)
    tx.execute(statement.values(quarantine_code=code, state=RECEIVED))


def blocks_of(reader: Reader, *, document_ids: Iterable[str]) -> list[Block]:
    """What of which node does not count in these documents, and what follows it."""
    statement = select(blocks, nodes.c.office_id).join(nodes, nodes.c.node_id == blocks.c.node_id)
    return reader.rows(statement.where(blocks.c.document_id.in_(list(document_ids))), Block)


def save_blocks(tx: Transaction, kept: Mapping[tuple[str, str], str | None]) -> None:
    """Set each block, or lift it where there is ``None``."""
    for node_id, document_id in kept:
        tx.execute(delete(blocks).where(blocks.c.node_id == node_id, blocks.c.document_id == document_id))
    rows = [
        {"node_id": node_id, "document_id": document_id, "operation_id": operation_id}
        for (node_id, document_id), operation_id in kept.items()
        if operation_id is not None
    ]
    tx.execute_many(insert(blocks), rows)


def supersede(tx: Transaction, made_anew: Mapping[tuple[str, str], int], *, code: str) -> None:
    """What a node made anew need not be decided about: its first making is out of quarantine."""
    for (node_id, document_id), arrival in made_anew.items():
        condition = (
            (operations.c.node_id == node_id)
            & (operations.c.document_id == document_id)
            & (operations.c.state == QUARANTINED)
            & (operations.c.quarantine_code == code)
            & (operations.c.arrival < arrival)
        )
        tx.execute(update(operations).where(condition).values(state=SUPERSEDED))


_OF_LIFE = (streams.c.node_id == operations.c.node_id) & (streams.c.incarnation == operations.c.incarnation)


def quarantined(reader: Reader) -> list[QuarantinedChange]:
    """What is in quarantine, the earliest first, at most ``LISTED_MAX``."""
    return _listed(reader, operations.c.state == QUARANTINED)


def long_waiting(reader: Reader, *, before: datetime) -> list[QuarantinedChange]:
    """What came before then and misses a change that never came, the earliest first, at most ``LISTED_MAX``."""
    return _listed(reader, (operations.c.state == WAITING) & (operations.c.received_at < before))


def _listed(reader: Reader, condition: ColumnElement[bool]) -> list[QuarantinedChange]:
    statement = (
        select(
            operations.c.operation_id,
            operations.c.kind,
            nodes.c.office_id,
            operations.c.received_at,
            operations.c.quarantine_code,
            cases.c.number,
            streams.c.ended_at.label("life_ended_at"),
        )
        .join(nodes, nodes.c.node_id == operations.c.node_id)
        .outerjoin(streams, _OF_LIFE)
        .outerjoin(cases, cases.c.case_id == operations.c.document_id)
        .where(condition)
        .order_by(operations.c.arrival)
        .limit(LISTED_MAX)
    )
    return reader.rows(statement, QuarantinedChange)


def last_alarms(reader: Reader) -> list[Alarm]:
    """The latest alarms, at most ``LISTED_MAX``."""
    return reader.rows(select(alarms).order_by(alarms.c.alarm_id.desc()).limit(LISTED_MAX), Alarm)


def count_unseen_alarms(reader: Reader) -> int:
    return reader.count(select(func.count()).select_from(alarms).where(alarms.c.seen_at.is_(None)))


def mark_alarms_seen(tx: Transaction, *, up_to: int, now: datetime) -> int:
    """A person has looked at the alarms up to this one; how many of them nobody had looked at before."""
    unseen = (alarms.c.alarm_id <= up_to) & alarms.c.seen_at.is_(None)
    return tx.execute(update(alarms).where(unseen).values(seen_at=now))
