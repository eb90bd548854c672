"""Who reads which document, and who did until it was told otherwise."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec
from sqlalchemy import bindparam, delete, insert, literal, select

from central_hub.storage.tables import ended_grants, grants, streams
from central_hub.storage.transaction import Reader, Transaction

_GRANT, _REMEMBER = insert(grants), insert(ended_grants)
_END = delete(grants).where(grants.c.document_id == bindparam("its_id"), grants.c.scope == bindparam("its_scope"))
_FORGET = delete(ended_grants).where(
    ended_grants.c.document_id == bindparam("its_id"), ended_grants.c.scope == bindparam("its_scope")
)


class _Grant(msgspec.Struct, frozen=True, kw_only=True):
    document_id: str
    scope: str
    reason: str


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """From ``seq`` of the feed on ``scope`` reads the document no more."""

    document_id: str
    scope: str
    seq: int


def reasons(reader: Reader, *, document_ids: Iterable[str]) -> dict[str, dict[str, str]]:
    """The scopes that read each document, and why."""
    statement = select(grants.c.document_id, grants.c.scope, grants.c.reason)
    found: dict[str, dict[str, str]] = {}
    for grant in reader.rows(statement.where(grants.c.document_id.in_(list(document_ids))), _Grant):
        found.setdefault(grant.document_id, {})[grant.scope] = grant.reason
    return found


def grant(tx: Transaction, granted: Mapping[tuple[str, str], str], *, now: datetime) -> None:
    """Let scopes read documents from now on, each for its reason, by document and scope."""
    rows = [
        {"document_id": document_id, "scope": scope, "reason": reason, "granted_at": now}
        for (document_id, scope), reason in granted.items()
    ]
    tx.execute_many(_GRANT, rows)


def end(tx: Transaction, ended: Iterable[Ended], *, now: datetime) -> None:
    """Let scopes read documents no more."""
    rows = [msgspec.structs.asdict(each) | {"ended_at": now} for each in ended]
    keys = [{"its_id": row["document_id"], "its_scope": row["scope"]} for row in rows]
    tx.execute_many(_END, keys)
    tx.execute_many(_FORGET, keys)
    tx.execute_many(_REMEMBER, rows)


def forget_ended(tx: Transaction, keys: Iterable[tuple[str, str]]) -> None:
    """These scopes read these documents again."""
    tx.execute_many(_FORGET, [{"its_id": document_id, "its_scope": scope} for document_id, scope in keys])


def was_not_heard(reader: Reader, *, document_id: str, scope: str, node_id: str, incarnation: str, oseq: int) -> bool:
    """Whether the operation was made before its node heard that its office reads the document no more.

    The node said at its greeting what it had made and heard by then; nothing it makes later is believed.
    """
    condition = (
        (ended_grants.c.document_id == document_id)
        & (ended_grants.c.scope == scope)
        & (streams.c.node_id == node_id)
        & (streams.c.incarnation == incarnation)
        & (streams.c.greeted_oseq >= oseq)
        & (streams.c.greeted_cursor < ended_grants.c.seq)
    )
    return reader.scalar(select(literal(1)).where(condition)) is not None
