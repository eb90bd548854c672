"""``/payments/trials``: a technician tries a terminal with a hryvnia that goes back at once."""

from functools import partial
from typing import Annotated, Any, Literal

import msgspec
from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Template

from edge_node.payments import commands, queries
from edge_node.payments.model import OPEN, REFERENCE_LETTERS_MAX, Charger, ChargeState
from sync.ambient import Clock, Ids
from sync.storage import Reader, Store
from sync.vocabulary.errors import InvalidInput, NotFound
from sync.vocabulary.ids import ChargeId
from sync.vocabulary.staff import Permission
from sync.web.access import may, signed_in
from sync.web.forms import form_at

PAGE = "/payments/trials/{terminal}"
AnyRequest = Request[Any, Any, Any]


class TrialSettlementForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the technician read in the terminal's journal."""

    outcome: Literal["charged", "not_charged"]
    receipt_number: Annotated[str, msgspec.Meta(max_length=REFERENCE_LETTERS_MAX)] = ""


class TrialPages(Controller):
    """Trials of one terminal by their name; nobody's case is seen here."""

    include_in_schema = False
    guards = (may(Permission.SERVICE_DEVICES),)

    @get(PAGE.format(terminal="{terminal:str}"))
    async def page(
        self, terminal: FromPath[str], store: NamedDependency[Store], charges: NamedDependency[Charger]
    ) -> Template:
        if terminal not in await charges.terminals():
            raise NotFound(what="device")
        return Template("payments/trial.html", context=await store.read(partial(_trials, terminal=terminal)))

    @get("/live/payments/trials/{terminal:str}")
    async def live(self, terminal: FromPath[str], store: NamedDependency[Store]) -> Template:
        """The part of the page that changes."""
        return Template("payments/_trials.html", context=await store.read(partial(_trials, terminal=terminal)))

    @post(PAGE.format(terminal="{terminal:str}"), opt=form_at(PAGE))
    async def begin(self, terminal: FromPath[str], request: AnyRequest, charges: NamedDependency[Charger]) -> Redirect:
        if terminal not in await charges.terminals():
            raise NotFound(what="device")
        await charges.begin_trial(terminal, by=signed_in(request))
        return _back(terminal)

    @post(PAGE.format(terminal="{terminal:str}") + "/{charge_id:str}/void", opt=form_at(PAGE))
    async def undo(
        self, terminal: FromPath[str], charge_id: FromPath[ChargeId], charges: NamedDependency[Charger]
    ) -> Redirect:
        await charges.undo_trial(charge_id)
        return _back(terminal)

    @post(PAGE.format(terminal="{terminal:str}") + "/{charge_id:str}/inquiry", opt=form_at(PAGE))
    async def inquire(
        self,
        terminal: FromPath[str],
        charge_id: FromPath[ChargeId],
        store: NamedDependency[Store],
        charges: NamedDependency[Charger],
    ) -> Redirect:
        charge = await store.read(partial(commands.trial, charge_id=charge_id))
        await charges.inquire(charge.id)
        return _back(terminal)

    @post(PAGE.format(terminal="{terminal:str}") + "/{charge_id:str}/settlement", opt=form_at(PAGE))
    async def settle(
        self,
        *,
        terminal: FromPath[str],
        charge_id: FromPath[ChargeId],
        data: URLEncodedBody[TrialSettlementForm],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        ids: NamedDependency[Ids],
    ) -> Redirect:
        number = data.receipt_number.strip() if data.outcome == "charged" else ""
        if data.outcome == "charged" and not number:
            raise InvalidInput(field="receipt_number", rule="required")
        command = partial(commands.settle_trial, charge_id=charge_id, receipt_number=number, by=signed_in(request))
        await store.run(partial(command, now=clock.now(), ids=ids))
        return _back(terminal)


def _trials(reader: Reader, *, terminal: str) -> dict[str, object]:
    trials = queries.trials_of(reader, terminal=terminal)
    held = queries.open_charge_on(reader, terminal=terminal)
    shift = queries.open_shift(reader, terminal=terminal)
    return {
        "terminal": terminal,
        "trials": trials,
        "is_at_terminal": any(each.state in OPEN - {ChargeState.UNKNOWN} for each in trials),
        "is_held_by_payer": held is not None and not held.is_trial,
        "unknown": held if held is not None and held.is_trial and held.state is ChargeState.UNKNOWN else None,
        "standing": {
            each.id
            for each in trials
            if each.has_taken
            and shift is not None
            and each.shift_id == shift.id
            and queries.void_of(reader, charge_id=each.id) is None
        },
    }


def _back(terminal: str) -> Redirect:
    return Redirect(PAGE.format(terminal=terminal), status_code=303)
