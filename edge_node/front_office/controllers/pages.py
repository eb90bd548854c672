"""``/desk``: the page an administrator works with all day. Every button is a plain form."""

import asyncio
from functools import partial
from typing import Annotated

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody
from litestar.response import Redirect, ServerSentEvent, Template

from edge_node.front_office import queries
from edge_node.front_office.controllers.answering import (
    ACTING,
    HOME,
    ID_LETTERS_MAX,
    AnyRequest,
    Buttons,
    DeskForm,
    Id,
    NumberForm,
    TicketForm,
)
from edge_node.front_office.model import NoDesk
from edge_node.printing import commands as printing
from edge_node.queue import commands
from edge_node.queue import queries as queue
from edge_node.queue.model import QUEUE_TOPIC, RECALLS_MAX, BreakReason
from edge_node.settings import NodeSettings
from sync.ambient import Clock, Ids
from sync.storage import Store
from sync.vocabulary.catalogue import SPHERES, Sphere
from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.ids import DeskId
from sync.vocabulary.staff import Permission
from sync.vocabulary.ticket import Purpose
from sync.web import sessions
from sync.web.access import may, signed_in
from sync.web.acts import Act
from sync.web.forms import form_at
from sync.web.i18n import current_language
from sync.web.live import broadcaster_of, live_fragment
from sync.web.pages import fragment
from sync.web.shared import SharedFragments

SERVICE_MINUTES = 15  # a reception is to take no longer (DOMAIN §5)
LIST_PAUSE_SECONDS = 0.3  # the board goes first, and what happens in the same moment is shown as one change
_rendered: SharedFragments[str] = SharedFragments()
_alone: SharedFragments[frozenset[DeskId]] = SharedFragments()


class ReprintForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    job_id: Id


class TransferForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``to`` is ``sphere:<sphere>`` or ``desk:<id>``: one list to choose from."""

    ticket_id: Id
    to: Annotated[str, msgspec.Meta(min_length=1, max_length=ID_LETTERS_MAX + 8)]


class DeskPages(Controller):
    """A desk to take, and then the desk itself."""

    include_in_schema = False
    guards = (may(Permission.SERVE_AT_DESK),)
    dependencies = ACTING

    @get("/desk")
    async def page(
        self,
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        settings: NamedDependency[NodeSettings],
    ) -> Template:
        """The person's desk, or all desks to choose from."""
        by, now = signed_in(request).staff_id, clock.now()
        view = await store.read(partial(queries.desk_view, staff_id=by, now=now))
        if view is None:
            return Template(
                "front_office/choose.html", context={"desks": await store.read(queue.desks), "cards": SPHERES}
            )
        context = {"view": view, "room": view.room, "cards": SPHERES, "recalls_max": RECALLS_MAX}
        context |= {"break_reasons": tuple(BreakReason), "purposes": tuple(Purpose), "target": SERVICE_MINUTES}
        context["on_desk"] = settings.on_desk(view.desk.number)
        return Template("front_office/desk.html", context=context)

    @get("/live/desk")
    async def live(
        self, request: AnyRequest, store: NamedDependency[Store], clock: NamedDependency[Clock]
    ) -> ServerSentEvent:
        """Who waits, again whenever the queue moves."""
        by = signed_in(request).staff_id
        desk = await store.read(partial(queue.desk_of, staff_id=by))
        if desk is None:
            raise NoDesk

        async def render() -> str:
            room = await store.read(partial(queries.waiting_room, desk=desk, now=clock.now()))
            return fragment(request, "front_office/_room.html", {"room": room, "cards": SPHERES})

        async def seen_alone() -> frozenset[DeskId]:
            return await store.read(partial(queries.desks_seen_alone, now=clock.now()))

        async def shared() -> str:
            """Desks of the same skills see the same, but for one that somebody was sent to or that called for help."""
            await asyncio.sleep(LIST_PAUSE_SECONDS)
            version = broadcaster_of(request).last_id(QUEUE_TOPIC)
            alone = await _alone.get(request.app, version=version, render=seen_alone)
            skills = (desk.spheres, desk.languages, desk.signs)
            key = (request.app, current_language(), skills, desk.id if desk.id in alone else None)
            return await _rendered.get(key, version=version, render=render)

        return live_fragment(request, QUEUE_TOPIC, shared)

    @post("/desk/take", opt=form_at(HOME))
    async def take(self, data: URLEncodedBody[DeskForm], request: AnyRequest, act: NamedDependency[Act]) -> Redirect:
        """Sit down at a desk."""
        person = signed_in(request)
        desk = await act.do(partial(commands.occupy_desk, desk_id=DeskId(data.desk_id)))
        await sessions.change(request, msgspec.structs.replace(person, desk_id=desk.id))
        return Redirect(HOME, status_code=303)

    @post("/desk/leave", opt=form_at(HOME))
    async def leave(self, request: AnyRequest, buttons: NamedDependency[Buttons]) -> Redirect:
        """Close one's desk."""
        back = await buttons.with_desk(commands.leave_desk)
        await sessions.change(request, msgspec.structs.replace(signed_in(request), desk_id=None))
        return back

    @post("/desk/call-next", opt=form_at(HOME))
    async def call_next(self, buttons: NamedDependency[Buttons]) -> Redirect:
        """Call the visitor whose turn it is."""
        return await buttons.with_desk(commands.call_next)

    @post("/desk/call", opt=form_at(HOME))
    async def call_number(self, data: URLEncodedBody[NumberForm], buttons: NamedDependency[Buttons]) -> Redirect:
        """Call one number out of turn."""
        return await buttons.with_desk(partial(commands.call_number, number=data.ticket_number))

    @post("/desk/recall", opt=form_at(HOME))
    async def recall(self, data: URLEncodedBody[TicketForm], buttons: NamedDependency[Buttons]) -> Redirect:
        """Call the same visitor once more."""
        return await buttons.with_ticket(commands.recall, data.ticket_id)

    @post("/desk/start", opt=form_at(HOME))
    async def start(self, data: URLEncodedBody[TicketForm], buttons: NamedDependency[Buttons]) -> Redirect:
        """The visitor came."""
        return await buttons.with_ticket(commands.start_serving, data.ticket_id)

    @post("/desk/no-show", opt=form_at(HOME))
    async def no_show(self, data: URLEncodedBody[TicketForm], buttons: NamedDependency[Buttons]) -> Redirect:
        """Nobody came."""
        return await buttons.with_ticket(commands.no_show, data.ticket_id)

    @post("/desk/finish", opt=form_at(HOME))
    async def finish(self, data: URLEncodedBody[TicketForm], buttons: NamedDependency[Buttons]) -> Redirect:
        """The visitor was served."""
        return await buttons.with_ticket(commands.finish, data.ticket_id)

    @post("/desk/reprint", opt=form_at(HOME))
    async def reprint(
        self,
        data: URLEncodedBody[ReprintForm],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        ids: NamedDependency[Ids],
    ) -> Redirect:
        """Print a copy of a ticket: the same number, marked as a copy."""
        order = partial(printing.reprint_by, job_id=data.job_id, by=signed_in(request))
        await store.run(partial(order, order_id=ids.new(), now=clock.now()))
        return Redirect(HOME, status_code=303)

    @post("/desk/transfer", opt=form_at(HOME))
    async def transfer(self, data: URLEncodedBody[TransferForm], buttons: NamedDependency[Buttons]) -> Redirect:
        """Send the visitor to another sphere or desk, with the time already waited."""
        kind, _, where = data.to.partition(":")
        if kind == "sphere" and where in Sphere.__members__.values():
            send = partial(commands.transfer_to_sphere, sphere=Sphere(where))
        elif kind == "desk":
            send = partial(commands.transfer_to_desk, desk_id=DeskId(where))
        else:
            raise InvalidInput(field="to", rule="choice")
        return await buttons.with_ticket(send, data.ticket_id)
