"""What does not count, or could not be taken, and waits for a person: operations set apart, refusals, alarms."""

from datetime import datetime
from typing import Literal

import msgspec

from sync.storage.replica import OperationState, StoredOperation
from sync.storage.transaction import Reader, Transaction

REFUSAL_BYTES_MAX = 64 << 10  # of what could not be taken, as much as helps to find out why
ALARMS_SHOWN_MAX = 50
DEPENDS = "depends-on-quarantined"  # the hub's code for what follows an operation that does not count

Standing = Literal["rebase", "apart"]


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """Why the hub takes nothing of this node on a document: ``operation_id`` does not count there.

    ``code`` is how the node stands to it. ``rebase``: the document is the hub's again, and the next change of it names
    the operation. ``apart``: the hub holds nothing of the document, so it is kept here as it is until a person decides.
    """

    document_id: str
    operation_id: str
    code: Standing


class Quarantined(msgspec.Struct, frozen=True, kw_only=True):
    """An operation of this node that does not count at the hub; ``code`` says why."""

    operation_id: str
    document_id: str
    kind: str
    made_at: datetime
    code: str
    can_be_made_anew: bool


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """Something a person should look at; ``subject`` names a document, never a person."""

    alarm_id: int
    at: datetime
    kind: str
    subject: str


def block(tx: Transaction, *, document_id: str, operation_id: str, code: Standing) -> None:
    tx.execute(
        "insert into replica_blocks (document_id, operation_id, code) values (:document_id, :operation_id, :code) "
        "on conflict (document_id) do update set operation_id = excluded.operation_id, code = excluded.code",
        document_id=document_id,
        operation_id=operation_id,
        code=code,
    )


def block_of(reader: Reader, *, document_id: str) -> Block | None:
    return reader.row("select * from replica_blocks where document_id = :document_id", Block, document_id=document_id)


def unblock(tx: Transaction, *, document_id: str) -> None:
    tx.execute("delete from replica_blocks where document_id = :document_id", document_id=document_id)


def unblock_apart(tx: Transaction, *, document_id: str) -> None:
    """The hub holds the document."""
    tx.execute(
        "delete from replica_blocks where document_id = :document_id and code = 'apart'", document_id=document_id
    )


def kept_apart(reader: Reader) -> list[str]:
    """The documents that the hub held nothing of when something of them did not count."""
    found = reader.column("select document_id from replica_blocks where code = 'apart' order by document_id")
    return [str(document_id) for document_id in found]


def is_rebased(reader: Reader, *, operation_id: str) -> bool:
    """Whether what followed the quarantined operation was made anew already, or nothing followed it."""
    sql = (
        "select 1 from replica_blocks where operation_id = :operation_id and code = 'rebase' "
        "union all select 1 from replica_operations where rebase_of = :operation_id limit 1"
    )
    return reader.scalar(sql, operation_id=operation_id) is not None


def set_state(tx: Transaction, *, operation_id: str, state: OperationState, code: str | None = None) -> None:
    """Where the operation stands from now on; whether it was sent is not touched."""
    tx.execute(
        "update replica_operations set state = :state, quarantine_code = coalesce(:code, quarantine_code) "
        "where operation_id = :operation_id",
        operation_id=operation_id,
        state=state,
        code=code,
    )


def standing_operations(reader: Reader, *, document_id: str) -> list[StoredOperation]:
    """This node's own operations on a document that should count, in the order they were made.

    That includes what the hub refused for no other reason than one before it.
    """
    return reader.rows(
        "select * from replica_operations where document_id = :document_id and body is not null and "
        "(state in ('waiting', 'acknowledged') or state = 'quarantined' and quarantine_code = :depends) order by rowid",
        StoredOperation,
        document_id=document_id,
        depends=DEPENDS,
    )


def quarantined(reader: Reader) -> list[Quarantined]:
    """Every operation set apart, in the order they were made."""
    return reader.rows(
        "select operation_id, document_id, kind, made_at, coalesce(quarantine_code, '') as code, "
        "change is not null as can_be_made_anew from replica_operations where state = 'quarantined' order by rowid",
        Quarantined,
    )


def refuse_item(
    tx: Transaction,
    *,
    seq: int,
    what: str,
    document_id: str,
    operation_id: str | None,
    body: bytes,
    why: str,
    now: datetime,
) -> None:
    """Remember what the hub said and this node could not take; ``why`` is the kind of the failure, no content."""
    tx.execute(
        "insert into replica_refusals (seq, what, document_id, operation_id, body, why, at) "
        "values ((select :seq where not exists (select 1 from replica_refusals where seq = :seq)), "
        ":what, :document_id, :operation_id, :body, :why, :now)",  # the pages of a refetch share one seq
        seq=seq,
        what=what,
        document_id=document_id,
        operation_id=operation_id,
        body=body[:REFUSAL_BYTES_MAX],
        why=why,
        now=now,
    )


def refused_documents(reader: Reader) -> list[str]:
    """Documents of which something could not be taken: to be asked for as a whole."""
    return [str(each) for each in reader.column("select distinct document_id from replica_refusals order by 1")]


def forget_refusals(tx: Transaction, *, document_id: str) -> None:
    """The document came as a whole and was taken."""
    tx.execute("delete from replica_refusals where document_id = :document_id", document_id=document_id)


def count_refusals(reader: Reader) -> int:
    return int(reader.scalar("select count(*) from replica_refusals") or 0)


def raise_alarm(tx: Transaction, *, kind: str, subject: str, now: datetime) -> None:
    """Something a person should look at; the same again is one alarm until it was seen."""
    tx.execute(
        "insert into replica_alarms (at, kind, subject) select :now, :kind, :subject where not exists "
        "(select 1 from replica_alarms where kind = :kind and subject = :subject and seen_at is null)",
        now=now,
        kind=kind,
        subject=subject,
    )


def alarms(reader: Reader) -> list[Alarm]:
    """What nobody has looked at yet, the latest first."""
    return reader.rows(
        "select alarm_id, at, kind, subject from replica_alarms where seen_at is null "
        "order by alarm_id desc limit :limit",
        Alarm,
        limit=ALARMS_SHOWN_MAX,
    )


def see_alarms(tx: Transaction, *, up_to: int, now: datetime) -> int:
    """A person looked at every alarm up to this one; how many those were."""
    return tx.execute(
        "update replica_alarms set seen_at = :now where seen_at is null and alarm_id <= :up_to", up_to=up_to, now=now
    )
