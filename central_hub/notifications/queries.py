"""The outbox of messages to people."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, delete, func, insert, or_, select, update

from central_hub.notifications.model import Message, MessageState, Standing, night_until
from central_hub.storage.appointment_tables import outgoing_messages
from central_hub.storage.transaction import Reader, Transaction

SENT_AT_ONCE_MAX = 50
COUNTED_FOR = timedelta(days=90)
SHOWN_FOR = timedelta(days=7)
SETTLED_WITHIN = timedelta(minutes=10)  # how long a gateway is sure to know a request again

_its = outgoing_messages.c


def due(reader: Reader, *, now: datetime) -> list[Message]:
    """Messages to try now, the oldest first, at most ``SENT_AT_ONCE_MAX``.

    At night only those for which the day would be too late: a person who has just booked is awake.
    """
    waiting = _messages().where(_its.state == MessageState.WAITING, _its.next_try_at <= now)
    if (day_begins_at := night_until(now)) is not None:
        waiting = waiting.where(_its.expires_at <= day_begins_at)
    return reader.rows(waiting.order_by(_its.next_try_at).limit(SENT_AT_ONCE_MAX), Message)


def unsettled(reader: Reader) -> list[Message]:
    """Messages whose answer has not come; one, unless the hub was stopped in the middle."""
    sending = _messages().where(_its.state == MessageState.SENDING)
    return reader.rows(sending.order_by(_its.handed_at).limit(SENT_AT_ONCE_MAX), Message)


def has_late(reader: Reader, *, now: datetime) -> bool:
    """Whether ``clear_away`` has anything to do."""
    late = (_its.state == MessageState.WAITING) & (_its.expires_at <= now)
    lost = (_its.state == MessageState.SENDING) & (_its.handed_at <= now - SETTLED_WITHIN)
    statement = select(_its.message_id).where(or_(late, lost, _its.ended_at < now - COUNTED_FOR)).limit(1)
    return reader.scalar(statement) is not None


def standing(reader: Reader, *, now: datetime) -> list[Standing]:
    """How many messages stand how, the ended ones of ``SHOWN_FOR``: neither whom they go to nor what they say."""
    since = case(
        (_its.state == MessageState.WAITING, _its.made_at),
        (_its.state == MessageState.SENDING, _its.handed_at),
        else_=_its.ended_at,
    )
    counted = (
        select(
            _its.state,
            _its.trouble,
            func.count().label("count"),
            func.min(since, type_=_its.made_at.type).label("since"),
        )
        .where(or_(_its.ended_at.is_(None), _its.ended_at >= now - SHOWN_FOR))
        .group_by(_its.state, _its.trouble)
    )
    order = list(MessageState)
    return sorted(reader.rows(counted, Standing), key=lambda each: (order.index(each.state), each.trouble or ""))


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


def begin_sending(tx: Transaction, *, message_id: str, now: datetime) -> bool:
    """Whether it still waited, and is on its way from now on."""
    waiting = (_its.message_id == message_id) & (_its.state == MessageState.WAITING)
    begun = update(outgoing_messages).where(waiting).values(state=MessageState.SENDING, handed_at=now, trouble=None)
    return tx.execute(begun) == 1


def end(tx: Transaction, *, message_id: str, state: MessageState, now: datetime) -> None:
    """It is over: words and number are wiped."""
    _end(tx, where=_its.message_id == message_id, state=state, now=now)


def try_later(tx: Transaction, *, message_id: str, tries: int, trouble: str, at: datetime) -> None:
    """The gateway took nothing."""
    tx.execute(
        update(outgoing_messages)
        .where(_its.message_id == message_id)
        .values(state=MessageState.WAITING, tries=tries, next_try_at=at, trouble=trouble)
    )


def forget_counted(tx: Transaction, *, now: datetime) -> None:
    """Drop what ended long ago."""
    tx.execute(delete(outgoing_messages).where(_its.ended_at < now - COUNTED_FOR))


def expire(tx: Transaction, *, now: datetime) -> None:
    """Wipe what comes too late, also where no gateway was ever set up."""
    late = (_its.state == MessageState.WAITING) & (_its.expires_at <= now)
    _end(tx, where=late, state=MessageState.EXPIRED, now=now)


def give_up(tx: Transaction, *, now: datetime) -> None:
    """Wipe what was sent and never answered: it may have come, so it is not sent again."""
    lost = (_its.state == MessageState.SENDING) & (_its.handed_at <= now - SETTLED_WITHIN)
    _end(tx, where=lost, state=MessageState.UNKNOWN, now=now)


def withdraw(tx: Transaction, *, subject: str, now: datetime) -> None:
    """What it was about is no more: nothing of it is sent."""
    waiting = (_its.state == MessageState.WAITING) & (_its.subject == subject)
    _end(tx, where=waiting, state=MessageState.EXPIRED, now=now)


def _messages() -> Select[Any]:
    return select(*(_its[name] for name in Message.__struct_fields__))


def _end(tx: Transaction, *, where: ColumnElement[bool], state: MessageState, now: datetime) -> None:
    ended = {"state": state, "ended_at": now, "phone": None, "facts": None}
    tx.execute(update(outgoing_messages).where(where).values(**ended))
