"""``POST /api/tickets``."""

from typing import Annotated, Any

from litestar import Controller, Request, post
from litestar.di import NamedDependency
from litestar.params import HeaderParameter, JSONBody

from edge_node.kiosk.controllers.taking import TicketDesk, site_of
from edge_node.kiosk.model import TakenTicket
from edge_node.queue.model import Wish
from edge_node.settings import NodeSettings
from sync.ambient import Clock, Ids
from sync.storage import Store
from sync.storage.idempotency import KEY_LETTERS_MAX

AnyRequest = Request[Any, Any, Any]
IdempotencyKey = Annotated[str | None, HeaderParameter(name="Idempotency-Key", max_length=KEY_LETTERS_MAX)]


class TicketController(Controller):
    """Tickets are taken without signing in."""

    path = "/api/tickets"
    tags = ("tickets",)

    @post()
    async def take(
        self,
        *,
        data: JSONBody[Wish],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        ids: NamedDependency[Ids],
        settings: NamedDependency[NodeSettings],
        idempotency_key: IdempotencyKey = None,
    ) -> TakenTicket:
        """Take the next number of a sphere; its paper goes to the printer. The same key gives the same ticket."""
        desk = TicketDesk(store, clock=clock, ids=ids, office_id=settings.office_id, site=site_of(request, settings))
        return await desk.take(data, key=idempotency_key)
