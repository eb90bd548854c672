"""``/payments``: the terminals' shifts, outcomes that nobody knows yet, and whose money each fee is."""

from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Template

from edge_node.case_register import queries as register
from edge_node.catalogue import queries as catalogue
from edge_node.payments import commands, queries
from edge_node.payments.model import TERMINAL_LETTERS_MAX, Charger, NoTerminal
from edge_node.printing import commands as printing
from edge_node.staff import queries as staff
from sync.ambient import Clock, Ids
from sync.storage import Reader, Store
from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.ids import OfficeId, ProviderId
from sync.vocabulary.money import FeeKind
from sync.vocabulary.staff import Permission
from sync.vocabulary.staff import may as role_may
from sync.web.access import may, signed_in
from sync.web.entries import kopecks_in
from sync.web.forms import form_at

PAGE = "/payments"
SHIFT_PAGE = "/payments/shifts/{shift_id}"
RECIPIENTS_PAGE = "/payments/recipients"
NAMES_RECIPIENTS = (Permission.SERVICE_DEVICES, Permission.WATCH_OFFICE)
AnyRequest = Request[Any, Any, Any]
Terminal = Annotated[str, msgspec.Meta(min_length=1, max_length=TERMINAL_LETTERS_MAX)]


class ShiftForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The button that begins a shift."""

    terminal: Terminal


class ClosingForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the terminal's paper says, where the terminal itself does not tell."""

    counted: Annotated[str, msgspec.Meta(max_length=20)] = ""


class ShiftPages(Controller):
    """What a cashier and the head of the office see of money."""

    path = PAGE
    include_in_schema = False
    guards = (may(Permission.TAKE_PAYMENTS, Permission.WATCH_OFFICE),)

    @get()
    async def page(
        self, request: AnyRequest, store: NamedDependency[Store], charges: NamedDependency[Charger]
    ) -> Template:
        terminals, office_id = await charges.terminals(), signed_in(request).office_id
        view = partial(_till, terminals=terminals, office_id=office_id)
        return Template("payments/till.html", context=await store.read(view))

    @post("/shifts", opt=form_at(PAGE), guards=[may(Permission.TAKE_PAYMENTS)])
    async def open(
        self,
        *,
        data: URLEncodedBody[ShiftForm],
        request: AnyRequest,
        store: NamedDependency[Store],
        charges: NamedDependency[Charger],
        clock: NamedDependency[Clock],
        ids: NamedDependency[Ids],
    ) -> Redirect:
        if data.terminal not in await charges.terminals():
            raise NoTerminal
        command = partial(commands.open_shift_by, terminal=data.terminal, shift_id=ids.new(), by=signed_in(request))
        await store.run(partial(command, now=clock.now()))
        return Redirect(PAGE, status_code=303)

    @post("/shifts/{shift_id:str}/closing", opt=form_at(SHIFT_PAGE), guards=[may(Permission.TAKE_PAYMENTS)])
    async def close(
        self,
        *,
        shift_id: FromPath[str],
        data: URLEncodedBody[ClosingForm],
        request: AnyRequest,
        charges: NamedDependency[Charger],
    ) -> Redirect:
        counted = kopecks_in(data.counted, field="counted")
        await charges.close_shift(shift_id, by=signed_in(request), counted_kopecks=counted)
        return Redirect(SHIFT_PAGE.format(shift_id=shift_id), status_code=303)

    @get("/shifts/{shift_id:str}")
    async def shift(self, shift_id: FromPath[str], store: NamedDependency[Store]) -> Template:
        return Template("payments/shift.html", context=await store.read(partial(_shift, shift_id=shift_id)))

    @post("/shifts/{shift_id:str}/copies", opt=form_at(SHIFT_PAGE))
    async def print_again(
        self,
        *,
        shift_id: FromPath[str],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        ids: NamedDependency[Ids],
    ) -> Redirect:
        shift = await store.read(partial(commands.shift_seen, shift_id=shift_id))
        again = partial(printing.reprint_by, job_id=shift.report_id or "", by=signed_in(request))
        await store.run(partial(again, order_id=ids.new(), now=clock.now()))
        return Redirect(SHIFT_PAGE.format(shift_id=shift_id), status_code=303)


class ShiftLive(Controller):
    """The part of a shift's page that is asked for again while the terminal counts."""

    include_in_schema = False
    guards = (may(Permission.TAKE_PAYMENTS, Permission.WATCH_OFFICE),)

    @get("/live/payments/shifts/{shift_id:str}")
    async def live(self, shift_id: FromPath[str], store: NamedDependency[Store]) -> Template:
        return Template("payments/_shift.html", context=await store.read(partial(_shift, shift_id=shift_id)))


class RecipientPages(Controller):
    """Which of a terminal's recipients takes the fees of each body.

    Who takes payments sees it, to know whom a fee goes to and what is missing; whose money it is says somebody else.
    """

    path = RECIPIENTS_PAGE
    include_in_schema = False
    guards = (may(*NAMES_RECIPIENTS, Permission.TAKE_PAYMENTS),)

    @get()
    async def page(
        self, request: AnyRequest, store: NamedDependency[Store], charges: NamedDependency[Charger]
    ) -> Template:
        terminals, roles = await charges.terminals(), signed_in(request).roles
        known = {terminal: await charges.recipients(terminal) for terminal in terminals}
        said = await store.read(partial(_recipients, terminals=terminals))
        may_change = any(role_may(roles, permission) for permission in NAMES_RECIPIENTS)
        return Template("payments/recipients.html", context={"known": known, "may_change": may_change, **said})

    @post(opt=form_at(RECIPIENTS_PAGE), guards=[may(*NAMES_RECIPIENTS)])
    async def assign(
        self,
        *,
        data: URLEncodedBody[dict[str, str]],
        request: AnyRequest,
        store: NamedDependency[Store],
        charges: NamedDependency[Charger],
        clock: NamedDependency[Clock],
    ) -> Redirect:
        terminal = data.get("terminal", "")
        if terminal not in await charges.terminals():
            raise InvalidInput(field="terminal", rule="unknown")
        bodies = await store.read(_bodies)
        chosen = {each: data.get(f"merchant_{each}", "").strip() for each in bodies}
        command = partial(commands.assign_merchants, terminal=terminal, chosen=chosen, by=signed_in(request))
        await store.run(partial(command, now=clock.now()))
        return Redirect(RECIPIENTS_PAGE, status_code=303)


def _till(reader: Reader, *, terminals: tuple[str, ...], office_id: OfficeId | None) -> dict[str, object]:
    open_shifts = {each: queries.open_shift(reader, terminal=each) for each in terminals}
    sums = {shift.id: queries.sums_of(reader, shift_id=shift.id) for shift in open_shifts.values() if shift}
    unknown = [charge for charge in queries.open_charges(reader) if charge.state == "unknown"]
    last = queries.last_shifts(reader)
    people = [shift.opened_by for shift in open_shifts.values() if shift]
    people += [charge.staff_id for charge in unknown]
    return {
        "terminals": terminals,
        "open_shifts": open_shifts,
        "sums": sums,
        "unknown": unknown,
        "last_shifts": last,
        "shared": register.shared_receipts(reader, scope=register.Scope(office_id=office_id)),
        "names": staff.names(reader, staff_ids=people),
    }


def _shift(reader: Reader, *, shift_id: str) -> dict[str, object]:
    shift = commands.shift_seen(reader, shift_id=shift_id)
    charges = queries.charges_in(reader, shift_id=shift_id)
    people = [shift.opened_by, shift.closed_by or "", *(charge.staff_id for charge in charges)]
    return {
        "shift": shift,
        "charges": charges,
        "sums": queries.sums_of(reader, shift_id=shift_id),
        "names": staff.names(reader, staff_ids=people),
    }


def _recipients(reader: Reader, *, terminals: tuple[str, ...]) -> dict[str, object]:
    return {
        "bodies": _bodies(reader),
        "chosen": {
            terminal: {each.provider_id: each.merchant_id for each in queries.merchants_of(reader, terminal=terminal)}
            for terminal in terminals
        },
    }


def _bodies(reader: Reader) -> dict[ProviderId, str]:
    """The bodies that ask for fees, by name."""
    paid = [each for each in catalogue.services(reader) if each.fee.kind is not FeeKind.FREE]
    return dict(sorted({each.provider_id: each.provider_name for each in paid}.items(), key=lambda each: each[1]))
