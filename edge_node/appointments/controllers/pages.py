"""``/desk/appointments``: who comes, booking for who telephones, reporting at the desk; also with no line."""

from datetime import date, time
from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter, URLEncodedBody
from litestar.response import Redirect, Template

from edge_node.appointments import commands
from edge_node.appointments.controllers.booking_desk import AT_DESK, BookingDesk, arrival_of
from edge_node.catalogue import queries as catalogue
from edge_node.settings import NodeSettings
from sync.storage import Store
from sync.vocabulary.booking import CODE_CHARACTERS_MAX, READ_CHARACTERS_MAX, Way
from sync.vocabulary.offers import Details, SlotWanted
from sync.vocabulary.staff import Permission
from sync.web.access import may
from sync.web.drawing import qr_svg
from sync.web.forms import form_at

WORDS_LETTERS_MAX = 100
AnyRequest = Request[Any, Any, Any]
Code = Annotated[str, msgspec.Meta(min_length=1, max_length=CODE_CHARACTERS_MAX)]


class ReadForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The code of a booking, typed, or what a reader read from its slip."""

    booking_code: Annotated[str, msgspec.Meta(min_length=1, max_length=READ_CHARACTERS_MAX)]


class BookingForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One booking of a day."""

    document_id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    code: Code


class TimeForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A day and a time, as one button says both: ``2026-12-01 09:00``."""

    at: Annotated[str, msgspec.Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-2][0-9]:[0-5][0-9]$")]


class DayPages(Controller):
    """The day's list, and what is done from it."""

    path = "/desk/appointments"
    include_in_schema = False
    guards = (may(Permission.BOOK_APPOINTMENTS),)
    dependencies = AT_DESK

    @get("/")
    async def day(self, desk: NamedDependency[BookingDesk], day: FromQuery[date | None] = None) -> Template:
        """Who comes on a day, today unless another is asked for; that it was read is in the access log."""
        return Template("appointments/day.html", context=await desk.sheet(day))

    @post("/check-in", opt=form_at("/desk/appointments"))
    async def check_in(
        self,
        data: URLEncodedBody[ReadForm],
        request: AnyRequest,
        desk: NamedDependency[BookingDesk],
        settings: NamedDependency[NodeSettings],
    ) -> Template:
        """The visitor stands here: a ticket with the hour booked."""
        arrival = arrival_of(data.booking_code, request=request, settings=settings)
        checked_in = await desk.do(partial(commands.check_in, arrival=arrival))
        return Template("appointments/arrived.html", context={"checked_in": checked_in})

    @post("/cancel", opt=form_at("/desk/appointments"))
    async def cancel(self, data: URLEncodedBody[BookingForm], desk: NamedDependency[BookingDesk]) -> Redirect:
        """Who booked will not come."""
        await desk.do(partial(commands.cancel_booking, code=data.code, document_id=data.document_id))
        return _to(f"/desk/appointments?day={desk.day_in(data.document_id)}")

    @get("/slips/{document_id:str}/{code:str}")
    async def slip(
        self, document_id: FromPath[str], code: FromPath[str], desk: NamedDependency[BookingDesk]
    ) -> Template:
        """When, where, under which code: to be read out, shown or printed."""
        context = await desk.slip(document_id, code=code)
        return Template("appointments/slip.html", context={**context, "qr": qr_svg(code)})


class BookingPages(Controller):
    """Booking for somebody: the service, the time, the person."""

    path = "/desk/appointments/new"
    include_in_schema = False
    guards = (may(Permission.BOOK_APPOINTMENTS),)
    dependencies = AT_DESK

    @get("/")
    async def service(
        self,
        store: NamedDependency[Store],
        words: Annotated[str, QueryParameter(name="q", max_length=WORDS_LETTERS_MAX)] = "",
    ) -> Template:
        """For what?"""
        found = await store.read(partial(catalogue.search, text=words)) if words.strip() else []
        return Template("appointments/new_service.html", context={"words": words, "found": found})

    @get("/{code:str}")
    async def times(self, code: FromPath[str], desk: NamedDependency[BookingDesk]) -> Template:
        """When?"""
        return Template("appointments/new_time.html", context=await desk.times(code))

    @post("/{code:str}", opt=form_at("/desk/appointments/new/{code}"))
    async def keep(
        self, code: FromPath[str], data: URLEncodedBody[TimeForm], desk: NamedDependency[BookingDesk]
    ) -> Redirect:
        """Keep the time while the person is asked."""
        day, _, slot = data.at.partition(" ")
        wanted = SlotWanted(day=date.fromisoformat(day), slot=time.fromisoformat(slot), service_code=code)
        kept = await desk.do(partial(commands.hold, wanted=wanted))
        return _to(f"/desk/appointments/new/kept/{kept.hold_id}")

    @get("/kept/{hold_id:str}")
    async def person(self, hold_id: FromPath[str], desk: NamedDependency[BookingDesk]) -> Template:
        """Who?"""
        return Template("appointments/new_person.html", context=await desk.kept(hold_id))

    @post("/kept/{hold_id:str}", opt=form_at("/desk/appointments/new/kept/{hold_id}"))
    async def confirm(
        self, hold_id: FromPath[str], data: URLEncodedBody[Details], desk: NamedDependency[BookingDesk]
    ) -> Redirect:
        """Book it."""
        booked = await desk.do(partial(commands.confirm, details=data, hold_id=hold_id, way=Way.TELEPHONE))
        return _to(f"/desk/appointments/slips/{booked.document_id}/{booked.code}")

    @post("/kept/{hold_id:str}/let-go")
    async def let_go(
        self, hold_id: FromPath[str], store: NamedDependency[Store], desk: NamedDependency[BookingDesk]
    ) -> Redirect:
        """Another time, or none."""
        service_code = (await desk.kept(hold_id))["service_code"]
        await store.run(partial(commands.let_go, hold_id=hold_id))
        return _to(f"/desk/appointments/new/{service_code}")


def _to(address: str) -> Redirect:
    return Redirect(address, status_code=303)
