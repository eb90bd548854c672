"""Booking over the internet: service, office, day, time, who comes; every step is a page that works without scripts.

No address holds personal data: a time kept and a booking are opened by what nobody guesses.
"""

import secrets
from datetime import date, datetime, time
from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Template

from central_hub.appointments import commands as appointments
from central_hub.appointments import queries as booked
from central_hub.appointments.model import Linked, Wish
from central_hub.directory import queries as directory
from central_hub.node_gateway.model import LiveOffices
from central_hub.public_site import queries
from central_hub.public_site.model import KeptTime, ReceivingOffice
from central_hub.statistics.queries import city_now
from central_hub.storage import HubStore
from central_hub.storage.transaction import Reader
from sync.ambient import Clock, Ids
from sync.vocabulary.appointment_rules import HORIZON_DAYS
from sync.vocabulary.catalogue import AdministrativeService
from sync.vocabulary.errors import NotFound
from sync.vocabulary.ids import OfficeId
from sync.vocabulary.offers import Details, HoldExpired, begins
from sync.web.drawing import qr_svg
from sync.web.forms import form_at
from sync.web.i18n import current_language

TOKEN_BYTES = 18
AnyRequest = Request[Any, Any, Any]
SlotText = Annotated[str, msgspec.Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")]
OfficeCode = FromPath[str]


class TimeForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The time that was pressed."""

    slot: SlotText


class Choosing:
    """What the pages of choosing a time ask."""

    def __init__(self, store: HubStore, clock: Clock, live_offices: LiveOffices) -> None:
        self._store, self._clock, self._live = store, clock, live_offices

    @property
    def now(self) -> datetime:
        return self._clock.now()

    async def service(self, code: str) -> AdministrativeService:
        """Raises NotFound."""
        found = await self._store.read(partial(directory.service, service_code=code))
        if found is None:
            raise NotFound(what="service")
        return found

    async def offices(self, service: AdministrativeService) -> list[ReceivingOffice]:
        """Where the service is received for by appointment, with the first free day."""

        def ask(reader: Reader) -> list[ReceivingOffice]:
            city = city_now(reader, live_offices=self._live, now=self.now)
            return queries.receiving_offices(reader, service=service, city=city)

        return await self._store.read(ask)

    async def office(self, service: AdministrativeService, office_id: str) -> ReceivingOffice:
        """One of them; raises NotFound."""
        found = next((each for each in await self.offices(service) if each.office.id == office_id), None)
        if found is None:
            raise NotFound(what="office")
        return found

    async def page(
        self, code: str, office_id: str, *, base: str, moving: Linked | None = None, day: date | None = None
    ) -> Template:
        """The free days of an office for a service, or the times of ``day``, under ``base``; raises NotFound."""
        service = await self.service(code)
        receiving = await self.office(service, office_id)
        free = partial(booked.free_times, service=service, office_id=receiving.office.id, now=self.now)
        days = await self._store.read(free)
        context = {
            "service": service,
            "receiving": receiving,
            "days": days,
            "horizon_days": HORIZON_DAYS,
            "day": day,
            "slots": next((each.slots for each in days if each.day == day), ()),
            "base": base,
            "moving": moving,
            "begins_at": begins(moving.day, moving.booking) if moving else None,
        }
        template = "public_site/book_days.html" if day is None else "public_site/book_times.html"
        return Template(template, context=context)

    async def keep(self, wish: Wish) -> str:
        """Keep the time; what opens it. Raises what ``hold`` raises."""
        hold_id = secrets.token_urlsafe(TOKEN_BYTES)
        await self._store.run(partial(appointments.hold, wish=wish, hold_id=hold_id, now=self.now))
        return hold_id

    async def source(self, request: AnyRequest) -> str:
        """Where the request comes from, under the hub's seal."""
        address = request.client.host if request.client else ""
        return await self._store.read(partial(booked.source_key, address=address))

    async def linked(self, link: str) -> Linked:
        """The booking that the link opens; raises BookingUnknown."""
        return await self._store.read(partial(appointments.linked_booking, link=link))

    async def kept(self, hold_id: str) -> KeptTime:
        """The time that is kept; raises HoldExpired."""
        found = await self._store.read(partial(queries.kept_time, hold_id=hold_id, now=self.now))
        if found is None:
            raise HoldExpired
        return found


def provide_choosing(
    store: NamedDependency[HubStore], clock: NamedDependency[Clock], live_offices: NamedDependency[LiveOffices]
) -> Choosing:
    """The asker of this app."""
    return Choosing(store, clock, live_offices)


class BookingPages(Controller):
    """``/book``: from a service to a booking."""

    path = "/book"
    include_in_schema = False

    @get("/{code:str}")
    async def offices(self, code: FromPath[str], choosing: NamedDependency[Choosing]) -> Template:
        """Where?"""
        service = await choosing.service(code)
        context = {"service": service, "offices": await choosing.offices(service)}
        return Template("public_site/book_office.html", context=context)

    @get("/{code:str}/{office_id:str}")
    async def days(self, code: FromPath[str], office_id: OfficeCode, choosing: NamedDependency[Choosing]) -> Template:
        """Which day?"""
        return await choosing.page(code, office_id, base=f"/book/{code}/{office_id}")

    @get("/{code:str}/{office_id:str}/{day:date}")
    async def times(
        self, code: FromPath[str], office_id: OfficeCode, day: FromPath[date], choosing: NamedDependency[Choosing]
    ) -> Template:
        """What time?"""
        return await choosing.page(code, office_id, base=f"/book/{code}/{office_id}", day=day)

    @post("/{code:str}/{office_id:str}/{day:date}", opt=form_at("/book/{code}/{office_id}/{day}"))
    async def keep(
        self,
        *,
        code: FromPath[str],
        office_id: OfficeCode,
        day: FromPath[date],
        data: URLEncodedBody[TimeForm],
        request: AnyRequest,
        choosing: NamedDependency[Choosing],
    ) -> Redirect:
        """Keep the time for ten minutes."""
        service = await choosing.service(code)
        found = await choosing.office(service, office_id)
        wish = _wish(service, found.office.id, on=day, slot=data.slot, source=await choosing.source(request))
        return _to(f"/book/kept/{await choosing.keep(wish)}")

    @get("/kept/{hold_id:str}")
    async def kept(self, hold_id: FromPath[str], choosing: NamedDependency[Choosing]) -> Template:
        """Who comes?"""
        return Template("public_site/book_who.html", context={"kept": await choosing.kept(hold_id)})

    @post("/kept/{hold_id:str}", opt=form_at("/book/kept/{hold_id}"))
    async def confirm(
        self,
        hold_id: FromPath[str],
        data: URLEncodedBody[Details],
        store: NamedDependency[HubStore],
        clock: NamedDependency[Clock],
        ids: NamedDependency[Ids],
    ) -> Redirect:
        """Book it."""
        confirm = partial(appointments.confirm, details=data, hold_id=hold_id, language=current_language())
        link = await store.run(partial(confirm, now=clock.now(), ids=ids))
        return _to(f"/appointments/{link}")

    @post("/kept/{hold_id:str}/let-go")
    async def let_go(
        self, hold_id: FromPath[str], store: NamedDependency[HubStore], choosing: NamedDependency[Choosing]
    ) -> Redirect:
        """Choose another time."""
        kept = await choosing.kept(hold_id)
        await store.run(partial(appointments.let_go, hold_id=hold_id))
        return _to(f"/book/{kept.service.code}/{kept.office.id}")


class LinkPages(Controller):
    """``/appointments/<link>``: a booking, for who holds its link."""

    path = "/appointments/{link:str}"
    include_in_schema = False

    @get("/")
    async def slip(
        self, link: FromPath[str], store: NamedDependency[HubStore], choosing: NamedDependency[Choosing]
    ) -> Template:
        """When, where, under which code; to show or to print."""
        linked = await choosing.linked(link)
        context = await store.read(partial(queries.slip, linked=linked, now=choosing.now))
        qr = qr_svg(linked.booking.code)  # for the kiosk's reader
        return Template("public_site/appointment.html", context={**context, "link": link, "qr": qr})

    @get("/cancel")
    async def ask_cancel(
        self, link: FromPath[str], store: NamedDependency[HubStore], choosing: NamedDependency[Choosing]
    ) -> Template:
        """Surely?"""
        linked = await choosing.linked(link)
        context = await store.read(partial(queries.slip, linked=linked, now=choosing.now))
        return Template("public_site/appointment_cancel.html", context={**context, "link": link})

    @post("/cancel", status_code=200, opt=form_at("/appointments/{link}/cancel"))
    async def cancel(
        self,
        link: FromPath[str],
        store: NamedDependency[HubStore],
        clock: NamedDependency[Clock],
        ids: NamedDependency[Ids],
        choosing: NamedDependency[Choosing],
    ) -> Template:
        """Free the time for somebody else."""
        linked = await choosing.linked(link)
        await store.run(partial(appointments.cancel_linked, link=link, now=clock.now(), ids=ids))
        context = {"service_code": linked.booking.service_code, "begins_at": begins(linked.day, linked.booking)}
        return Template("public_site/appointment_cancelled.html", context=context)

    @get("/times")
    async def days(self, link: FromPath[str], choosing: NamedDependency[Choosing]) -> Template:
        """Which other day?"""
        linked = await choosing.linked(link)
        code, office_id, base = linked.booking.service_code, linked.day.office_id, f"/appointments/{link}/times"
        return await choosing.page(code, office_id, base=base, moving=linked)

    @get("/times/{day:date}")
    async def times(self, link: FromPath[str], day: FromPath[date], choosing: NamedDependency[Choosing]) -> Template:
        """What time that day?"""
        linked = await choosing.linked(link)
        code, office_id, base = linked.booking.service_code, linked.day.office_id, f"/appointments/{link}/times"
        return await choosing.page(code, office_id, base=base, moving=linked, day=day)

    @post("/times/{day:date}", opt=form_at("/appointments/{link}/times/{day}"))
    async def keep(
        self,
        *,
        link: FromPath[str],
        day: FromPath[date],
        data: URLEncodedBody[TimeForm],
        request: AnyRequest,
        choosing: NamedDependency[Choosing],
    ) -> Redirect:
        """Keep the new time."""
        linked = await choosing.linked(link)
        service = await choosing.service(linked.booking.service_code)
        source = await choosing.source(request)
        wish = _wish(service, linked.day.office_id, on=day, slot=data.slot, source=source)
        return _to(f"/appointments/{link}/kept/{await choosing.keep(wish)}")

    @get("/kept/{hold_id:str}")
    async def kept(self, link: FromPath[str], hold_id: FromPath[str], choosing: NamedDependency[Choosing]) -> Template:
        """From then to then?"""
        linked = await choosing.linked(link)
        context = {"kept": await choosing.kept(hold_id), "was_at": begins(linked.day, linked.booking), "link": link}
        return Template("public_site/book_move.html", context=context)

    @post("/kept/{hold_id:str}", opt=form_at("/appointments/{link}/kept/{hold_id}"))
    async def move(
        self,
        link: FromPath[str],
        hold_id: FromPath[str],
        store: NamedDependency[HubStore],
        clock: NamedDependency[Clock],
        ids: NamedDependency[Ids],
    ) -> Redirect:
        """Move the booking."""
        moved = await store.run(partial(appointments.move, link=link, hold_id=hold_id, now=clock.now(), ids=ids))
        return _to(f"/appointments/{moved}")


def _wish(service: AdministrativeService, office_id: OfficeId, *, on: date, slot: str, source: str) -> Wish:
    return Wish(office_id=office_id, day=on, slot=time.fromisoformat(slot), service=service, source=source)


def _to(address: str) -> Redirect:
    return Redirect(address, status_code=303)
