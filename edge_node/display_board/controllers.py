"""The board's page, its live piece, and the queue as JSON for anybody."""

from functools import partial
from typing import Any

import msgspec
from litestar import Controller, Request, get
from litestar.di import NamedDependency
from litestar.response import ServerSentEvent, Template

from edge_node.display_board import queries
from edge_node.queue import queries as queue
from edge_node.queue.model import CALLS_TOPIC, QueueNow
from edge_node.settings import NodeSettings
from sync.ambient import Clock
from sync.storage import Store
from sync.vocabulary.ids import OfficeId
from sync.web.i18n import current_language
from sync.web.live import broadcaster_of, live_fragment
from sync.web.pages import fragment
from sync.web.shared import SharedFragments

AnyRequest = Request[Any, Any, Any]
_rendered = SharedFragments()


class QueueMonitor(msgspec.Struct, frozen=True, kw_only=True):
    """The public feed of one office's queue: counts, desks and called numbers, never a person."""

    office_id: OfficeId
    queue: QueueNow


class QueueController(Controller):
    """Open to anybody: the public page, the hub and other boards ask here."""

    path = "/api/queue"
    tags = ("queue",)

    @get()
    async def now(
        self, store: NamedDependency[Store], clock: NamedDependency[Clock], settings: NamedDependency[NodeSettings]
    ) -> QueueMonitor:
        """Who waits for what, which desks are open, the last calls."""
        hall = await store.read(partial(queue.queue_now, now=clock.now()))
        return QueueMonitor(office_id=settings.office_id, queue=hall)


class BoardPages(Controller):
    """The board over the hall."""

    include_in_schema = False

    @get("/board")
    async def board(self, store: NamedDependency[Store], clock: NamedDependency[Clock]) -> Template:
        """The board as it is now."""
        view = await store.read(partial(queries.board_view, now=clock.now()))
        return Template("display_board/board.html", context={"view": view})

    @get("/live/board")
    async def live_board(
        self, request: AnyRequest, store: NamedDependency[Store], clock: NamedDependency[Clock]
    ) -> ServerSentEvent:
        """The whole board again after each call, and at once to a board that comes back: it misses nothing."""

        async def render() -> str:
            view = await store.read(partial(queries.board_view, now=clock.now()))
            return fragment(request, "display_board/_calls.html", {"view": view})

        async def shared() -> str:
            version = broadcaster_of(request).last_id(CALLS_TOPIC)
            return await _rendered.get((request.app, current_language()), version=version, render=render)

        return live_fragment(request, CALLS_TOPIC, shared)


controllers: list[type[Controller]] = [QueueController, BoardPages]
