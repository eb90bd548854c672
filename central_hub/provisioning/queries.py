"""What provisioning asks and writes."""

from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, and_, delete, func, insert, or_, select, update

from central_hub.provisioning.model import OPEN_PAIRINGS, EnrolledNode, Pairing, PairingState, Token
from central_hub.storage.pairing_tables import pairings
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


def pairing(reader: Reader, *, pairing_id: str) -> Pairing | None:
    return reader.row(select(pairings).where(pairings.c.pairing_id == pairing_id), Pairing)


def waiting_pairings(reader: Reader, *, now: datetime) -> list[Pairing]:
    """The machines that wait for somebody to type their code, in the order they asked."""
    waits = and_(pairings.c.state == PairingState.WAITING, pairings.c.expires_at > now)
    return reader.rows(select(pairings).where(waits).order_by(pairings.c.asked_at), Pairing)


def handled_pairings(reader: Reader, *, now: datetime) -> list[Pairing]:
    """Those whose code was typed, with what became of them, and the refused: latest first, while they are kept."""
    typed = and_(pairings.c.state == PairingState.TYPED, pairings.c.expires_at > now)
    statement = select(pairings).where(or_(typed, pairings.c.state.not_in(OPEN_PAIRINGS)))
    return reader.rows(statement.order_by(pairings.c.asked_at.desc()), Pairing)


def count_open_pairings(reader: Reader, *, now: datetime, address: str | None = None) -> int:
    """How many are to be decided; those of one address, if asked."""
    statement = select(func.count()).select_from(pairings).where(_is_open(now))
    return reader.count(statement if address is None else statement.where(pairings.c.address == address))


def save_pairing(tx: Transaction, asked: Pairing) -> None:
    tx.execute(insert(pairings).values(**msgspec.structs.asdict(asked)))


def change_pairing(tx: Transaction, changed: Pairing) -> None:
    values = {"slips": changed.slips, "state": changed.state, "typed": changed.typed}
    values |= {"seal_key": changed.seal_key, "decided_at": changed.decided_at}
    tx.execute(update(pairings).where(pairings.c.pairing_id == changed.pairing_id).values(**values))


def end_other_pairings(tx: Transaction, admitted: Pairing, *, now: datetime) -> None:
    """Whoever else asks under the id of the node that was let in is refused."""
    others = and_(pairings.c.node_id == admitted.node_id, pairings.c.pairing_id != admitted.pairing_id, _is_open(now))
    tx.execute(update(pairings).where(others).values(state=PairingState.REFUSED, typed=None, decided_at=now))


def forget_pairings(tx: Transaction, *, now: datetime, decided_before: datetime) -> None:
    """Drop what expired undecided, and what was decided long ago."""
    expired = and_(pairings.c.state.in_(OPEN_PAIRINGS), pairings.c.expires_at <= now)
    tx.execute(delete(pairings).where(or_(expired, pairings.c.decided_at <= decided_before)))


def _is_open(now: datetime) -> ColumnElement[bool]:
    return and_(pairings.c.state.in_(OPEN_PAIRINGS), pairings.c.expires_at > now)


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
