"""What the desk's forms and its JSON do alike: run a command in the name of who asks."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Request
from litestar.di import NamedDependency, Provide
from litestar.response import Redirect

from edge_node.front_office.model import NoDesk
from edge_node.queue import queries as queue
from edge_node.queue.model import Desk
from sync.storage import Store
from sync.vocabulary.ids import StaffId, TicketId
from sync.web.access import signed_in
from sync.web.acts import ACT_OF_STAFF, Act

HOME = "/desk"
ID_LETTERS_MAX = 40
NUMBER_LETTERS_MAX = 8  # a letter, four digits, and room for a slip of the finger
AnyRequest = Request[Any, Any, Any]
Id = Annotated[str, msgspec.Meta(min_length=1, max_length=ID_LETTERS_MAX)]
Number = Annotated[str, msgspec.Meta(min_length=1, max_length=NUMBER_LETTERS_MAX)]


class DeskForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    desk_id: Id


class TicketForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The ticket the page showed: a button pressed late does not touch the next one."""

    ticket_id: Id


class NumberForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    ticket_number: Number


class Buttons:
    """What the desk's buttons do, in the name of who pressed; then the page again."""

    def __init__(self, act: Act, store: Store, *, by: StaffId) -> None:
        self._act, self._store, self._by = act, store, by

    async def run(self, command: Callable[..., object]) -> Redirect:
        """Run the command."""
        await self._act.do(command)
        return Redirect(HOME, status_code=303)

    async def with_ticket(self, command: Callable[..., object], ticket_id: str) -> Redirect:
        """Run a command about one ticket."""
        return await self.run(partial(command, ticket_id=TicketId(ticket_id)))

    async def with_desk(self, command: Callable[..., object]) -> Redirect:
        """Run a command about the desk of who pressed; raises NoDesk."""
        return await self.run(partial(command, desk_id=(await self.own_desk()).id))

    async def own_desk(self) -> Desk:
        """The desk this person works at; raises NoDesk."""
        desk = await self._store.read(partial(queue.desk_of, staff_id=self._by))
        if desk is None:
            raise NoDesk
        return desk


def provide_buttons(request: AnyRequest, store: NamedDependency[Store], act: NamedDependency[Act]) -> Buttons:
    """The buttons of who is signed in."""
    return Buttons(act, store, by=signed_in(request).staff_id)


ACTING = {**ACT_OF_STAFF, "buttons": Provide(provide_buttons, sync_to_thread=False)}
