"""What a visitor asks with a number in hand: the booking or ticket of a code, and where a case stands."""

import re
import secrets
from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody
from litestar.response import Redirect, Template

from edge_node.appointments import commands as appointments
from edge_node.appointments import queries as bookings
from edge_node.appointments.model import NodeItself
from edge_node.kiosk import queries
from edge_node.kiosk.controllers.taking import TOKEN_BYTES, site_of
from edge_node.queue.model import Language
from edge_node.settings import NodeSettings
from sync.ambient import Clock, Ids
from sync.storage import Store
from sync.vocabulary.booking import READ_CHARACTERS_MAX
from sync.vocabulary.identifiers.tracking import check_second_factor
from sync.vocabulary.ticket import Purpose
from sync.vocabulary.working_days import local_day
from sync.web.forms import form_at
from sync.web.i18n import current_language, keyed, speaking
from sync.web.passwords import Throttle

NUMBER_LETTERS_MAX = 40
_TICKET = re.compile(r"/tickets/([A-Za-z0-9_-]+)")
AnyRequest = Request[Any, Any, Any]


class CodeForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was typed, or what a reader read: a booking's code or link, a ticket's QR code."""

    booking_code: Annotated[str, msgspec.Meta(min_length=1, max_length=READ_CHARACTERS_MAX)]


class CaseForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The number of a case, and the last four digits of the telephone or document given with it."""

    number: Annotated[str, msgspec.Meta(min_length=1, max_length=NUMBER_LETTERS_MAX)]
    second_factor: Annotated[str, msgspec.Meta(min_length=1, max_length=10)]


class AskingPages(Controller):
    """Nothing typed here ever stands in an address."""

    include_in_schema = False

    @get("/kiosk/code")
    async def code_page(self) -> Template:
        """Ask for the code."""
        return Template("kiosk/code.html", context={"back": "/kiosk"})

    @post("/kiosk/code", opt=form_at("/kiosk/code"))
    async def open_code(
        self,
        *,
        data: URLEncodedBody[CodeForm],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        ids: NamedDependency[Ids],
        settings: NamedDependency[NodeSettings],
    ) -> Redirect:
        """Open the ticket of a QR code; let a booking wait as a ticket with its hour."""
        known = _TICKET.search(data.booking_code)
        if known:
            return Redirect(f"/kiosk/tickets/{known[1]}", status_code=303)
        read = await store.read(partial(bookings.code_read, text=data.booking_code))
        if read.linked is not None and read.linked.day > local_day(clock.now()).isoformat():
            return Redirect(f"/kiosk/bookings/{read.linked.link}", status_code=303)
        with speaking("uk"):
            purpose = keyed("purpose", Purpose.FILE)
        arrival = appointments.Arrival(
            code=read.code,
            language=Language(current_language()),
            token=secrets.token_urlsafe(TOKEN_BYTES),
            purpose=purpose,
            site=site_of(request, settings),
        )
        by = appointments.Actor(person=NodeItself(office_id=settings.office_id))
        checked_in = await store.run(partial(appointments.check_in, arrival=arrival, by=by, now=clock.now(), ids=ids))
        return Redirect(f"/kiosk/tickets/{checked_in.ticket.token}", status_code=303)

    @get("/kiosk/case")
    async def case_page(self) -> Template:
        """Ask for the number of the case and its second factor."""
        return Template("kiosk/case.html", context={"back": "/kiosk"})

    @post("/kiosk/case", status_code=200, opt=form_at("/kiosk/case"))
    async def case(
        self,
        data: URLEncodedBody[CaseForm],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
    ) -> Template:
        """Say where the case stands. Wrong tries slow down who guesses at one case, not who comes to the kiosk next."""
        tries, number, now = _tries(request), data.number.strip().upper(), clock.now()
        factor = check_second_factor(data.second_factor)
        tries.attempt(account=number, device="kiosk", now=now)
        told = await store.read(partial(queries.case_told, number=number, second_factor=factor))
        tries.withdraw(account=number, device="kiosk", at=now)
        return Template("kiosk/case_told.html", context={"case": told, "back": "/kiosk"})


def _tries(request: AnyRequest) -> Throttle:
    state = request.app.state
    if "kiosk_tries" not in state:
        state["kiosk_tries"] = Throttle()
    tries: Throttle = state["kiosk_tries"]
    return tries
