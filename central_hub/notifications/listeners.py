"""Carrying messages from the outbox to the gateway, beside the pages."""

import asyncio
import logging
from functools import partial

import msgspec

from central_hub.notifications import commands, queries
from central_hub.notifications.model import (
    Gateway,
    GatewayAway,
    Message,
    MessageRefused,
    MessageState,
    OutcomeUnknown,
    Trouble,
)
from central_hub.storage import HubStore
from sync.ambient import Clock
from sync.web.i18n import Language, Texts

EVERY_SECONDS = 20  # any process of the hub fills the outbox; a reminder may come so much later

_log = logging.getLogger(__name__)


class Carrier:
    """Hands over what is due; without a gateway it only drops what comes too late.

    A round ends at the first message that is not taken: when the gateway is away or silent, the others would fare no
    better. Nothing else goes out while an answer is looked for, so that a gateway that fell silent holds one message.
    """

    def __init__(self, store: HubStore, *, clock: Clock, gateway: Gateway | None, texts: Texts) -> None:
        self._store, self._clock, self._gateway, self._texts = store, clock, gateway, texts
        self._trouble: Trouble | None = None

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self.carry()
            await asyncio.sleep(EVERY_SECONDS)

    async def carry(self) -> int:
        """Once; how many messages the gateway took."""
        if await self._store.read(partial(queries.has_late, now=self._clock.now())):
            await self._store.run(partial(commands.clear_away, now=self._clock.now()))
        if self._gateway is None:
            return 0
        sent = 0
        for message in await self._store.read(queries.unsettled):
            state = await self._settle(self._gateway, message)
            if state is None:
                return sent
            sent += state is MessageState.SENT
        for message in await self._store.read(partial(queries.due, now=self._clock.now())):
            if not await self._store.run(partial(commands.begin_sending, message=message, now=self._clock.now())):
                continue  # withdrawn since
            state = await self._send(self._gateway, message)
            if state is None:
                return sent
            sent += state is MessageState.SENT
        return sent

    async def _send(self, gateway: Gateway, message: Message) -> MessageState | None:
        """How it ended; None when it did not."""
        try:
            return await self._ask(gateway, message)
        except GatewayAway as away:
            self._say(away.trouble)
            later = partial(commands.try_later, message=message, trouble=away.trouble, now=self._clock.now())
            await self._store.run(later)
        except OutcomeUnknown:
            self._say(Trouble.UNREACHABLE)
        return None

    async def _settle(self, gateway: Gateway, message: Message) -> MessageState | None:
        """Look for the answer that was lost. That the gateway takes nothing *now* says nothing of the request then."""
        try:
            return await self._ask(gateway, message)
        except GatewayAway as away:
            self._say(away.trouble)
        except OutcomeUnknown:
            self._say(Trouble.UNREACHABLE)
        return None

    async def _ask(self, gateway: Gateway, message: Message) -> MessageState:
        state = MessageState.SENT
        try:
            await gateway.send(phone=message.phone, text=self._text(message), request_id=message.request_id)
        except MessageRefused:
            state = MessageState.REFUSED
        self._say(None)
        await self._store.run(partial(commands.end, message_id=message.message_id, state=state, now=self._clock.now()))
        return state

    def _say(self, trouble: Trouble | None) -> None:
        """To the log, once when it begins and once when it is over."""
        if trouble is not self._trouble:
            self._trouble = trouble
            _log.warning("the message gateway takes messages" if trouble is None else f"no message goes out: {trouble}")

    def _text(self, message: Message) -> str:
        language: Language = "en" if message.language == "en" else "uk"
        words = self._texts.keyed(f"message:{message.kind}", language) or ""
        return words % msgspec.json.decode(message.facts, type=dict[str, str])
