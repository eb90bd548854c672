"""``/api/appointments``: the office's share of its days, for staff."""

from datetime import date
from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, JSONBody

from edge_node.appointments import commands, queries
from edge_node.appointments.commands import Actor, CheckedIn
from edge_node.appointments.controllers.booking_desk import arrival_of
from edge_node.appointments.model import DayNotOpen
from edge_node.settings import NodeSettings
from sync.ambient import Clock, Ids
from sync.storage import Store
from sync.vocabulary.booking import (
    READ_CHARACTERS_MAX,
    Booked,
    Booking,
    BookingWanted,
    Cancellation,
    DayShares,
    Transfer,
)
from sync.vocabulary.staff import Permission
from sync.web.access import may, signed_in
from sync.web.acts import Act, IdempotencyKey

AnyRequest = Request[Any, Any, Any]
DayId = FromPath[str]


class Reported(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The code of a booking, as it was given, typed or read out, or the link of its slip."""

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=READ_CHARACTERS_MAX)]


def provide_act(
    *,
    document_id: DayId,
    request: AnyRequest,
    store: NamedDependency[Store],
    clock: NamedDependency[Clock],
    ids: NamedDependency[Ids],
    idempotency_key: IdempotencyKey = None,
) -> Act:
    """An act of a person on one day; under the same key it is done once."""
    by = Actor(person=signed_in(request), key=idempotency_key)
    return Act(store, clock, document_id=document_id, by=by, ids=ids)


class AppointmentController(Controller):
    """Days, what is free in them, and the office's own seats."""

    path = "/api/appointments"
    tags = ("appointments",)
    guards = (may(Permission.BOOK_APPOINTMENTS),)
    dependencies = {"act": Provide(provide_act, sync_to_thread=False)}  # noqa: RUF012 - Litestar reads it off the class

    @get("/days")
    async def days(self, store: NamedDependency[Store], since: FromQuery[date]) -> list[DayShares]:
        """The office's days from ``since`` on: who owns which seats, and what is free; nobody's name."""
        return await store.read(partial(queries.open_days, since=since.isoformat()))

    @get("/days/{document_id:str}")
    async def day(self, document_id: DayId, store: NamedDependency[Store]) -> DayShares:
        """One day."""
        found = await store.read(partial(queries.open_day, document_id=document_id))
        if found is None:
            raise DayNotOpen(document_id=document_id)
        return await store.read(partial(queries.shares_of, day=found))

    @post("/days/{document_id:str}/bookings")
    async def book(self, data: JSONBody[BookingWanted], act: NamedDependency[Act]) -> Booked:
        """Book a seat of the office's share; the same key, the same answer."""
        return await act.do(partial(commands.book, wanted=data))

    @post("/days/{document_id:str}/cancellations", status_code=200)
    async def cancel(self, data: JSONBody[Cancellation], act: NamedDependency[Act]) -> DayShares:
        """Cancel a booking of the office's share, by its code."""
        return await act.do(partial(commands.cancel, asked=data))

    @post("/days/{document_id:str}/transfers", status_code=200)
    async def give(self, data: JSONBody[Transfer], act: NamedDependency[Act]) -> DayShares:
        """Give free seats of the office's to the city, to be booked over the internet."""
        return await act.do(partial(commands.give, transfer=data))

    @post("/arrivals", status_code=200)
    async def check_in(
        self,
        *,
        data: JSONBody[Reported],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        ids: NamedDependency[Ids],
        settings: NamedDependency[NodeSettings],
    ) -> CheckedIn:
        """The visitor of a booking of today is here: a ticket with the hour booked; reported once more, the same."""
        arrival = arrival_of(data.code, request=request, settings=settings)
        by = Actor(person=signed_in(request))
        return await store.run(partial(commands.check_in, arrival=arrival, by=by, now=clock.now(), ids=ids))

    @get("/days/{document_id:str}/bookings")
    async def who_comes(
        self,
        *,
        document_id: DayId,
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
    ) -> list[Booking]:
        """Who sits on which seat; it goes into the access log."""
        by = Actor(person=signed_in(request))
        return await store.run(partial(commands.who_comes, document_id=document_id, by=by, now=clock.now()))
