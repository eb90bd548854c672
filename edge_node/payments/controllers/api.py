"""``/api/…/charges``: begin, look, ask the terminal, settle."""

from functools import partial
from typing import Annotated, Any

from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter, JSONBody

from edge_node.payments import commands
from edge_node.payments.controllers.asking import TILL, Till
from edge_node.payments.model import Charge, Charger, ChargeWanted, Settlement
from sync.storage import Store
from sync.storage.idempotency import KEY_LETTERS_MAX
from sync.vocabulary.ids import CaseId, ChargeId
from sync.vocabulary.staff import Permission
from sync.web.access import may, signed_in

AnyRequest = Request[Any, Any, Any]
IdempotencyKey = Annotated[str | None, HeaderParameter(name="Idempotency-Key", max_length=KEY_LETTERS_MAX)]


class ChargeController(Controller):
    """Charges of cards for the fees of cases."""

    path = "/api"
    tags = ("payments",)
    guards = (may(Permission.TAKE_PAYMENTS),)
    dependencies = TILL

    @post("/cases/{case_id:str}/charges")
    async def charge(
        self,
        *,
        case_id: FromPath[CaseId],
        data: JSONBody[ChargeWanted],
        till: NamedDependency[Till],
        charges: NamedDependency[Charger],
        idempotency_key: IdempotencyKey = None,
    ) -> Charge:
        """Charge a card, all that is due when no amount is given; the same key never charges twice.

        The answer comes at the end of the charge, or after 25 seconds with the state ``sending``: look again then.
        """
        charge = await till.begin(case_id, data, key=idempotency_key)
        return await charges.take(charge.id)

    @get("/cases/{case_id:str}/charges")
    async def charges(
        self, case_id: FromPath[CaseId], request: AnyRequest, store: NamedDependency[Store]
    ) -> list[Charge]:
        """The charges of a case, latest first."""
        return await store.read(partial(commands.charges_for, case_id=case_id, by=signed_in(request)))

    @get("/charges/{charge_id:str}")
    async def one(self, charge_id: FromPath[ChargeId], request: AnyRequest, store: NamedDependency[Store]) -> Charge:
        """One charge as it stands."""
        return await store.read(partial(commands.charge_for, charge_id=charge_id, by=signed_in(request)))

    @post("/charges/{charge_id:str}/inquiry", status_code=200)
    async def inquire(self, charge_id: FromPath[ChargeId], till: NamedDependency[Till]) -> Charge:
        """Ask the terminal what became of a charge; it stays unknown while the terminal does not tell."""
        return await till.inquire(charge_id)

    @post("/charges/{charge_id:str}/settlement", status_code=200)
    async def settle(
        self, charge_id: FromPath[ChargeId], data: JSONBody[Settlement], till: NamedDependency[Till]
    ) -> Charge:
        """Say what the terminal's own journal shows: the reference of the operation, or none took place."""
        return await till.settle(charge_id, data)
