"""The outbox of messages to people."""

from datetime import datetime, timedelta

from sqlalchemy import delete, insert, or_, select, update

from central_hub.notifications.model import Message, MessageState
from central_hub.storage.appointment_tables import outgoing_messages
from central_hub.storage.transaction import Reader, Transaction

SENT_AT_ONCE_MAX = 50
COUNTED_FOR = timedelta(days=90)


def due(reader: Reader, *, now: datetime) -> list[Message]:
    """Messages to try now, the oldest first, at most ``SENT_AT_ONCE_MAX``."""
    its = outgoing_messages.c
    columns = (its[name] for name in Message.__struct_fields__)
    waiting = select(*columns).where(its.state == MessageState.WAITING, its.next_try_at <= now)
    return reader.rows(waiting.order_by(its.next_try_at).limit(SENT_AT_ONCE_MAX), Message)


def has_late(reader: Reader, *, now: datetime) -> bool:
    """Whether anything waits that comes too late, or ended so long ago that nobody counts it any more."""
    its = outgoing_messages.c
    late = (its.state == MessageState.WAITING) & (its.expires_at <= now)
    statement = select(its.message_id).where(or_(late, its.ended_at < now - COUNTED_FOR)).limit(1)
    return reader.scalar(statement) is not None


def add(tx: Transaction, message: Message, *, now: datetime) -> None:
    """Put it into the outbox."""
    tx.execute(
        insert(outgoing_messages).values(
            message_id=message.message_id,
            kind=message.kind,
            subject=message.subject,
            phone=message.phone,
            language=message.language,
            facts=message.facts,
            expires_at=message.expires_at,
            tries=0,
            state=MessageState.WAITING,
            made_at=now,
            next_try_at=now,
        )
    )


def end(tx: Transaction, *, message_id: str, state: MessageState, now: datetime) -> None:
    """It is over: words and number are wiped."""
    tx.execute(
        update(outgoing_messages)
        .where(outgoing_messages.c.message_id == message_id)
        .values(state=state, ended_at=now, phone=None, facts=None)
    )


def try_later(tx: Transaction, *, message_id: str, tries: int, at: datetime) -> None:
    """The gateway was away."""
    tx.execute(
        update(outgoing_messages)
        .where(outgoing_messages.c.message_id == message_id)
        .values(tries=tries, next_try_at=at)
    )


def expire(tx: Transaction, *, now: datetime) -> None:
    """Wipe what comes too late, also where no gateway was ever set up; drop what ended long ago."""
    its = outgoing_messages.c
    tx.execute(delete(outgoing_messages).where(its.ended_at < now - COUNTED_FOR))
    tx.execute(
        update(outgoing_messages)
        .where(its.state == MessageState.WAITING, its.expires_at <= now)
        .values(state=MessageState.EXPIRED, ended_at=now, phone=None, facts=None)
    )


def withdraw(tx: Transaction, *, subject: str, now: datetime) -> None:
    """What it was about is no more: nothing of it is sent."""
    its = outgoing_messages.c
    tx.execute(
        update(outgoing_messages)
        .where(its.state == MessageState.WAITING, its.subject == subject)
        .values(state=MessageState.EXPIRED, ended_at=now, phone=None, facts=None)
    )
