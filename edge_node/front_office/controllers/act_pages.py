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
    ACTING,
    HOME,
    Buttons,
    DeskForm,
    Id,
    NumberForm,
    TicketForm,
)
from edge_node.queue import commands
from edge_node.queue.model import BreakReason
from sync.storage import Store
from sync.vocabulary.catalogue import SPHERES, Sphere
from sync.vocabulary.ids import DeskId, TicketId
from sync.vocabulary.staff import Permission
from sync.vocabulary.ticket import Purpose
from sync.web.access import may
from sync.web.forms import form_at

PLACE_LETTERS_MAX = 120
AT_DESK = (may(Permission.SERVE_AT_DESK),)


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


class BreakForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    reason: BreakReason


class DeskActPages(Controller):
    """Every button is a plain form; who presses late is refused by the ticket or the desk it names."""

    include_in_schema = False
    dependencies = ACTING

    @post("/desk/park", opt=form_at(HOME), guards=AT_DESK)
    async def park(self, data: URLEncodedBody[ParkForm], buttons: NamedDependency[Buttons]) -> Redirect:
        """Put the visitor's ticket aside for a while."""
        desk = await buttons.own_desk()
        only = desk.id if data.returns == "here" else None
        park = partial(commands.park, ticket_id=TicketId(data.ticket_id), minutes=data.minutes, only_desk_id=only)
        return await buttons.run(park)

    @post("/desk/return", opt=form_at(HOME), guards=AT_DESK)
    async def bring_back(self, data: URLEncodedBody[TicketForm], buttons: NamedDependency[Buttons]) -> Redirect:
        """Let a ticket that was put aside wait again now."""
        return await buttons.with_ticket(commands.bring_back, data.ticket_id)

    @post("/desk/next-service", opt=form_at(HOME), guards=AT_DESK)
    async def next_service(self, data: URLEncodedBody[NextServiceForm], buttons: NamedDependency[Buttons]) -> Redirect:
        """Go on to the next service of the visit."""
        go_on = partial(commands.next_service, sphere=data.sphere, purpose=data.purpose)
        return await buttons.with_ticket(go_on, data.ticket_id)

    @post("/desk/redirect", opt=form_at(HOME), guards=AT_DESK)
    async def redirect(self, data: URLEncodedBody[RedirectForm], buttons: NamedDependency[Buttons]) -> Redirect:
        """The visitor was sent to another authority."""
        return await buttons.with_ticket(partial(commands.redirect, to=data.to.strip()), data.ticket_id)

    @post("/desk/undo", opt=form_at(HOME), guards=AT_DESK)
    async def undo(self, buttons: NamedDependency[Buttons]) -> Redirect:
        """Take back the last call, no-show or end of serving."""
        return await buttons.with_desk(commands.undo_last)

    @post("/desk/restore", opt=form_at(HOME), guards=AT_DESK)
    async def restore(self, data: URLEncodedBody[NumberForm], buttons: NamedDependency[Buttons]) -> Redirect:
        """Give the place back to a visitor who did not come when called."""
        return await buttons.run(partial(commands.restore, number=data.ticket_number))

    @post("/desk/break", opt=form_at(HOME), guards=AT_DESK)
    async def begin_break(self, data: URLEncodedBody[BreakForm], buttons: NamedDependency[Buttons]) -> Redirect:
        """Call nobody for a while."""
        return await buttons.with_desk(partial(commands.begin_break, reason=data.reason))

    @post("/desk/resume", opt=form_at(HOME), guards=AT_DESK)
    async def end_break(self, buttons: NamedDependency[Buttons]) -> Redirect:
        """Work again."""
        return await buttons.with_desk(commands.end_break)

    @post("/desk/alarm", opt=form_at(HOME), guards=AT_DESK)
    async def raise_alarm(self, buttons: NamedDependency[Buttons]) -> Redirect:
        """Call for help; who stands before the desk sees nothing of it."""
        return await buttons.with_desk(commands.raise_alarm)

    @post("/desk/alarm/answer", opt=form_at(HOME), guards=AT_DESK)
    async def answer_alarm(self, data: URLEncodedBody[DeskForm], buttons: NamedDependency[Buttons]) -> Redirect:
        """Say that one comes to help."""
        return await buttons.run(partial(commands.answer_alarm, desk_id=DeskId(data.desk_id)))

    @get("/desk/tickets/{ticket_id:str}/why", guards=(may(Permission.SERVE_AT_DESK, Permission.WATCH_OFFICE),))
    async def why(self, ticket_id: FromPath[TicketId], store: NamedDependency[Store]) -> Template:
        """All that happened to a ticket, and why it was called before others; raises TicketNotFound."""
        story = await store.read(partial(queries.ticket_story, ticket_id=ticket_id))
        return Template("front_office/why.html", context={"story": story, "cards": SPHERES})
