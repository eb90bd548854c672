"""What provisioning asks and writes."""

from datetime import datetime

import msgspec
from sqlalchemy import func, insert, select, update

from central_hub.provisioning.model import EnrolledNode, Token
from central_hub.storage.tables import enrolment_tokens, nodes, number_leases
from central_hub.storage.transaction import Reader, Transaction
from sync.replication.messages import EnrolRequest


def enrolled_nodes(reader: Reader) -> list[EnrolledNode]:
    """Every node ever enrolled, by office."""
    return reader.rows(select(*_COLUMNS).order_by(nodes.c.office_id, nodes.c.enrolled_at), EnrolledNode)


_COLUMNS = (nodes.c.node_id, nodes.c.office_id, nodes.c.enrolled_at, nodes.c.seen_at, nodes.c.retired_at)


def token(reader: Reader, *, token_hash: str) -> Token | None:
    columns = (
        enrolment_tokens.c.token_hash,
        enrolment_tokens.c.office_id,
        enrolment_tokens.c.expires_at,
        enrolment_tokens.c.used_at,
        enrolment_tokens.c.node_id,
    )
    return reader.row(select(*columns).where(enrolment_tokens.c.token_hash == token_hash), Token)


def save_token(tx: Transaction, *, token_hash: str, office_id: str, made_at: datetime, expires_at: datetime) -> None:
    statement = insert(enrolment_tokens).values(
        token_hash=token_hash, office_id=office_id, made_at=made_at, expires_at=expires_at
    )
    tx.execute(statement)


def use_token(tx: Transaction, *, token_hash: str, node_id: str, now: datetime) -> None:
    statement = update(enrolment_tokens).where(enrolment_tokens.c.token_hash == token_hash)
    tx.execute(statement.values(used_at=now, node_id=node_id))


def save_node(tx: Transaction, request: EnrolRequest, *, now: datetime) -> None:
    tx.execute(
        insert(nodes).values(
            node_id=request.node_id,
            office_id=request.office_id,
            public_key=request.public_key,
            enrolled_at=now,
            seen_at=now,
        )
    )


def admit_again(tx: Transaction, request: EnrolRequest, *, now: datetime) -> None:
    """The node may speak again, with the key of the request alone."""
    values: dict[str, object] = {"public_key": request.public_key, "previous_key": None, "key_heard_at": None}
    values |= {"enrolled_at": now, "seen_at": now}
    values |= {"retired_at": None, "forked_at": None, "cut_off_oseq": None, "cut_off_incarnation": None}
    tx.execute(update(nodes).where(nodes.c.node_id == request.node_id).values(**values))


def last_leased_at(reader: Reader) -> datetime | None:
    """When numbers were leased last, to whatever office."""
    found = reader.scalar(select(func.max(number_leases.c.leased_at)))
    return found if isinstance(found, datetime) else None


def skip_numbers(tx: Transaction, *, count: int, now: datetime) -> None:
    """Lease the next ``count`` numbers of every office and year to nobody."""

    class Last(msgspec.Struct):
        office_id: str
        year: int
        last: int

    columns = (number_leases.c.office_id, number_leases.c.year)
    statement = select(*columns, func.max(number_leases.c.last).label("last")).group_by(*columns)
    rows = [
        {
            "office_id": row.office_id,
            "year": row.year,
            "first": row.last + count,  # the gap is kept by its last number: leases that were forgotten lie inside it
            "last": row.last + count,
            "node_id": "",
            "incarnation": "",
            "leased_at": now,
        }
        for row in tx.rows(statement, Last)
    ]
    tx.execute_many(insert(number_leases), rows)
