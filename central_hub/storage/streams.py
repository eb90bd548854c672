"""The chains of the nodes, one for each incarnation, of which one at most is alive; and what became of their nodes."""

from datetime import datetime

import msgspec
from sqlalchemy import func, insert, literal, select, update

from central_hub.storage.columns import Moment
from central_hub.storage.replica import upsert
from central_hub.storage.tables import nodes, operations, repeated_links, streams
from central_hub.storage.transaction import Reader, Transaction


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How far the hub holds a chain, and whether its incarnation may still speak.

    ``greeted_oseq`` and ``greeted_cursor``: what the node had made and heard at the greeting since which not all of it
    has come.
    """

    incarnation: str = ""
    oseq: int = 0
    head_hash: bytes = b""
    ended_at: datetime | None = None
    greeted_oseq: int = 0
    greeted_cursor: int = 0


class NodeStanding(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the node may speak at all; of a retired one the chain counts up to the cut-off."""

    node_id: str
    office_id: str
    public_key: bytes
    previous_key: bytes | None = None
    retired_at: datetime | None = None
    cut_off_oseq: int | None = None
    cut_off_incarnation: str | None = None
    forked_at: datetime | None = None

    def cut_off(self, incarnation: str) -> int:
        """The last operation of this incarnation that counts."""
        return self.cut_off_oseq or 0 if incarnation == self.cut_off_incarnation else 0


class AfterCutOff(msgspec.Struct, frozen=True, kw_only=True):
    """What a retired node changed in a document after the last of its operations that counts."""

    document_id: str
    count: int


_COLUMNS = tuple(streams.c[name] for name in Standing.__struct_fields__)
_NODE_COLUMNS = tuple(nodes.c[name] for name in NodeStanding.__struct_fields__)


def standing_node(reader: Reader, *, node_id: str) -> NodeStanding | None:
    return reader.row(select(*_NODE_COLUMNS).where(nodes.c.node_id == node_id), NodeStanding)


def standing(reader: Reader, *, node_id: str, incarnation: str) -> Standing | None:
    """``None`` for an incarnation that never greeted."""
    condition = (streams.c.node_id == node_id) & (streams.c.incarnation == incarnation)
    return reader.row(select(*_COLUMNS).where(condition), Standing)


def has_ended(reader: Reader, *, node_id: str, incarnation: str) -> bool:
    """Whether this incarnation may not speak any more."""
    return ended_at(reader, node_id=node_id, incarnation=incarnation) is not None


def ended_at(reader: Reader, *, node_id: str, incarnation: str) -> datetime | None:
    """Since when this incarnation may not speak any more."""
    found = standing(reader, node_id=node_id, incarnation=incarnation)
    return None if found is None else found.ended_at


def latest(reader: Reader, *, node_id: str) -> Standing | None:
    """The incarnation that may speak, or else the one that did last."""
    order = (streams.c.ended_at.is_not(None), streams.c.begun_at.desc(), streams.c.oseq.desc())
    return reader.row(select(*_COLUMNS).where(streams.c.node_id == node_id).order_by(*order).limit(1), Standing)


def begin(tx: Transaction, *, node_id: str, incarnation: str, now: datetime) -> None:
    """From now on only this incarnation of the node may speak."""
    end_others(tx, node_id=node_id, incarnation=incarnation, now=now)
    condition = (streams.c.node_id == node_id) & (streams.c.incarnation == incarnation)
    if tx.execute(update(streams).where(condition).values(ended_at=None)) == 0:
        row = {"node_id": node_id, "incarnation": incarnation, "oseq": 0, "head_hash": b"", "begun_at": now}
        tx.execute(insert(streams).values(**row))


def end_others(tx: Transaction, *, node_id: str, incarnation: str, now: datetime) -> None:
    """No other incarnation of the node may speak; an empty ``incarnation``: none at all."""
    condition = (streams.c.node_id == node_id) & (streams.c.incarnation != incarnation) & streams.c.ended_at.is_(None)
    tx.execute(update(streams).where(condition).values(ended_at=now))


def mark_forked(tx: Transaction, *, node_id: str, incarnation: str, now: datetime) -> bool:
    """This incarnation may not speak any more, and none may begin; whether that is news."""
    condition = (streams.c.node_id == node_id) & (streams.c.incarnation == incarnation) & streams.c.ended_at.is_(None)
    tx.execute(update(streams).where(condition).values(ended_at=now))
    return (
        tx.execute(update(nodes).where(nodes.c.node_id == node_id, nodes.c.forked_at.is_(None)).values(forked_at=now))
        == 1
    )


def remember_greeting(tx: Transaction, *, node_id: str, incarnation: str, oseq: int, cursor: int) -> None:
    """The node had made ``oseq`` operations by then, and heard the feed up to ``cursor``."""
    key = {"node_id": node_id, "incarnation": incarnation}
    upsert(tx, streams, key=key, values={"greeted_oseq": oseq, "greeted_cursor": cursor})


def replace_key(tx: Transaction, *, node_id: str, public_key: bytes) -> None:
    """Only ``public_key`` is the node's from now on."""
    statement = update(nodes).where(nodes.c.node_id == node_id)
    tx.execute(statement.values(previous_key=nodes.c.public_key, public_key=public_key, key_heard_at=None))


def hear_key(tx: Transaction, node: NodeStanding, *, public_key: bytes, now: datetime) -> None:
    """The node spoke with ``public_key``; where that replaced another, it is remembered since when."""
    if node.previous_key is not None and node.public_key == public_key:
        condition = (nodes.c.node_id == node.node_id) & nodes.c.key_heard_at.is_(None)
        tx.execute(update(nodes).where(condition).values(key_heard_at=now))


def repeated_hash(reader: Reader, *, node_id: str, incarnation: str, oseq: int) -> bytes | None:
    """The chain's hash where an operation stands that had come in another stream."""
    condition = (
        (repeated_links.c.node_id == node_id)
        & (repeated_links.c.incarnation == incarnation)
        & (repeated_links.c.oseq == oseq)
    )
    found = reader.scalar(select(repeated_links.c.hash).where(condition))
    return found if isinstance(found, bytes) else None


def repeat_links(tx: Transaction, *, node_id: str, incarnation: str, hashes: dict[int, bytes]) -> None:
    """Keep the hashes of operations that had come in another stream, by their oseq in this one."""
    rows = [
        {"node_id": node_id, "incarnation": incarnation, "oseq": oseq, "hash": head_hash}
        for oseq, head_hash in hashes.items()
    ]
    tx.execute_many(insert(repeated_links), rows)


def retire(tx: Transaction, *, node_id: str, incarnation: str | None, cut_off_oseq: int, now: datetime) -> None:
    """The node may not speak from now on; of ``incarnation`` what comes up to ``cut_off_oseq`` still counts."""
    statement = update(nodes).where(nodes.c.node_id == node_id)
    tx.execute(
        statement.values(
            retired_at=func.coalesce(nodes.c.retired_at, literal(now, Moment())),
            cut_off_oseq=cut_off_oseq,
            cut_off_incarnation=incarnation,
        )
    )


def after_cut_off(reader: Reader, *, node_id: str, limit: int) -> list[AfterCutOff]:
    """What was taken of a retired node after the last operation that counts: for a person to look through."""
    statement = (
        select(operations.c.document_id, func.count().label("count"))
        .join(nodes, nodes.c.node_id == operations.c.node_id)
        .where(
            operations.c.node_id == node_id,
            operations.c.incarnation == nodes.c.cut_off_incarnation,
            operations.c.oseq > nodes.c.cut_off_oseq,
        )
        .group_by(operations.c.document_id)
        .order_by(operations.c.document_id)
        .limit(limit)
    )
    return reader.rows(statement, AfterCutOff)
