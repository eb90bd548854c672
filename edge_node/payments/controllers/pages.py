"""The page of a case's payment: what is due, the card at the terminal, and what to do when nobody knows."""

from functools import partial
from typing import Annotated, Any, Literal

import msgspec
from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Template

from edge_node.case_register import commands as register
from edge_node.case_register.model import CaseNotYours
from edge_node.payments import commands, queries
from edge_node.payments.controllers.asking import Till
from edge_node.payments.model import (
    OPEN,
    REFERENCE_LETTERS_MAX,
    TERMINAL_LETTERS_MAX,
    Charger,
    ChargeState,
    ChargeWanted,
)
from sync.ambient import Clock, Ids
from sync.storage import Store
from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.ids import CaseId, ChargeId
from sync.vocabulary.staff import Permission
from sync.web.access import may, signed_in
from sync.web.forms import form_at

PAGE = "/cases/{case_id}/payment"
AnyRequest = Request[Any, Any, Any]


class ChargeForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The button; an office with several terminals chooses one."""

    terminal: Annotated[str, msgspec.Meta(max_length=TERMINAL_LETTERS_MAX)] = ""


class SettlementForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the clerk read in the terminal's journal."""

    outcome: Literal["charged", "not_charged"]
    reference: Annotated[str, msgspec.Meta(max_length=REFERENCE_LETTERS_MAX)] = ""


class PaymentPages(Controller):
    """``/cases/{case_id}/payment``."""

    include_in_schema = False
    guards = (may(Permission.TAKE_PAYMENTS),)

    @get("/cases/{case_id:str}/payment")
    async def page(
        self,
        case_id: FromPath[CaseId],
        request: AnyRequest,
        store: NamedDependency[Store],
        charges: NamedDependency[Charger],
        clock: NamedDependency[Clock],
    ) -> Template:
        file = await store.run(partial(register.look, by=signed_in(request), case_id=case_id, now=clock.now()))
        if isinstance(file, CaseNotYours):
            raise file
        context = await _state(request, case_id=case_id, store=store, charger=charges)
        return Template(template_name="payments/payment.html", context={"file": file, **context})

    @get("/live/cases/{case_id:str}/payment")
    async def live(
        self,
        case_id: FromPath[CaseId],
        request: AnyRequest,
        store: NamedDependency[Store],
        charges: NamedDependency[Charger],
    ) -> Template:
        """The part of the page that changes; asked for again while a card is at the terminal."""
        context = await _state(request, case_id=case_id, store=store, charger=charges)
        return Template(template_name="payments/_state.html", context=context)

    @post("/cases/{case_id:str}/payment", opt=form_at(PAGE))
    async def charge(
        self,
        *,
        case_id: FromPath[CaseId],
        data: URLEncodedBody[ChargeForm],
        request: AnyRequest,
        store: NamedDependency[Store],
        charges: NamedDependency[Charger],
        clock: NamedDependency[Clock],
        ids: NamedDependency[Ids],
    ) -> Redirect:
        till = Till(store, charger=charges, clock=clock, ids=ids, by=signed_in(request))
        charge = await till.begin(case_id, ChargeWanted(terminal=data.terminal or None))
        charges.start(charge.id)
        return Redirect(PAGE.format(case_id=case_id), status_code=303)

    @post("/cases/{case_id:str}/payment/{charge_id:str}/inquiry", opt=form_at(PAGE))
    async def inquire(
        self,
        *,
        case_id: FromPath[CaseId],
        charge_id: FromPath[ChargeId],
        request: AnyRequest,
        store: NamedDependency[Store],
        charges: NamedDependency[Charger],
    ) -> Redirect:
        charge = await store.read(partial(commands.charge_for, charge_id=charge_id, by=signed_in(request)))
        await charges.inquire(charge.id)
        return Redirect(PAGE.format(case_id=case_id), status_code=303)

    @post("/cases/{case_id:str}/payment/{charge_id:str}/settlement", opt=form_at(PAGE))
    async def settle(
        self,
        *,
        case_id: FromPath[CaseId],
        charge_id: FromPath[ChargeId],
        data: URLEncodedBody[SettlementForm],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        ids: NamedDependency[Ids],
    ) -> Redirect:
        reference = data.reference.strip() if data.outcome == "charged" else None
        if reference == "":
            raise InvalidInput(field="reference", rule="required")
        command = partial(commands.settle, charge_id=charge_id, reference=reference, by=signed_in(request))
        await store.run(partial(command, now=clock.now(), ids=ids))
        return Redirect(PAGE.format(case_id=case_id), status_code=303)


async def _state(request: AnyRequest, *, case_id: CaseId, store: Store, charger: Charger) -> dict[str, object]:
    """What the changing part shows; only for who may see the case."""
    by = signed_in(request)
    case = await store.read(partial(register.case_for, by=by, case_id=case_id))
    known = await store.read(partial(queries.charges_of, case_id=case_id))
    terminals = await charger.terminals()
    latest = known[0] if known else None
    blocking = None
    for terminal in terminals:
        held = await store.read(partial(queries.open_charge_on, terminal=terminal))
        if held is not None and held.case_id != case_id:
            blocking = held
    return {
        "case": case,
        "charges": known,
        "latest": latest,
        "is_at_terminal": latest is not None and latest.state in {ChargeState.INTENDED, ChargeState.SENDING},
        "is_open": latest is not None and latest.state in OPEN,
        "blocking": blocking,
        "terminals": terminals,
        "due_kopecks": max(0, case.fee_kopecks - case.paid_kopecks),
    }
