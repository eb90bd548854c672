"""A message on its way to somebody's telephone, and who carries it."""

from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Protocol

import msgspec

from sync.vocabulary.working_days import KYIV

NIGHT_FROM, NIGHT_UNTIL = time(21), time(8)  # the quiet hours of the city's own messages


class MessageState(StrEnum):
    """Where a message stands; ended ones keep neither words nor number."""

    WAITING = "waiting"
    SENDING = "sending"  # a request with it has gone out, and its answer has not come
    SENT = "sent"  # the gateway has taken it
    EXPIRED = "expired"  # too late to be of use
    REFUSED = "refused"  # the gateway will never take it: no such number
    UNKNOWN = "unknown"  # the answer was lost for good: it may have come, and is not sent again


class Trouble(StrEnum):
    """Why the gateway takes nothing; all but the first two wait for a person."""

    UNREACHABLE = "unreachable"
    BUSY = "busy"
    MONEY = "money"
    TOKEN = "token"  # noqa: S105 - what is wrong, no secret
    SENDER = "sender"
    REQUEST = "request"


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be sent: the text ``message:<kind>`` in ``language``, filled with ``facts`` (JSON); no names in them.

    ``subject`` is the id of what it is about.
    """

    message_id: str
    kind: str
    subject: str
    phone: str
    language: str
    facts: str
    expires_at: datetime
    tries: int = 0

    @property
    def request_id(self) -> str:
        """Of the request that carries it: the same while its answer is looked for, another after a plain no."""
        return f"{self.message_id}{self.tries}"


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How many messages stand so, since when, and what keeps those that wait."""

    state: MessageState
    trouble: Trouble | None
    count: int
    since: datetime


def night_until(now: datetime) -> datetime | None:
    """When telephones may ring again; None while they may: by day in Kyiv."""
    local = now.astimezone(KYIV)
    if NIGHT_UNTIL <= local.time() < NIGHT_FROM:
        return None
    day = local.date() + timedelta(days=1 if local.time() >= NIGHT_FROM else 0)
    return datetime.combine(day, NIGHT_UNTIL, tzinfo=KYIV)


class GatewayAway(Exception):  # noqa: N818 - what happened
    """The gateway took nothing; the message waits and is tried again."""

    def __init__(self, trouble: Trouble = Trouble.UNREACHABLE) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble


class MessageRefused(Exception):  # noqa: N818 - what happened
    """The gateway will not send this to this number, however often it is asked."""


class OutcomeUnknown(Exception):  # noqa: N818 - what happened
    """The request went out and no answer tells whether the gateway took it."""


class Gateway(Protocol):
    """Carries short messages."""

    async def send(self, *, phone: str, text: str, request_id: str) -> None:
        """Hand a message over; asked again under the same ``request_id``, tell what became of it, and send nothing.

        Raises GatewayAway, MessageRefused, OutcomeUnknown.
        """
        ...
