"""``/supervisor``: the wallboard, and which desk serves which spheres."""

from functools import partial
from typing import Any

import msgspec
from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, ServerSentEvent, Template

from edge_node.queue import commands as queue
from edge_node.queue import queries as hall
from edge_node.queue.model import QUEUE_TOPIC, DeskClosed, DeskNotFound
from edge_node.supervisor import commands, queries
from sync.ambient import Clock
from sync.storage import Store
from sync.vocabulary.catalogue import SPHERES, Sphere
from sync.vocabulary.hall import WAIT_LIMIT_MINUTES, WAIT_TARGET_MINUTES
from sync.vocabulary.ids import DeskId, TicketId
from sync.vocabulary.staff import Permission
from sync.web.access import may
from sync.web.acts import ACT_OF_STAFF, Act
from sync.web.forms import form_at
from sync.web.live import live_fragment
from sync.web.pages import fragment

AnyRequest = Request[Any, Any, Any]
WALL, DESKS = "/supervisor", "/supervisor/desks"
LATE_SHOWN_MAX = 14  # what a wall of 1080 lines has room for; the figure above counts all
_BOUNDS = {"target": WAIT_TARGET_MINUTES, "limit": WAIT_LIMIT_MINUTES, "late_shown_max": LATE_SHOWN_MAX}


class SpheresForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the desk is to serve."""

    spheres: Sphere | list[Sphere] | None = None  # a form sends one box as a value, several as a list

    @property
    def chosen(self) -> list[Sphere]:
        """All boxes that were ticked."""
        if self.spheres is None:
            return []
        return [self.spheres] if isinstance(self.spheres, Sphere) else self.spheres


class Wallboard(Controller):
    """The hall on one wall, live."""

    include_in_schema = False
    guards = (may(Permission.WATCH_OFFICE),)
    dependencies = ACT_OF_STAFF

    @get(WALL)
    async def page(self, store: NamedDependency[Store], clock: NamedDependency[Clock]) -> Template:
        wall = await store.read(partial(queries.wallboard, now=clock.now()))
        return Template("supervisor/wallboard.html", context={"wall": wall, "cards": SPHERES, **_BOUNDS})

    @get("/live/supervisor")
    async def live(
        self, request: AnyRequest, store: NamedDependency[Store], clock: NamedDependency[Clock]
    ) -> ServerSentEvent:
        """The same again whenever the queue moves, and every minute."""

        async def render() -> str:
            wall = await store.read(partial(queries.wallboard, now=clock.now()))
            return fragment(request, "supervisor/_wall.html", {"wall": wall, "cards": SPHERES, **_BOUNDS})

        return live_fragment(request, QUEUE_TOPIC, render)

    @post("/supervisor/alerts/{ticket_id:str}/note", opt=form_at(WALL))
    async def take_note(self, ticket_id: FromPath[str], act: NamedDependency[Act]) -> Redirect:
        """The supervisor knows of a ticket that waits too long."""
        await act.do(partial(commands.take_note, ticket_id=TicketId(ticket_id)))
        return Redirect(WALL, status_code=303)

    @post("/supervisor/alarms/{desk_id:str}/answer", opt=form_at(WALL))
    async def answer_alarm(self, desk_id: FromPath[str], act: NamedDependency[Act]) -> Redirect:
        """The supervisor goes to the desk that called for help."""
        await act.do(partial(queue.answer_alarm, desk_id=DeskId(desk_id)))
        return Redirect(WALL, status_code=303)


class DeskAssignments(Controller):
    """Which desk serves which spheres: by dragging, or in a table with the keyboard."""

    include_in_schema = False
    guards = (may(Permission.WATCH_OFFICE),)
    dependencies = ACT_OF_STAFF

    @get(DESKS)
    async def page(self, store: NamedDependency[Store], clock: NamedDependency[Clock]) -> Template:
        now = clock.now()
        desks = await store.read(hall.desks)
        waiting = (await store.read(partial(hall.queue_now, now=now))).waiting
        context = {"desks": desks, "waiting": {each.sphere: each.waiting for each in waiting}, "cards": SPHERES}
        return Template("supervisor/desks.html", context=context)

    @post("/supervisor/desks/{desk_id:str}/spheres", opt=form_at(DESKS))
    async def assign(
        self, desk_id: FromPath[str], data: URLEncodedBody[SpheresForm], act: NamedDependency[Act]
    ) -> Redirect:
        """Let the desk serve these spheres from its next call on."""
        await act.do(partial(queue.assign_desk, desk_id=DeskId(desk_id), spheres=data.chosen))
        return Redirect(DESKS, status_code=303)

    @get("/supervisor/desks/{desk_id:str}/close")
    async def ask_close(
        self, desk_id: FromPath[str], store: NamedDependency[Store], clock: NamedDependency[Clock]
    ) -> Template:
        """Surely? Who works there, and who stands there."""
        wall = await store.read(partial(queries.wallboard, now=clock.now()))
        found = next((each for each in wall.desks if each.desk.id == desk_id), None)
        if found is None:
            raise DeskNotFound
        if found.occupant is None:
            raise DeskClosed(desk_number=found.desk.number)
        return Template("supervisor/close.html", context={"each": found})

    @post("/supervisor/desks/{desk_id:str}/close", opt=form_at(DESKS))
    async def close(self, desk_id: FromPath[str], act: NamedDependency[Act]) -> Redirect:
        """Close the desk of somebody who is gone; nobody who waits loses anything."""
        await act.do(partial(queue.close_desk, desk_id=DeskId(desk_id)))
        return Redirect(WALL, status_code=303)


controllers = (Wallboard, DeskAssignments)
