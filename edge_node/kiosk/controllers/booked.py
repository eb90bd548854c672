"""A booking on its holder's phone, by the link on the slip: when and where, another time, or none."""

from datetime import datetime
from functools import partial
from typing import Annotated

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter, URLEncodedBody
from litestar.response import Redirect, Template

from edge_node.kiosk import commands
from edge_node.kiosk.controllers.booking import AT_STAND, BookingStand
from sync.vocabulary.appointment_rules import HORIZON_DAYS
from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.working_days import KYIV
from sync.web.forms import form_at

_AT = "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01]) ([01][0-9]|2[0-3]):[0-5][0-9]$"
At = Annotated[str, msgspec.Meta(pattern=_AT)]


class MoveForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A day and a time, as one button says both: ``2026-12-01 09:00``."""

    at: At


class BookedPages(Controller):
    """Whoever has the slip has its address."""

    path = "/appointments/{link:str}"
    include_in_schema = False
    dependencies = AT_STAND

    @get("/")
    async def slip(self, link: FromPath[str], stand: NamedDependency[BookingStand]) -> Template:
        """When, where, under which code."""
        return Template("kiosk/appointment.html", context=await stand.booked(link))

    @get("/cancel")
    async def ask_cancel(self, link: FromPath[str], stand: NamedDependency[BookingStand]) -> Template:
        """Surely?"""
        return Template("kiosk/appointment_cancel.html", context=await stand.booked(link))

    @post("/cancel", status_code=200, opt=form_at("/appointments/{link}/cancel"))
    async def cancel(self, link: FromPath[str], stand: NamedDependency[BookingStand]) -> Template:
        """Free the time for somebody else."""
        booked = await stand.booked(link)
        await stand.do(partial(commands.cancel_booking, link=link))
        return Template("kiosk/appointment_cancelled.html", context=booked)

    @get("/times")
    async def times(self, link: FromPath[str], stand: NamedDependency[BookingStand]) -> Template:
        """Which other time?"""
        booked = await stand.booked(link)
        days = await stand.other_days(link)
        return Template("kiosk/appointment_times.html", context={**booked, "days": days, "horizon_days": HORIZON_DAYS})

    @get("/move")
    async def ask_move(
        self,
        link: FromPath[str],
        stand: NamedDependency[BookingStand],
        at: Annotated[str, QueryParameter(pattern=_AT)],
    ) -> Template:
        """From then to then?"""
        return Template("kiosk/appointment_move.html", context={**await stand.booked(link), "at": _moment(at)})

    @post("/move", opt=form_at("/appointments/{link}/times"))
    async def move(
        self, link: FromPath[str], data: URLEncodedBody[MoveForm], stand: NamedDependency[BookingStand]
    ) -> Redirect:
        """Move it; its link and its slip's QR code stay."""
        await stand.move(link, at=_moment(data.at))
        return Redirect(f"/appointments/{link}", status_code=303)


def _moment(at: str) -> datetime:
    """A day and a time of Kyiv; raises InvalidInput for a day that no month has."""
    try:
        return datetime.fromisoformat(at).replace(tzinfo=KYIV)
    except ValueError as error:
        raise InvalidInput(field="at", rule="choice") from error
