"""What may be done with messages: put into the outbox with what they are about, handed over, ended, tried again."""

from datetime import datetime, timedelta

from central_hub.notifications import queries
from central_hub.notifications.model import Message, MessageState, Trouble
from central_hub.storage.transaction import Transaction

FIRST_PAUSE = timedelta(minutes=1)
PAUSE_MAX = timedelta(hours=1)


def put_into_outbox(tx: Transaction, message: Message, *, now: datetime) -> None:
    """Have it sent, in the transaction of what it tells of: both are durable, or neither."""
    queries.add(tx, message, now=now)


def withdraw(tx: Transaction, *, subject: str, now: datetime) -> None:
    """Send nothing of this any more."""
    queries.withdraw(tx, subject=subject, now=now)


def begin_sending(tx: Transaction, message: Message, *, now: datetime) -> bool:
    """Note, before its first byte, that a request with it goes out; False when it is no longer to be sent."""
    return queries.begin_sending(tx, message_id=message.message_id, now=now)


def end(tx: Transaction, *, message_id: str, state: MessageState, now: datetime) -> None:
    """The gateway took the message, or never will."""
    queries.end(tx, message_id=message_id, state=state, now=now)


def try_later(tx: Transaction, message: Message, *, trouble: Trouble, now: datetime) -> None:
    """The gateway took nothing: ask again after a pause that doubles, to an hour."""
    pause = min(FIRST_PAUSE * 2 ** min(message.tries, 10), PAUSE_MAX)
    queries.try_later(tx, message_id=message.message_id, tries=message.tries + 1, trouble=trouble, at=now + pause)


def clear_away(tx: Transaction, *, now: datetime) -> None:
    """Drop what comes too late, and let go of what no answer will tell of any more."""
    queries.forget_counted(tx, now=now)
    queries.expire(tx, now=now)
    queries.give_up(tx, now=now)
