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
from edge_node.payments import queries
from edge_node.payments.controllers.asking import TILL, Till
from edge_node.payments.model import (
    BANK_LETTERS_MAX,
    NOT_SUPPORTED,
    NUMBER_LETTERS_MAX,
    OPEN,
    REFERENCE_LETTERS_MAX,
    TERMINAL_LETTERS_MAX,
    BankReceiptEntry,
    Charge,
    Charger,
    ChargeState,
    ChargeWanted,
    Settlement,
)
from sync.ambient import Clock
from sync.storage import Reader, Store
from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.ids import CaseId, ChargeId
from sync.vocabulary.staff import Permission
from sync.web.access import may, signed_in
from sync.web.entries import day_in, kopecks_in
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
    taken: Annotated[str, msgspec.Meta(max_length=20)] = ""

    def as_settlement(self) -> Settlement:
        """What that says of the charge; raises InvalidInput."""
        if self.outcome == "not_charged":
            return Settlement()
        reference = self.reference.strip()
        if not reference:
            raise InvalidInput(field="reference", rule="required")
        kopecks = kopecks_in(self.taken, field="taken")
        if kopecks == 0:
            raise InvalidInput(field="taken", rule="money")
        return Settlement(reference=reference, amount_kopecks=kopecks)


class BankReceiptForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A bank's receipt as the clerk copies it."""

    receipt_number: Annotated[str, msgspec.Meta(max_length=NUMBER_LETTERS_MAX)] = ""
    bank: Annotated[str, msgspec.Meta(max_length=BANK_LETTERS_MAX)] = ""
    paid_on: Annotated[str, msgspec.Meta(max_length=20)] = ""
    amount: Annotated[str, msgspec.Meta(max_length=20)] = ""
    is_another: Literal["", "yes"] = ""

    def as_entry(self) -> BankReceiptEntry:
        """The receipt; raises InvalidInput."""
        paid_on, kopecks = day_in(self.paid_on, field="paid_on"), kopecks_in(self.amount, field="amount")
        if paid_on is None:
            raise InvalidInput(field="paid_on", rule="required")
        if kopecks is None:
            raise InvalidInput(field="amount", rule="required")
        return BankReceiptEntry(
            number=self.receipt_number,
            bank=self.bank,
            paid_on=paid_on,
            amount_kopecks=kopecks,
            is_another=self.is_another == "yes",
        )


class PaymentPages(Controller):
    """``/cases/{case_id}/payment``."""

    include_in_schema = False
    guards = (may(Permission.TAKE_PAYMENTS),)
    dependencies = TILL

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
        till: NamedDependency[Till],
        charges: NamedDependency[Charger],
    ) -> Redirect:
        charge = await till.begin(case_id, ChargeWanted(terminal=data.terminal or None))
        charges.start(charge.id)
        return _back(case_id)

    @post("/cases/{case_id:str}/payment/{charge_id:str}/inquiry", opt=form_at(PAGE))
    async def inquire(
        self, case_id: FromPath[CaseId], charge_id: FromPath[ChargeId], till: NamedDependency[Till]
    ) -> Redirect:
        await till.inquire(charge_id)
        return _back(case_id)

    @post("/cases/{case_id:str}/payment/{charge_id:str}/settlement", opt=form_at(PAGE))
    async def settle(
        self,
        *,
        case_id: FromPath[CaseId],
        charge_id: FromPath[ChargeId],
        data: URLEncodedBody[SettlementForm],
        till: NamedDependency[Till],
    ) -> Redirect:
        await till.settle(charge_id, data.as_settlement())
        return _back(case_id)


class WaysBack(Controller):
    """Undoing a payment, asking for its money back on paper, and receipts of banks."""

    include_in_schema = False
    guards = (may(Permission.TAKE_PAYMENTS),)
    dependencies = TILL

    @post("/cases/{case_id:str}/payment/{charge_id:str}/void", opt=form_at(PAGE))
    async def void(
        self, case_id: FromPath[CaseId], charge_id: FromPath[ChargeId], till: NamedDependency[Till]
    ) -> Redirect:
        await till.undo(charge_id)
        return _back(case_id)

    @post("/cases/{case_id:str}/payment/{charge_id:str}/refund-application", opt=form_at(PAGE))
    async def apply(
        self, case_id: FromPath[CaseId], charge_id: FromPath[ChargeId], till: NamedDependency[Till]
    ) -> Redirect:
        await till.apply_for_refund(charge_id)
        return _back(case_id)

    @post("/cases/{case_id:str}/payment/receipts", opt=form_at(PAGE))
    async def enter_receipt(
        self, case_id: FromPath[CaseId], data: URLEncodedBody[BankReceiptForm], till: NamedDependency[Till]
    ) -> Redirect:
        await till.enter_receipt(case_id, data.as_entry())
        return _back(case_id)


def _back(case_id: CaseId) -> Redirect:
    return Redirect(PAGE.format(case_id=case_id), status_code=303)


async def _state(request: AnyRequest, *, case_id: CaseId, store: Store, charger: Charger) -> dict[str, object]:
    """What the changing part shows; only for who may see the case."""
    by = signed_in(request)
    case = await store.read(partial(register.case_for, by=by, case_id=case_id))
    terminals = await charger.terminals()
    known = await store.read(partial(queries.charges_of, case_id=case_id))
    latest = known[0] if known else None
    return {
        "case": case,
        "charges": known,
        "latest": latest,
        "receipts": await store.read(partial(queries.receipts_of, case_id=case_id)),
        "ways_back": await store.read(partial(_ways_back, charges=known)),
        "is_at_terminal": latest is not None and latest.state in {ChargeState.INTENDED, ChargeState.SENDING},
        "is_open": latest is not None and latest.state in OPEN,
        "blocking": await store.read(partial(_blocking, terminals=terminals, case_id=case_id)),
        "terminals": terminals,
        "due_kopecks": max(0, case.fee_kopecks - case.paid_kopecks),
    }


def _blocking(reader: Reader, *, terminals: tuple[str, ...], case_id: CaseId) -> Charge | None:
    """An act of another case that holds a terminal."""
    held = (queries.open_charge_on(reader, terminal=terminal) for terminal in terminals)
    return next((charge for charge in held if charge is not None and charge.case_id != case_id), None)


def _ways_back(reader: Reader, *, charges: list[Charge]) -> dict[ChargeId, str]:
    """How the money of a charge can go back: "void" while its shift lasts and the terminal can, else "application"."""
    cannot = {charge.reverses for charge in charges if charge.reason == NOT_SUPPORTED}
    ways = {}
    for charge in charges:
        if charge.has_taken and queries.void_of(reader, charge_id=charge.id) is None:
            shift = queries.open_shift(reader, terminal=charge.terminal)
            may_void = shift is not None and shift.id == charge.shift_id and charge.id not in cannot
            may_void = may_void and charge.slip is not None and charge.slip.invoice_number != ""
            ways[charge.id] = "void" if may_void else "application"
    return ways
