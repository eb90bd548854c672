"""The forms of the desk's page beside calling and serving, and the page that says why a ticket was called."""

from functools import partial
from typing import Annotated

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Template

from edge_node.front_office import queries
from edge_node.front_office.controllers.answering import (
    HOME,
    AnyRequest,
    Id,
    Number,
    home,
    own_desk,
    with_desk,
    with_ticket,
)
from edge_node.queue import commands
from edge_node.queue.model import BreakReason
from sync.ambient import Clock
from sync.storage import Store
from sync.vocabulary.catalogue import SPHERES, Sphere
from sync.vocabulary.ids import DeskId, TicketId
from sync.vocabulary.staff import Permission
from sync.vocabulary.ticket import Purpose
from sync.web.access import may, signed_in
from sync.web.forms import form_at

PLACE_LETTERS_MAX = 120
AT_DESK = (may(Permission.SERVE_AT_DESK),)


class TicketForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    ticket_id: Id


class ParkForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``returns``: to this desk alone, or to any."""

    ticket_id: Id
    minutes: Annotated[int, msgspec.Meta(ge=1, le=commands.PARKED_MINUTES_MAX)]
    returns: Annotated[str, msgspec.Meta(pattern="^(here|anywhere)$")] = "anywhere"


class NextServiceForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    ticket_id: Id
    sphere: Sphere
    purpose: Purpose


class RedirectForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    ticket_id: Id
    to: Annotated[str, msgspec.Meta(min_length=1, max_length=PLACE_LETTERS_MAX)]


class NumberForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    ticket_number: Number


class BreakForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    reason: BreakReason


class DeskForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    desk_id: Id


class DeskActPages(Controller):
    """Every button is a plain form; who presses late is refused by the ticket or the desk it names."""

    include_in_schema = False

    @post("/desk/park", opt=form_at(HOME), guards=AT_DESK)
    async def park(
        self,
        data: URLEncodedBody[ParkForm],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
    ) -> Redirect:
        """Put the visitor's ticket aside for a while."""
        by, now = signed_in(request).staff_id, clock.now()
        desk = await own_desk(store, by=by)
        only = desk.id if data.returns == "here" else None
        park = partial(commands.park, ticket_id=TicketId(data.ticket_id), minutes=data.minutes, only_desk_id=only)
        await store.run(partial(park, by=by, now=now))
        return home()

    @post("/desk/return", opt=form_at(HOME), guards=AT_DESK)
    async def bring_back(
        self,
        data: URLEncodedBody[TicketForm],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
    ) -> Redirect:
        """Let a ticket that was put aside wait again now."""
        return await with_ticket(commands.bring_back, data.ticket_id, request=request, store=store, clock=clock)

    @post("/desk/next-service", opt=form_at(HOME), guards=AT_DESK)
    async def next_service(
        self,
        data: URLEncodedBody[NextServiceForm],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
    ) -> Redirect:
        """Go on to the next service of the visit."""
        go_on = partial(commands.next_service, sphere=data.sphere, purpose=data.purpose)
        return await with_ticket(go_on, data.ticket_id, request=request, store=store, clock=clock)

    @post("/desk/redirect", opt=form_at(HOME), guards=AT_DESK)
    async def redirect(
        self,
        data: URLEncodedBody[RedirectForm],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
    ) -> Redirect:
        """The visitor was sent to another authority."""
        send = partial(commands.redirect, to=data.to.strip())
        return await with_ticket(send, data.ticket_id, request=request, store=store, clock=clock)

    @post("/desk/undo", opt=form_at(HOME), guards=AT_DESK)
    async def undo(self, request: AnyRequest, store: NamedDependency[Store], clock: NamedDependency[Clock]) -> Redirect:
        """Take back the last call, no-show or end of serving."""
        return await with_desk(commands.undo_last, request=request, store=store, clock=clock)

    @post("/desk/restore", opt=form_at(HOME), guards=AT_DESK)
    async def restore(
        self,
        data: URLEncodedBody[NumberForm],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
    ) -> Redirect:
        """Give the place back to a visitor who did not come when called."""
        by = signed_in(request).staff_id
        await store.run(partial(commands.restore, number=data.ticket_number, by=by, now=clock.now()))
        return home()

    @post("/desk/break", opt=form_at(HOME), guards=AT_DESK)
    async def begin_break(
        self,
        data: URLEncodedBody[BreakForm],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
    ) -> Redirect:
        """Call nobody for a while."""
        begin = partial(commands.begin_break, reason=data.reason)
        return await with_desk(begin, request=request, store=store, clock=clock)

    @post("/desk/resume", opt=form_at(HOME), guards=AT_DESK)
    async def end_break(
        self, request: AnyRequest, store: NamedDependency[Store], clock: NamedDependency[Clock]
    ) -> Redirect:
        """Work again."""
        return await with_desk(commands.end_break, request=request, store=store, clock=clock)

    @post("/desk/alarm", opt=form_at(HOME), guards=AT_DESK)
    async def raise_alarm(
        self, request: AnyRequest, store: NamedDependency[Store], clock: NamedDependency[Clock]
    ) -> Redirect:
        """Call for help; who stands before the desk sees nothing of it."""
        return await with_desk(commands.raise_alarm, request=request, store=store, clock=clock)

    @post("/desk/alarm/answer", opt=form_at(HOME), guards=AT_DESK)
    async def answer_alarm(
        self,
        data: URLEncodedBody[DeskForm],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
    ) -> Redirect:
        """Say that one comes to help."""
        by = signed_in(request).staff_id
        answer = partial(commands.answer_alarm, desk_id=DeskId(data.desk_id), by=by, now=clock.now())
        await store.run(answer)
        return home()

    @get("/desk/tickets/{ticket_id:str}/why", guards=(may(Permission.SERVE_AT_DESK, Permission.WATCH_OFFICE),))
    async def why(self, ticket_id: FromPath[TicketId], store: NamedDependency[Store]) -> Template:
        """All that happened to a ticket, and why it was called before others; raises TicketNotFound."""
        story = await store.read(partial(queries.ticket_story, ticket_id=ticket_id))
        return Template("front_office/why.html", context={"story": story, "cards": SPHERES})
