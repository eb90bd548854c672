"""A place on another day, booked at the kiosk: day, time, telephone number, slip. What is typed is in no address."""

import secrets
from collections.abc import Callable
from datetime import date, datetime, time
from functools import partial
from typing import Annotated, Any, TypeVar

import msgspec
from litestar import Controller, Request, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Template

from edge_node.appointments import commands as appointments
from edge_node.appointments.commands import Actor
from edge_node.appointments.model import NodeItself
from edge_node.catalogue import queries as catalogue
from edge_node.kiosk import commands, queries
from edge_node.kiosk.controllers.taking import TOKEN_BYTES
from edge_node.kiosk.model import BookingMade, TimeConfirmed
from edge_node.settings import NodeSettings
from sync.ambient import Clock, Ids
from sync.storage import Reader, Store, Transaction
from sync.storage.idempotency import Ask, once
from sync.vocabulary.appointment_rules import HORIZON_DAYS
from sync.vocabulary.booking import PHONE_CHARACTERS_MAX
from sync.vocabulary.catalogue import SPHERES, AdministrativeService
from sync.vocabulary.ids import ServiceCode
from sync.vocabulary.offers import ACTIVE_MAX, FreeTimes, SlotWanted
from sync.vocabulary.working_days import local_day
from sync.web.drawing import qr_svg
from sync.web.forms import form_at
from sync.web.i18n import current_language

NOON = time(12)
KEPT_COOKIE = "kiosk-kept"  # the time that this browser keeps: it keeps one
AnyRequest = Request[Any, Any, Any]
T = TypeVar("T")
SlotText = Annotated[str, msgspec.Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class SlotForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The time that was touched."""

    slot: SlotText


class PhoneForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The number typed: asked in a body, never in an address."""

    phone: Annotated[str, msgspec.Meta(min_length=1, max_length=PHONE_CHARACTERS_MAX)]


class KeptTime(msgspec.Struct, frozen=True, kw_only=True):
    """What a confirmation is known by: touched twice, it is one booking."""

    hold_id: str


class BookingStand:
    """Runs the commands of booking for whoever stands at the kiosk or holds a slip, and answers what its pages show."""

    def __init__(self, store: Store, *, clock: Clock, ids: Ids, settings: NodeSettings, source: str) -> None:
        self._store, self._clock, self._ids, self._settings, self._source = store, clock, ids, settings, source

    async def do(self, command: Callable[..., T]) -> T:
        """What the command answers at this office, now."""
        around = {"office_id": self._settings.office_id, "now": self._clock.now(), "ids": self._ids}
        return await self._store.run(partial(command, **around))

    async def free(self, code: str) -> tuple[AdministrativeService, list[FreeTimes]]:
        """The service and its free days; raises UnknownService, NotBookable."""
        now, office_id = self._clock.now(), self._settings.office_id

        def ask(reader: Reader) -> tuple[AdministrativeService, list[FreeTimes]]:
            service = catalogue.service(reader, code=code)
            return service, queries.free_days(reader, service=service, office_id=office_id, now=now)

        return await self._store.read(ask)

    async def keep(self, wanted: SlotWanted, *, instead_of: str) -> str:
        """Keep the time; under which id. What this browser kept before, for whoever stood there, is let go.

        Raises SlotGone, DayNotOpen, NotBookable, TooManyHolds.
        """
        by = Actor(person=NodeItself(office_id=self._settings.office_id), source=self._source)
        now, ids = self._clock.now(), self._ids

        def keep(tx: Transaction) -> str:
            appointments.let_go(tx, hold_id=instead_of)
            return appointments.hold(tx, wanted, by=by, now=now, ids=ids).hold_id

        return await self._store.run(keep)

    async def let_go(self, hold_id: str) -> None:
        """Somebody else may have the time."""
        await self._store.run(partial(appointments.let_go, hold_id=hold_id))

    async def kept(self, hold_id: str) -> queries.KeptView | None:
        """The time that is kept."""
        return await self._store.read(partial(queries.kept_view, hold_id=hold_id, now=self._clock.now()))

    async def book(self, hold_id: str, *, phone: str) -> BookingMade:
        """Book what is kept; once more, the same booking. Raises HoldExpired, TooManyBookings, InvalidInput."""
        link = secrets.token_urlsafe(TOKEN_BYTES)
        confirmed = TimeConfirmed(
            hold_id=hold_id, phone=phone, language=current_language(), link=link, address=self.address(link)
        )
        ask = Ask(key=f"kept {hold_id}", request=KeptTime(hold_id=hold_id), now=self._clock.now())

        def book(tx: Transaction, **around: Any) -> BookingMade:  # around: what ``do`` knows of office, time and ids
            return once(tx, partial(commands.book, confirmed=confirmed, **around), ask=ask, answer_type=BookingMade)

        return await self.do(book)

    async def other_days(self, link: str) -> list[FreeTimes]:
        """The free days for the service of a booking; raises BookingGone, NotBookable."""
        view = await self._view(link)
        return (await self.free(view.service.code))[1]

    async def move(self, link: str, *, at: datetime) -> None:
        """Move the booking there; raises BookingGone, BookingOver, BookedElsewhere, SlotGone, DayNotOpen."""
        view = await self._view(link)
        wanted = SlotWanted(day=at.date(), slot=at.time(), service_code=view.service.code)
        await self.do(partial(commands.move_booking, wanted=wanted, link=link))

    async def booked(self, link: str) -> dict[str, object]:
        """What a page shows of the booking that the link opens; raises BookingGone."""
        view, address = await self._view(link), self.address(link)
        return {"view": view, "has_address": address is not None, "qr": qr_svg(address or view.code)}

    async def _view(self, link: str) -> queries.BookedView:
        return await self._store.read(partial(queries.booked_view, link=link, now=self._clock.now()))

    def address(self, link: str) -> str | None:
        """Where a phone finds the booking, if the office has an address for phones."""
        site = self._settings.listen.public_url
        return f"{site.rstrip('/')}/appointments/{link}" if site else None


def provide_stand(
    *,
    request: AnyRequest,
    store: NamedDependency[Store],
    clock: NamedDependency[Clock],
    ids: NamedDependency[Ids],
    settings: NamedDependency[NodeSettings],
) -> BookingStand:
    """The stand of this office."""
    source = request.client.host if request.client else ""
    return BookingStand(store, clock=clock, ids=ids, settings=settings, source=source)


AT_STAND = {"stand": Provide(provide_stand, sync_to_thread=False)}


class BookingPages(Controller):
    """One question a page: the day, the time, the number."""

    include_in_schema = False
    dependencies = AT_STAND

    @get("/kiosk/services/{code:str}/days")
    async def days(self, code: FromPath[ServiceCode], stand: NamedDependency[BookingStand]) -> Template:
        """Which day?"""
        service, found = await stand.free(code)
        context = {"service": service, "days": found, "horizon_days": HORIZON_DAYS, **_card(service)}
        return Template("kiosk/days.html", context={**context, "back": f"/kiosk/services/{code}"})

    @get("/kiosk/services/{code:str}/days/{day:date}")
    async def times(
        self, code: FromPath[ServiceCode], day: FromPath[date], stand: NamedDependency[BookingStand]
    ) -> Template:
        """What time?"""
        service, found = await stand.free(code)
        slots = next((each.slots for each in found if each.day == day), ())
        context = {
            "service": service,
            "day": day,
            "before_noon": [slot for slot in slots if slot < NOON],
            "after_noon": [slot for slot in slots if slot >= NOON],
            **_card(service),
        }
        return Template("kiosk/times.html", context={**context, "back": f"/kiosk/services/{code}/days"})

    @post("/kiosk/services/{code:str}/days/{day:date}", opt=form_at("/kiosk/services/{code}/days/{day}"))
    async def keep(
        self,
        code: FromPath[ServiceCode],
        day: FromPath[date],
        data: URLEncodedBody[SlotForm],
        stand: NamedDependency[BookingStand],
        request: AnyRequest,
    ) -> Redirect:
        """Keep the time while the number is typed."""
        wanted = SlotWanted(day=day, slot=time.fromisoformat(data.slot), service_code=code)
        hold_id = await stand.keep(wanted, instead_of=request.cookies.get(KEPT_COOKIE, ""))
        answer = _to(f"/kiosk/services/{code}/kept/{hold_id}")
        answer.set_cookie(Cookie(key=KEPT_COOKIE, value=hold_id, path="/kiosk", httponly=True, samesite="lax"))
        return answer

    @get("/kiosk/services/{code:str}/kept/{hold_id:str}")
    async def number(
        self, code: FromPath[ServiceCode], hold_id: FromPath[str], stand: NamedDependency[BookingStand]
    ) -> Template:
        """Which telephone number? Once the time is not kept any more, the way to another."""
        kept = await stand.kept(hold_id)
        context = {"code": code, "kept": kept, "active_max": ACTIVE_MAX, "back": None}
        return Template("kiosk/number.html" if kept else "kiosk/not_kept.html", context=context)

    @post("/kiosk/services/{code:str}/kept/{hold_id:str}", opt=form_at("/kiosk/services/{code}/kept/{hold_id}"))
    async def confirm(
        self, hold_id: FromPath[str], data: URLEncodedBody[PhoneForm], stand: NamedDependency[BookingStand]
    ) -> Redirect:
        """Book it."""
        made = await stand.book(hold_id, phone=data.phone)
        return _to(f"/kiosk/bookings/{made.link}")

    @post("/kiosk/services/{code:str}/kept/{hold_id:str}/let-go")
    async def let_go(
        self, code: FromPath[ServiceCode], hold_id: FromPath[str], stand: NamedDependency[BookingStand]
    ) -> Redirect:
        """Another time, or the visitor has gone."""
        kept = await stand.kept(hold_id)
        await stand.let_go(hold_id)
        day = f"/{local_day(kept.begins_at)}" if kept else ""
        return _to(f"/kiosk/services/{code}/days{day}")

    @get("/kiosk/bookings/{link:str}")
    async def booked(self, link: FromPath[str], stand: NamedDependency[BookingStand]) -> Template:
        """When, under which code; its paper; its page for the phone."""
        return Template("kiosk/booked.html", context={**await stand.booked(link), "back": None})

    @get("/kiosk/bookings/{link:str}/cancel")
    async def ask_cancel(self, link: FromPath[str], stand: NamedDependency[BookingStand]) -> Template:
        """Ask once more: a slip of the finger must not cost a place."""
        context = {**await stand.booked(link), "back": f"/kiosk/bookings/{link}"}
        return Template("kiosk/booked_cancel.html", context=context)

    @post("/kiosk/bookings/{link:str}/cancel", status_code=200, opt=form_at("/kiosk/bookings/{link}/cancel"))
    async def cancel(self, link: FromPath[str], stand: NamedDependency[BookingStand]) -> Template:
        """Free the time for somebody else."""
        booked = await stand.booked(link)
        await stand.do(partial(commands.cancel_booking, link=link))
        return Template("kiosk/booked_cancelled.html", context={**booked, "back": None})

    @get("/live/kiosk/bookings/{link:str}/paper")
    async def paper(self, link: FromPath[str], stand: NamedDependency[BookingStand]) -> Template:
        """How the slip is doing."""
        return Template("kiosk/_slip.html", context=await stand.booked(link))


def _card(service: AdministrativeService) -> dict[str, object]:
    return {"card": SPHERES[service.sphere]}


def _to(address: str) -> Redirect:
    return Redirect(address, status_code=303)
