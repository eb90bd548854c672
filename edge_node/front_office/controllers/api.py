"""``/api/desks`` and what an administrator does with a ticket."""

from functools import partial
from typing import Annotated

import msgspec
from litestar import Controller, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from edge_node.front_office.controllers.answering import NUMBER_LETTERS_MAX, AnyRequest
from edge_node.queue import commands, queries
from edge_node.queue.model import Desk, Ticket
from sync.storage import Store
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.ids import DeskId, TicketId
from sync.vocabulary.staff import Permission
from sync.web import sessions
from sync.web.access import any_staff, may, signed_in
from sync.web.acts import ACT_OF_STAFF, Act

ID_LETTERS_MAX = 40


class CallWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to call: the next in turn, or one number."""

    ticket_number: Annotated[str, msgspec.Meta(min_length=1, max_length=NUMBER_LETTERS_MAX)] | None = None


class TransferWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where to send a visitor: exactly one of the two."""

    sphere: Sphere | None = None
    desk_id: Annotated[str, msgspec.Meta(min_length=1, max_length=ID_LETTERS_MAX)] | None = None


class DeskController(Controller):
    """Desks, and calls from them."""

    path = "/api/desks"
    tags = ("desks",)
    dependencies = ACT_OF_STAFF

    @get(guards=[any_staff])
    async def desks(self, store: NamedDependency[Store]) -> list[Desk]:
        """All desks of this office by number, with who has them."""
        return await store.read(queries.desks)

    @put("/{desk_id:str}/occupant", guards=[may(Permission.SERVE_AT_DESK)])
    async def take(self, desk_id: FromPath[DeskId], request: AnyRequest, act: NamedDependency[Act]) -> Desk:
        """Take a desk; it is open from now on."""
        person = signed_in(request)
        desk = await act.do(partial(commands.occupy_desk, desk_id=desk_id))
        await sessions.change(request, msgspec.structs.replace(person, desk_id=desk.id))
        return desk

    @delete("/{desk_id:str}/occupant", guards=[may(Permission.SERVE_AT_DESK)], status_code=200)
    async def leave(self, desk_id: FromPath[DeskId], request: AnyRequest, act: NamedDependency[Act]) -> Desk:
        """Leave one's desk; refused while a ticket stands there."""
        person = signed_in(request)
        desk = await act.do(partial(commands.leave_desk, desk_id=desk_id))
        await sessions.change(request, msgspec.structs.replace(person, desk_id=None))
        return desk

    @post("/{desk_id:str}/calls", guards=[may(Permission.SERVE_AT_DESK)])
    async def call(self, desk_id: FromPath[DeskId], data: JSONBody[CallWish], act: NamedDependency[Act]) -> Ticket:
        """Call the visitor whose turn it is, or one number out of turn."""
        if data.ticket_number is None:
            return await act.do(partial(commands.call_next, desk_id=desk_id))
        return await act.do(partial(commands.call_number, desk_id=desk_id, number=data.ticket_number))


class TicketController(Controller):
    """What the administrator who called a ticket does with it."""

    path = "/api/tickets/{ticket_id:str}"
    tags = ("tickets",)
    guards = (may(Permission.SERVE_AT_DESK),)
    dependencies = ACT_OF_STAFF

    @post("/recall", status_code=200)
    async def recall(self, ticket_id: FromPath[TicketId], act: NamedDependency[Act]) -> Ticket:
        """Call the visitor once more."""
        return await act.do(partial(commands.recall, ticket_id=ticket_id))

    @post("/serving", status_code=200)
    async def start(self, ticket_id: FromPath[TicketId], act: NamedDependency[Act]) -> Ticket:
        """The visitor came."""
        return await act.do(partial(commands.start_serving, ticket_id=ticket_id))

    @post("/no-show", status_code=200)
    async def no_show(self, ticket_id: FromPath[TicketId], act: NamedDependency[Act]) -> Ticket:
        """Nobody came."""
        return await act.do(partial(commands.no_show, ticket_id=ticket_id))

    @post("/finish", status_code=200)
    async def finish(self, ticket_id: FromPath[TicketId], act: NamedDependency[Act]) -> Ticket:
        """The visitor was served."""
        return await act.do(partial(commands.finish, ticket_id=ticket_id))

    @post("/transfer", status_code=200)
    async def transfer(
        self, ticket_id: FromPath[TicketId], data: JSONBody[TransferWish], act: NamedDependency[Act]
    ) -> Ticket:
        """Let the visitor wait for another sphere or one desk, with the time already waited."""
        if data.sphere is not None and data.desk_id is None:
            send = partial(commands.transfer_to_sphere, ticket_id=ticket_id, sphere=data.sphere)
        elif data.desk_id is not None and data.sphere is None:
            send = partial(commands.transfer_to_desk, ticket_id=ticket_id, desk_id=DeskId(data.desk_id))
        else:
            raise InvalidInput(field="sphere", rule="one-of-two")
        return await act.do(send)
