"""Taking a ticket: the same for the kiosk's page and for a program."""

import secrets
from functools import partial
from typing import Any

from litestar import Request

from edge_node.kiosk import commands
from edge_node.kiosk.model import PaperWords, TakenTicket
from edge_node.queue.model import Language, Wish
from edge_node.settings import NodeSettings
from sync.ambient import Clock, Ids
from sync.storage import Store, Transaction
from sync.storage.idempotency import Ask, once
from sync.vocabulary.catalogue import SPHERES
from sync.web.i18n import keyed, speaking

TOKEN_BYTES = 12  # 96 bits: nobody guesses one of a day's tickets, and the QR code stays coarse
AnyRequest = Request[Any, Any, Any]


class TicketDesk:
    """Issues tickets of one office; one dependency for a handler, as Litestar resolves several in a task each."""

    def __init__(self, store: Store, *, clock: Clock, ids: Ids, settings: NodeSettings) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._settings = settings

    async def take(self, wish: Wish, *, key: str | None, request: AnyRequest) -> TakenTicket:
        """A ticket for ``wish``; the same one again when ``key`` was used for the same wish."""
        now = self._clock.now()
        take = partial(
            commands.take_ticket,
            wish=wish,
            words=self._words(wish, site=site_of(request, self._settings)),
            token=secrets.token_urlsafe(TOKEN_BYTES),
            office_id=self._settings.office_id,
            now=now,
            ids=self._ids,
        )
        ask = Ask(key=key, request=wish, now=now)
        return await self._store.run(partial(_once, command=take, ask=ask))

    @staticmethod
    def _words(wish: Wish, *, site: str) -> PaperWords:
        card, is_english = SPHERES[wish.sphere], wish.language is Language.ENGLISH
        with speaking("en" if is_english else "uk"):
            purpose = keyed("purpose", wish.purpose)
        return PaperWords(sphere=card.name_en if is_english else card.name_uk, purpose=purpose, site=site)


def site_of(request: AnyRequest, settings: NodeSettings) -> str:
    """Where visitors' phones find this node: as configured, else as this request found it."""
    return (settings.listen.public_url or str(request.base_url)).rstrip("/")


def _once(tx: Transaction, *, command: "partial[TakenTicket]", ask: Ask) -> TakenTicket:
    return once(tx, command, ask=ask, answer_type=TakenTicket)
