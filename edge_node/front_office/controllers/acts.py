"""What else may be done with a ticket, a desk and the queue, as JSON: parking, undoing, breaks, alarms, rules."""

from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.response import ServerSentEvent

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
from sync.web.live import live_messages

NUMBER_LETTERS_MAX = 8
PLACE_LETTERS_MAX = 120
AnyRequest = Request[Any, Any, Any]
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

    @post("/park", status_code=200, guards=AT_DESK)
    async def park(
        self,
        *,
        ticket_id: FromPath[TicketId],
        data: JSONBody[ParkWish],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
    ) -> Ticket:
        """Put the ticket at one's desk aside; it waits again by itself."""
        by, now = signed_in(request).staff_id, clock.now()
        desk = await store.read(partial(queries.desk_of, staff_id=by))
        only = desk.id if desk is not None and data.is_for_this_desk else None
        park = partial(commands.park, ticket_id=ticket_id, minutes=data.minutes, only_desk_id=only)
        return await store.run(partial(park, by=by, now=now))

    @post("/return", status_code=200, guards=AT_DESK)
    async def bring_back(
        self,
        ticket_id: FromPath[TicketId],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
    ) -> Ticket:
        """Let a ticket that was put aside wait again now."""
        by = signed_in(request).staff_id
        return await store.run(partial(commands.bring_back, ticket_id=ticket_id, by=by, now=clock.now()))

    @post("/next-service", status_code=200, guards=AT_DESK)
    async def next_service(
        self,
        *,
        ticket_id: FromPath[TicketId],
        data: JSONBody[NextServiceWish],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
    ) -> Ticket:
        """End one service of the visit and go on to the next."""
        go_on = partial(commands.next_service, ticket_id=ticket_id, sphere=data.sphere, purpose=data.purpose)
        return await store.run(partial(go_on, by=signed_in(request).staff_id, now=clock.now()))

    @post("/redirection", status_code=200, guards=AT_DESK)
    async def redirect(
        self,
        *,
        ticket_id: FromPath[TicketId],
        data: JSONBody[RedirectWish],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
    ) -> Ticket:
        """The visitor was sent to another authority."""
        by = signed_in(request).staff_id
        return await store.run(
            partial(commands.redirect, ticket_id=ticket_id, to=data.to.strip(), by=by, now=clock.now())
        )

    @post("/cancellation", status_code=200, guards=AT_DESK)
    async def cancel(
        self,
        ticket_id: FromPath[TicketId],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
    ) -> Ticket:
        """Take a waiting ticket back at the visitor's word."""
        by = signed_in(request).staff_id
        return await store.run(partial(commands.cancel_ticket, ticket_id=ticket_id, by=by, now=clock.now()))

    @post("/departure", status_code=200, guards=AT_DESK)
    async def note_left(
        self,
        ticket_id: FromPath[TicketId],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
    ) -> Ticket:
        """Note that a waiting visitor has gone without a word."""
        by = signed_in(request).staff_id
        return await store.run(partial(commands.note_left, ticket_id=ticket_id, by=by, now=clock.now()))

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

    @post("/undo", status_code=200, guards=AT_DESK)
    async def undo(
        self,
        desk_id: FromPath[DeskId],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
    ) -> Ticket:
        """Take back the last call, no-show or end of serving at this desk."""
        by = signed_in(request).staff_id
        return await store.run(partial(commands.undo_last, desk_id=desk_id, by=by, now=clock.now()))

    @put("/break", guards=AT_DESK)
    async def begin_break(
        self,
        *,
        desk_id: FromPath[DeskId],
        data: JSONBody[BreakWish],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
    ) -> Desk:
        """Call nobody for a while."""
        by = signed_in(request).staff_id
        begin = partial(commands.begin_break, desk_id=desk_id, reason=data.reason, by=by, now=clock.now())
        return await store.run(begin)

    @delete("/break", status_code=200, guards=AT_DESK)
    async def end_break(
        self,
        desk_id: FromPath[DeskId],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
    ) -> Desk:
        """Work again."""
        by = signed_in(request).staff_id
        return await store.run(partial(commands.end_break, desk_id=desk_id, by=by, now=clock.now()))

    @put("/alarm", guards=AT_DESK)
    async def raise_alarm(
        self,
        desk_id: FromPath[DeskId],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
    ) -> Alarm:
        """Call for help without a sound."""
        by = signed_in(request).staff_id
        return await store.run(partial(commands.raise_alarm, desk_id=desk_id, by=by, now=clock.now()))

    @delete("/alarm", status_code=200, guards=WATCHING)
    async def answer_alarm(
        self,
        desk_id: FromPath[DeskId],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
    ) -> Alarm:
        """Say that one comes to help."""
        by = signed_in(request).staff_id
        return await store.run(partial(commands.answer_alarm, desk_id=desk_id, by=by, now=clock.now()))

    @post("/closing", status_code=200, guards=HEADS)
    async def close(
        self,
        desk_id: FromPath[DeskId],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
    ) -> Desk:
        """Close the desk of somebody who is gone; its visitors wait on with the same paper."""
        by = signed_in(request).staff_id
        return await store.run(partial(commands.close_desk, desk_id=desk_id, by=by, now=clock.now()))


class QueueController(Controller):
    """The office's queue as a whole."""

    tags = ("queue",)

    @post("/api/restored-tickets", status_code=200, guards=AT_DESK)
    async def restore(
        self,
        *,
        data: JSONBody[NumberWish],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
    ) -> Ticket:
        """Give the place back to a visitor who did not come when called: once."""
        by = signed_in(request).staff_id
        return await store.run(partial(commands.restore, number=data.ticket_number, by=by, now=clock.now()))

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
        self,
        *,
        data: JSONBody[RulesWish],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
    ) -> QueueRules:
        """Decide about midnight, and whether tickets are issued today that closing time will not reach."""
        by, now = signed_in(request).staff_id, clock.now()
        if data.overnight is not None:
            await store.run(partial(commands.set_overnight, overnight=data.overnight, by=by, now=now))
        if data.issues_past_closing_today is not None:
            decide = commands.issue_past_closing if data.issues_past_closing_today else commands.issue_until_closing
            await store.run(partial(decide, by=by, now=now))
        return await store.read(queries.rules)
