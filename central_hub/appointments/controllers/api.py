"""``/api/appointments``: the hub's share of the offices' days, for staff."""

from datetime import date
from functools import partial
from typing import Annotated, Any

from litestar import Controller, Request, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from central_hub.appointments import commands, queries
from central_hub.appointments.model import Actor, DayNotOpen, DayPlan, Reclaim
from central_hub.settings import HubSettings
from central_hub.storage import HubStore
from sync.ambient import Clock, Ids
from sync.vocabulary.booking import Booked, Booking, BookingWanted, Cancellation, DayShares, Transfer
from sync.vocabulary.errors import Forbidden
from sync.vocabulary.staff import Permission
from sync.web.access import may, signed_in
from sync.web.acts import Act, IdempotencyKey

AnyRequest = Request[Any, Any, Any]
DayId = FromPath[str]


def provide_act(
    *,
    document_id: DayId,
    request: AnyRequest,
    store: NamedDependency[HubStore],
    settings: NamedDependency[HubSettings],
    clock: NamedDependency[Clock],
    ids: NamedDependency[Ids],
    idempotency_key: IdempotencyKey = None,
) -> Act:
    """An act of a person on one day; under the same key it is done once."""
    return Act(store, clock, document_id=document_id, by=actor(request, settings, idempotency_key), ids=ids)


class AppointmentController(Controller):
    """Days, what is free in them, and the hub's own seats."""

    path = "/api/appointments"
    tags = ("appointments",)
    guards = (may(Permission.BOOK_APPOINTMENTS),)
    dependencies = {"act": Provide(provide_act, sync_to_thread=False)}  # noqa: RUF012 - Litestar reads it off the class

    @get("/days")
    async def days(
        self,
        request: AnyRequest,
        store: NamedDependency[HubStore],
        settings: NamedDependency[HubSettings],
        office_id: Annotated[str, QueryParameter(pattern="^[A-Z]{3}$")],
        since: FromQuery[date],
    ) -> list[DayShares]:
        """The days of an office from ``since`` on: who owns which seats, and what is free; nobody's name."""
        if actor(request, settings).office_id not in {None, office_id}:
            raise Forbidden
        return await store.read(partial(queries.open_days, office_id=office_id, since=since.isoformat()))

    @get("/days/{document_id:str}")
    async def day(
        self,
        document_id: DayId,
        request: AnyRequest,
        store: NamedDependency[HubStore],
        settings: NamedDependency[HubSettings],
    ) -> DayShares:
        """One day."""
        found = await store.read(partial(queries.open_day, document_id=document_id))
        if found is None:
            raise DayNotOpen(document_id=document_id)
        if actor(request, settings).office_id not in {None, found.office_id}:
            raise Forbidden
        return await store.read(partial(queries.shares_of, day=found))

    @post("/days", guards=[may(Permission.OPEN_APPOINTMENTS)])
    async def open_day(
        self,
        *,
        data: JSONBody[DayPlan],
        request: AnyRequest,
        store: NamedDependency[HubStore],
        settings: NamedDependency[HubSettings],
        clock: NamedDependency[Clock],
        ids: NamedDependency[Ids],
    ) -> DayShares:
        """Open a day of an office and divide its seats between the hub and the office."""
        by = actor(request, settings)
        return await store.run(partial(commands.open_day, plan=data, by=by, now=clock.now(), ids=ids))

    @post("/days/{document_id:str}/bookings")
    async def book(self, data: JSONBody[BookingWanted], act: NamedDependency[Act]) -> Booked:
        """Book a seat of the hub's share; the same key, the same answer."""
        return await act.do(partial(commands.book, wanted=data))

    @post("/days/{document_id:str}/cancellations", status_code=200)
    async def cancel(self, data: JSONBody[Cancellation], act: NamedDependency[Act]) -> DayShares:
        """Cancel a booking of the hub's share, by its code."""
        return await act.do(partial(commands.cancel, asked=data))

    @post("/days/{document_id:str}/transfers", status_code=200, guards=[may(Permission.OPEN_APPOINTMENTS)])
    async def give(self, data: JSONBody[Transfer], act: NamedDependency[Act]) -> DayShares:
        """Give free seats of the hub's to the office."""
        return await act.do(partial(commands.give, transfer=data))

    @post("/days/{document_id:str}/reclaims", status_code=200, guards=[may(Permission.OPEN_APPOINTMENTS)])
    async def reclaim(self, data: JSONBody[Reclaim], act: NamedDependency[Act]) -> DayShares:
        """Take back the seats of a machine that was lost or restored, once a person is sure of what it sold."""
        return await act.do(partial(commands.reclaim, asked=data))

    @get("/days/{document_id:str}/bookings")
    async def who_comes(
        self,
        *,
        document_id: DayId,
        request: AnyRequest,
        store: NamedDependency[HubStore],
        settings: NamedDependency[HubSettings],
        clock: NamedDependency[Clock],
    ) -> list[Booking]:
        """Who sits on which seat; it goes into the access log."""
        read = partial(commands.who_comes, document_id=document_id, by=actor(request, settings), now=clock.now())
        return await store.run(read)


def actor(request: AnyRequest, settings: HubSettings, key: str | None = None) -> Actor:
    """Who asks: who works for the city itself may touch every office's days."""
    person = signed_in(request)
    is_of_city = person.office_id == settings.city_office_id
    return Actor(staff_id=person.staff_id, office_id=None if is_of_city else person.office_id or "", key=key)
