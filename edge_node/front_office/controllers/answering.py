"""What every form of the desk's page does: find the desk of who pressed, run a command, show the page again."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Request
from litestar.response import Redirect

from edge_node.front_office.model import NoDesk
from edge_node.queue import queries as queue
from edge_node.queue.model import Desk, Ticket
from sync.ambient import Clock
from sync.storage import Store, Transaction
from sync.vocabulary.ids import StaffId, TicketId
from sync.web.access import signed_in

HOME = "/desk"
ID_LETTERS_MAX = 40
NUMBER_LETTERS_MAX = 8
AnyRequest = Request[Any, Any, Any]
Id = Annotated[str, msgspec.Meta(min_length=1, max_length=ID_LETTERS_MAX)]
Number = Annotated[str, msgspec.Meta(min_length=1, max_length=NUMBER_LETTERS_MAX)]


async def with_ticket(
    command: Callable[..., Ticket], ticket_id: str, *, request: AnyRequest, store: Store, clock: Clock
) -> Redirect:
    """Run a command about one ticket in the name of who pressed."""
    by, now = signed_in(request).staff_id, clock.now()

    def run(tx: Transaction) -> Ticket:
        return command(tx, ticket_id=TicketId(ticket_id), by=by, now=now)

    await store.run(run)
    return home()


async def with_desk(command: Callable[..., object], *, request: AnyRequest, store: Store, clock: Clock) -> Redirect:
    """Run a command about the desk of who pressed; raises NoDesk."""
    by, now = signed_in(request).staff_id, clock.now()
    desk = await own_desk(store, by=by)

    def run(tx: Transaction) -> object:
        return command(tx, desk_id=desk.id, by=by, now=now)

    await store.run(run)
    return home()


async def own_desk(store: Store, *, by: StaffId) -> Desk:
    """The desk this person works at; raises NoDesk."""
    desk = await store.read(partial(queue.desk_of, staff_id=by))
    if desk is None:
        raise NoDesk
    return desk


def home() -> Redirect:
    """To the desk's page."""
    return Redirect(HOME, status_code=303)
