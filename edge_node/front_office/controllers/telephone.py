"""A telephone on the desk: it tells who rings, and dials for the person who sits there."""

from functools import partial
from typing import Annotated, Any

from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect, Template

from device_drivers.client import DevicesClient
from device_drivers.errors import DeviceError
from edge_node.case_register import commands as register
from edge_node.case_register.model import CaseNotYours
from edge_node.front_office.model import (
    CallerChanged,
    HandsetUnknown,
    NoDesk,
    NoPhoneKnown,
    NoTelephone,
    Switchboard,
    TelephoneSilent,
    devices_topic,
)
from edge_node.queue import queries as queue
from edge_node.queue.model import Desk
from edge_node.settings import NodeSettings
from edge_node.staff import commands as staff
from sync.ambient import Clock
from sync.storage import Store
from sync.vocabulary.identifiers.phone import format_phone
from sync.vocabulary.ids import CaseId
from sync.vocabulary.staff import Permission
from sync.vocabulary.staff import may as roles_may
from sync.web.access import may, signed_in
from sync.web.forms import form_at
from sync.web.live import broadcaster_of

CASE_PAGE = "/cases/{case_id}"
REMOTE_LETTERS_MAX = 200  # a SIP address with what telephones put around it
AnyRequest = Request[Any, Any, Any]
Remote = Annotated[str, QueryParameter(max_length=REMOTE_LETTERS_MAX)]


class HandsetController(Controller):
    """What a handset asks for by itself (*Action URL*): nobody is signed in, so only its own address lets it in.

    Its word is taken for no more than a number to search for; who sees what was found is the desk's person.
    """

    path = "/telephone"
    include_in_schema = False

    @get("/ringing", status_code=204)
    async def ringing(
        self,
        *,
        remote: Remote,
        request: AnyRequest,
        settings: NamedDependency[NodeSettings],
        switchboard: NamedDependency[Switchboard],
        clock: NamedDependency[Clock],
    ) -> None:
        """Somebody calls the desk; ``remote`` is whatever the telephone knows of them."""
        desk_number = _desk_of_handset(request, settings)
        switchboard.ring(desk_number, remote=remote, now=clock.now())
        broadcaster_of(request).publish(devices_topic(desk_number), CallerChanged())

    @get("/ended", status_code=204)
    async def ended(
        self,
        request: AnyRequest,
        settings: NamedDependency[NodeSettings],
        switchboard: NamedDependency[Switchboard],
    ) -> None:
        """The call is over."""
        desk_number = _desk_of_handset(request, settings)
        switchboard.hang_up(desk_number)
        broadcaster_of(request).publish(devices_topic(desk_number), CallerChanged())


class TelephonePages(Controller):
    """The caller on the desk's page, and the button that dials."""

    include_in_schema = False

    @get("/live/desk/caller", guards=[may(Permission.SERVE_AT_DESK)])
    async def caller(
        self,
        request: AnyRequest,
        store: NamedDependency[Store],
        switchboard: NamedDependency[Switchboard],
        clock: NamedDependency[Clock],
    ) -> Template:
        """Who rings now and their cases; that these were searched for goes into the access log."""
        by, now = signed_in(request), clock.now()
        desk = await _own_desk(request, store)
        phone, cases = switchboard.caller(desk.number, now=now), None
        if phone is not None and roles_may(by.roles, Permission.READ_CASES):
            cases = await store.run(partial(register.find, by=by, text=phone, now=now))
        context = {"phone": None if phone is None else format_phone(phone), "cases": cases}
        return Template("front_office/_caller.html", context=context)

    @post("/cases/{case_id:str}/dial", opt=form_at(CASE_PAGE), guards=[may(Permission.SERVE_AT_DESK)])
    async def dial(
        self,
        *,
        case_id: FromPath[CaseId],
        request: AnyRequest,
        store: NamedDependency[Store],
        settings: NamedDependency[NodeSettings],
        devices: NamedDependency[DevicesClient],
        clock: NamedDependency[Clock],
    ) -> Redirect:
        """Let the desk's telephone call the applicant of the case."""
        by, now = signed_in(request), clock.now()
        desk = await _own_desk(request, store)
        telephone = settings.on_desk(desk.number).telephone
        if telephone is None:
            raise NoTelephone
        file = await store.run(partial(register.look, by=by, case_id=case_id, now=now))
        if isinstance(file, CaseNotYours):
            raise file
        if file.applicant.phone is None:
            raise NoPhoneKnown
        await store.run(partial(staff.log_access, by=by, action="applicant-called", subject=case_id, now=now))
        try:
            await devices.call(telephone, "dial", number=file.applicant.phone)
        except DeviceError as error:
            raise TelephoneSilent from error
        return Redirect(CASE_PAGE.format(case_id=case_id), status_code=303)


def _desk_of_handset(request: AnyRequest, settings: NodeSettings) -> int:
    host = request.client.host if request.client else ""
    number = settings.desk_with_handset(host)
    if number is None:
        raise HandsetUnknown
    return number


async def _own_desk(request: AnyRequest, store: Store) -> Desk:
    desk = await store.read(partial(queue.desk_of, staff_id=signed_in(request).staff_id))
    if desk is None:
        raise NoDesk
    return desk
