"""What else may be done with a ticket, a desk and the queue, as JSON: parking, undoing, breaks, alarms, rules."""

from functools import partial
from typing import Annotated

import msgspec
from litestar import Controller, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.response import ServerSentEvent

from edge_node.front_office.controllers.answering import NUMBER_LETTERS_MAX, AnyRequest
from edge_node.queue import commands, queries
from edge_node.queue.model import (
    ALARMS_TOPIC,
    Alarm,
    BreakReason,
    Desk,
    LogEntry,
    Overnight,
    QueueRules,
    Ticket,
    TicketNotFound,
)
from sync.ambient import Clock
from sync.storage import Store
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.ids import DeskId, TicketId
from sync.vocabulary.staff import Permission
from sync.vocabulary.ticket import Purpose
from sync.web.access import may, signed_in
from sync.web.acts import ACT_OF_STAFF, Act
from sync.web.live import live_messages

PLACE_LETTERS_MAX = 120
AT_DESK = (may(Permission.SERVE_AT_DESK),)
WATCHING = (may(Permission.SERVE_AT_DESK, Permission.WATCH_OFFICE),)
HEADS = (may(Permission.WATCH_OFFICE),)


class ParkWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long to put a ticket aside, and whether only this desk may call it again."""

    minutes: Annotated[int, msgspec.Meta(ge=1, le=commands.PARKED_MINUTES_MAX)]
    is_for_this_desk: bool = False


class NextServiceWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The next service of the same visit."""

    sphere: Sphere
    purpose: Purpose


class RedirectWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the visitor was sent: the name of an authority, never of a person."""

    to: Annotated[str, msgspec.Meta(min_length=1, max_length=PLACE_LETTERS_MAX)]


class NumberWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A number of today."""

    ticket_number: Annotated[str, msgspec.Meta(min_length=1, max_length=NUMBER_LETTERS_MAX)]


class BreakWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why the desk rests."""

    reason: BreakReason


class RulesWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the head decides; what is left out stays as it is."""

    overnight: Overnight | None = None
    issues_past_closing_today: bool | None = None


class TicketActsController(Controller):
    """What an administrator does with a ticket beside calling and serving."""

    path = "/api/tickets/{ticket_id:str}"
    tags = ("tickets",)
    dependencies = ACT_OF_STAFF

    @post("/park", status_code=200, guards=AT_DESK)
    async def park(
        self,
        ticket_id: FromPath[TicketId],
        data: JSONBody[ParkWish],
        request: AnyRequest,
        store: NamedDependency[Store],
        act: NamedDependency[Act],
    ) -> Ticket:
        """Put the ticket at one's desk aside; it waits again by itself."""
        desk = await store.read(partial(queries.desk_of, staff_id=signed_in(request).staff_id))
        only = desk.id if desk is not None and data.is_for_this_desk else None
        park = partial(commands.park, ticket_id=ticket_id, minutes=data.minutes, only_desk_id=only)
        return await act.do(park)

    @post("/return", status_code=200, guards=AT_DESK)
    async def bring_back(self, ticket_id: FromPath[TicketId], act: NamedDependency[Act]) -> Ticket:
        """Let a ticket that was put aside wait again now."""
        return await act.do(partial(commands.bring_back, ticket_id=ticket_id))

    @post("/next-service", status_code=200, guards=AT_DESK)
    async def next_service(
        self, ticket_id: FromPath[TicketId], data: JSONBody[NextServiceWish], act: NamedDependency[Act]
    ) -> Ticket:
        """End one service of the visit and go on to the next."""
        go_on = partial(commands.next_service, ticket_id=ticket_id, sphere=data.sphere, purpose=data.purpose)
        return await act.do(go_on)

    @post("/redirection", status_code=200, guards=AT_DESK)
    async def redirect(
        self, ticket_id: FromPath[TicketId], data: JSONBody[RedirectWish], act: NamedDependency[Act]
    ) -> Ticket:
        """The visitor was sent to another authority."""
        return await act.do(partial(commands.redirect, ticket_id=ticket_id, to=data.to.strip()))

    @post("/cancellation", status_code=200, guards=AT_DESK)
    async def cancel(self, ticket_id: FromPath[TicketId], act: NamedDependency[Act]) -> Ticket:
        """Take a waiting ticket back at the visitor's word."""
        return await act.do(partial(commands.cancel_ticket, ticket_id=ticket_id))

    @post("/departure", status_code=200, guards=AT_DESK)
    async def note_left(self, ticket_id: FromPath[TicketId], act: NamedDependency[Act]) -> Ticket:
        """Note that a waiting visitor has gone without a word."""
        return await act.do(partial(commands.note_left, ticket_id=ticket_id))

    @get("/log", guards=WATCHING)
    async def log(self, ticket_id: FromPath[TicketId], store: NamedDependency[Store]) -> list[LogEntry]:
        """All that happened to the ticket: who called it, where, and why this one."""
        entries = await store.read(partial(queries.log_of_ticket, ticket_id=ticket_id))
        if not entries:  # its issue is the first line
            raise TicketNotFound
        return entries


class DeskActsController(Controller):
    """What an administrator does with a desk, and the head with the desk of somebody who is gone."""

    path = "/api/desks/{desk_id:str}"
    tags = ("desks",)
    dependencies = ACT_OF_STAFF

    @post("/undo", status_code=200, guards=AT_DESK)
    async def undo(self, desk_id: FromPath[DeskId], act: NamedDependency[Act]) -> Ticket:
        """Take back the last call, no-show or end of serving at this desk."""
        return await act.do(partial(commands.undo_last, desk_id=desk_id))

    @put("/break", guards=AT_DESK)
    async def begin_break(
        self, desk_id: FromPath[DeskId], data: JSONBody[BreakWish], act: NamedDependency[Act]
    ) -> Desk:
        """Call nobody for a while."""
        return await act.do(partial(commands.begin_break, desk_id=desk_id, reason=data.reason))

    @delete("/break", status_code=200, guards=AT_DESK)
    async def end_break(self, desk_id: FromPath[DeskId], act: NamedDependency[Act]) -> Desk:
        """Work again."""
        return await act.do(partial(commands.end_break, desk_id=desk_id))

    @put("/alarm", guards=AT_DESK)
    async def raise_alarm(self, desk_id: FromPath[DeskId], act: NamedDependency[Act]) -> Alarm:
        """Call for help without a sound."""
        return await act.do(partial(commands.raise_alarm, desk_id=desk_id))

    @delete("/alarm", status_code=200, guards=WATCHING)
    async def answer_alarm(self, desk_id: FromPath[DeskId], act: NamedDependency[Act]) -> Alarm:
        """Say that one comes to help."""
        return await act.do(partial(commands.answer_alarm, desk_id=desk_id))

    @post("/closing", status_code=200, guards=HEADS)
    async def close(self, desk_id: FromPath[DeskId], act: NamedDependency[Act]) -> Desk:
        """Close the desk of somebody who is gone; its visitors wait on with the same paper."""
        return await act.do(partial(commands.close_desk, desk_id=desk_id))


class QueueController(Controller):
    """The office's queue as a whole."""

    tags = ("queue",)
    dependencies = ACT_OF_STAFF

    @post("/api/restored-tickets", status_code=200, guards=AT_DESK)
    async def restore(self, data: JSONBody[NumberWish], act: NamedDependency[Act]) -> Ticket:
        """Give the place back to a visitor who did not come when called: once."""
        return await act.do(partial(commands.restore, number=data.ticket_number))

    @get("/api/alarms", guards=WATCHING)
    async def alarms(self, store: NamedDependency[Store], clock: NamedDependency[Clock]) -> list[Alarm]:
        """Silent alarms that nobody has answered yet."""
        return await store.read(partial(queries.open_alarms, now=clock.now()))

    @get("/live/alarms", guards=WATCHING, include_in_schema=False)
    async def live_alarms(self, request: AnyRequest) -> ServerSentEvent:
        """The same as they come and are answered, as JSON."""
        return live_messages(
            request, ALARMS_TOPIC, lambda event: (type(event).__name__, msgspec.json.encode(event).decode())
        )

    @get("/api/queue-rules", guards=WATCHING)
    async def rules(self, store: NamedDependency[Store]) -> QueueRules:
        """What the office decided about its queue."""
        return await store.read(queries.rules)

    @put("/api/queue-rules", guards=HEADS)
    async def decide(
        self, data: JSONBody[RulesWish], store: NamedDependency[Store], act: NamedDependency[Act]
    ) -> QueueRules:
        """Decide about midnight, and whether tickets are issued today that closing time will not reach."""
        if data.overnight is not None:
            await act.do(partial(commands.set_overnight, overnight=data.overnight))
        if data.issues_past_closing_today is not None:
            decide = commands.issue_past_closing if data.issues_past_closing_today else commands.issue_until_closing
            await act.do(decide)
        return await store.read(queries.rules)
