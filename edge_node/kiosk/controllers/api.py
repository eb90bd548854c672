"""``POST /api/tickets``."""

from typing import Annotated, Any

from litestar import Controller, Request, post
from litestar.di import NamedDependency
from litestar.params import HeaderParameter, JSONBody

from edge_node.kiosk.controllers.taking import TicketDesk
from edge_node.kiosk.model import TakenTicket
from edge_node.queue.model import Wish
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
        ticket_desk: NamedDependency[TicketDesk],
        idempotency_key: IdempotencyKey = None,
    ) -> TakenTicket:
        """Take the next number of a sphere; its paper goes to the printer. The same key gives the same ticket."""
        return await ticket_desk.take(data, key=idempotency_key, request=request)
