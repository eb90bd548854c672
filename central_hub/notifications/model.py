"""A message on its way to somebody's telephone, and who carries it."""

from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec


class MessageState(StrEnum):
    """Where a message stands; ended ones keep neither words nor number."""

    WAITING = "waiting"
    SENT = "sent"
    EXPIRED = "expired"  # too late to be of use
    REFUSED = "refused"  # the gateway will never take it: no such number


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


class GatewayAway(Exception):  # noqa: N818 - what happened
    """The gateway took nothing; the message waits and is tried again."""


class NumberRefused(Exception):  # noqa: N818 - what happened
    """The gateway will not send to this number, however often it is asked."""


class Gateway(Protocol):
    """Carries short messages."""

    async def send(self, *, phone: str, text: str, message_id: str) -> None:
        """Hand a message over under its id, so that one handed over twice is sent once.

        Raises GatewayAway, NumberRefused.
        """
        ...
