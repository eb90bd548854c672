"""Carrying messages from the outbox to the gateway, beside the pages."""

import asyncio
from functools import partial

import msgspec

from central_hub.notifications import commands, queries
from central_hub.notifications.model import Gateway, GatewayAway, Message, MessageState, NumberRefused
from central_hub.storage import HubStore
from sync.ambient import Clock
from sync.web.i18n import Language, Texts

EVERY_SECONDS = 20  # any process of the hub fills the outbox; a reminder may come so much later


class Carrier:
    """Hands over what is due; without a gateway it only drops what comes too late."""

    def __init__(self, store: HubStore, *, clock: Clock, gateway: Gateway | None, texts: Texts) -> None:
        self._store, self._clock, self._gateway, self._texts = store, clock, gateway, texts

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self.carry()
            await asyncio.sleep(EVERY_SECONDS)

    async def carry(self) -> int:
        """Once; how many messages the gateway took."""
        if await self._store.read(partial(queries.has_late, now=self._clock.now())):
            await self._store.run(partial(commands.expire, now=self._clock.now()))
        if self._gateway is None:
            return 0
        sent = 0
        for message in await self._store.read(partial(queries.due, now=self._clock.now())):
            state = MessageState.SENT
            try:
                await self._gateway.send(phone=message.phone, text=self._text(message), message_id=message.message_id)
            except GatewayAway:
                await self._store.run(partial(commands.try_later, message=message, now=self._clock.now()))
                continue
            except NumberRefused:
                state = MessageState.REFUSED
            end = partial(commands.end, message_id=message.message_id, state=state, now=self._clock.now())
            await self._store.run(end)
            sent += state is MessageState.SENT
        return sent

    def _text(self, message: Message) -> str:
        language: Language = "en" if message.language == "en" else "uk"
        words = self._texts.keyed(f"message:{message.kind}", language) or ""
        return words % msgspec.json.decode(message.facts, type=dict[str, str])
