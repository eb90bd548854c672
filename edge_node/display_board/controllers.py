"""The board's page, its live piece, and the queue as JSON for anybody."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import msgspec
from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, ServerSentEvent, ServerSentEventMessage, Template

from edge_node.display_board import commands, queries
from edge_node.display_board.model import NOTICES_MAX, NoticeWanted
from edge_node.queue import queries as queue
from edge_node.queue.model import CALLS_TOPIC, QUEUE_TOPIC, QueueNow
from edge_node.settings import NodeSettings
from sync.ambient import Clock, Ids
from sync.storage import Store
from sync.vocabulary.catalogue import SPHERES
from sync.vocabulary.ids import OfficeId
from sync.vocabulary.staff import Permission
from sync.vocabulary.working_days import local_day
from sync.web.access import may, signed_in
from sync.web.forms import form_at
from sync.web.i18n import current_language
from sync.web.live import HEARTBEAT, Reload, SharedMessage, broadcaster_of, last_event_id, live_fragment
from sync.web.pages import fragment
from sync.web.shared import SharedFragments

AnyRequest = Request[Any, Any, Any]
BEAT_SECONDS = 2  # a board that has heard nothing for five seconds says that it is stale
_calls_now: SharedFragments[SharedMessage] = SharedFragments()
_halls_now: SharedFragments[str] = SharedFragments()


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
        now = clock.now()
        view = await store.read(partial(queries.board_view, now=now))
        hall = await store.read(partial(queries.hall_view, now=now))
        return Template("display_board/board.html", context={"view": view, "hall": hall, "spheres": SPHERES})

    @get("/live/board")
    async def live_board(
        self, request: AnyRequest, store: NamedDependency[Store], clock: NamedDependency[Clock]
    ) -> ServerSentEvent:
        """The calls again after each of them; a board that comes back is first given what it missed.

        The id of a message is the last call's number in the queue's log: it outlives a restart of the node.
        """

        async def calls(*, seen: int | None = None) -> SharedMessage:
            view = await store.read(partial(queries.board_view, now=clock.now(), seen=seen))
            html = fragment(request, "display_board/_calls.html", {"view": view})
            return SharedMessage(data=html, id=view.sequence)

        async def messages() -> AsyncIterator[ServerSentEventMessage]:
            broadcaster = broadcaster_of(request)
            shown = broadcaster.last_id(CALLS_TOPIC)  # before the first rendering: what comes meanwhile is shown too
            yield await calls(seen=last_event_id(request))
            async for change in broadcaster.changes(CALLS_TOPIC, after=shown, beat_seconds=BEAT_SECONDS):
                if change is None:
                    yield HEARTBEAT
                elif isinstance(change.payload, Reload):
                    return  # the browser comes again and is given the whole piece
                elif change.id > shown:
                    shown = broadcaster.last_id(CALLS_TOPIC)
                    yield await _calls_now.get((request.app, current_language()), version=shown, render=calls)

        return ServerSentEvent(messages())

    @get("/live/board/hall")
    async def live_hall(
        self, request: AnyRequest, store: NamedDependency[Store], clock: NamedDependency[Clock]
    ) -> ServerSentEvent:
        """Who waits for what, and the notices, whenever the queue moves."""

        async def render() -> str:
            hall = await store.read(partial(queries.hall_view, now=clock.now()))
            return fragment(request, "display_board/_hall.html", {"hall": hall, "spheres": SPHERES})

        async def shared() -> str:
            version = broadcaster_of(request).last_id(QUEUE_TOPIC)
            return await _halls_now.get((request.app, current_language()), version=version, render=render)

        return live_fragment(request, QUEUE_TOPIC, shared)


class NoticePages(Controller):
    """The notices, written by the head of the office."""

    include_in_schema = False
    guards = (may(Permission.WATCH_OFFICE),)

    @get("/board/notices")
    async def notices(self, store: NamedDependency[Store], clock: NamedDependency[Clock]) -> Template:
        """Those of today, and room for another."""
        today = local_day(clock.now())
        found = await store.read(partial(queries.notices, on=today))
        return Template("display_board/notices.html", context={"notices": found, "today": today, "most": NOTICES_MAX})

    @post("/board/notices", opt=form_at("/board/notices"))
    async def add(
        self,
        data: URLEncodedBody[NoticeWanted],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        ids: NamedDependency[Ids],
    ) -> Redirect:
        by = signed_in(request).staff_id
        await store.run(partial(commands.add_notice, wanted=data, by=by, now=clock.now(), ids=ids))
        return Redirect("/board/notices", status_code=303)

    @post("/board/notices/{notice_id:str}/removal", opt=form_at("/board/notices"))
    async def remove(self, notice_id: FromPath[str], store: NamedDependency[Store]) -> Redirect:
        await store.run(partial(commands.remove_notice, notice_id=notice_id))
        return Redirect("/board/notices", status_code=303)


controllers: list[type[Controller]] = [QueueController, BoardPages, NoticePages]
