"""A waiting hall: a store with the queue in it, desks with administrators, and a clock the test moves."""

from collections.abc import Callable
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from edge_node.appointments import schema as appointments_schema
from edge_node.catalogue import schema as catalogue_schema
from edge_node.devices import schema as devices_schema
from edge_node.display_board import schema as display_board_schema
from edge_node.printing import schema as printing_schema
from edge_node.queue import commands, queries
from edge_node.queue import schema as queue_schema
from edge_node.queue.model import Desk, DeskPlan, LogEntry, Ticket, Wish
from edge_node.staff import schema as staff_schema
from edge_node.statistics import schema as statistics_schema
from edge_node.supervisor import schema as supervisor_schema
from sync.storage import Store, Transaction, replica
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.ids import StaffId, TicketId
from sync.vocabulary.ticket import PriorityCategory, Purpose
from tests.support.clock import HandClock, SeededIds

P = ParamSpec("P")
T = TypeVar("T")
MIGRATIONS = (
    replica.migrations,
    catalogue_schema.migrations,
    devices_schema.migrations,
    queue_schema.migrations,
    printing_schema.migrations,
    display_board_schema.migrations,
    staff_schema.migrations,
    statistics_schema.migrations,
    supervisor_schema.migrations,
    appointments_schema.migrations,
)


class Hall:
    """The queue of one office on a disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = HandClock()
        self.ids = SeededIds(self.clock)
        self.store = Store(folder / "node.db", MIGRATIONS)

    def close(self) -> None:
        self.store.close()

    def do(self, command: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run one command in a transaction of its own."""
        return self.store.run_now(lambda tx: command(tx, *args, **kwargs))

    def set_up(self, *spheres_by_desk: tuple[Sphere, ...]) -> list[Desk]:
        """Desks 1, 2 … that serve these spheres."""
        plans = [DeskPlan(number=number, spheres=spheres) for number, spheres in enumerate(spheres_by_desk, start=1)]
        return self.do(commands.set_up_desks, plans, ids=self.ids)

    def open_desk(self, desk: Desk) -> Desk:
        """Its administrator sits down."""
        return self.do(commands.occupy_desk, desk_id=desk.id, by=clerk(desk), now=self.clock.now())

    def take(self, sphere: Sphere = Sphere.PASSPORTS, *, priority: PriorityCategory | None = None) -> Ticket:
        """A visitor takes a ticket; ten seconds pass."""
        wish = Wish(sphere=sphere, purpose=Purpose.FILE, priority=priority)
        ticket = self.do(commands.issue_ticket, wish=wish, token=self.ids.new(), now=self.clock.now(), ids=self.ids)
        self.clock.move(seconds=10)
        return ticket

    def call(self, desk: Desk) -> Ticket:
        """The administrator of the desk calls the next visitor."""
        return self.do(commands.call_next, desk_id=desk.id, by=clerk(desk), now=self.clock.now())

    def serve(self, desk: Desk) -> Ticket:
        """Call the next visitor and serve them to the end."""
        ticket = self.call(desk)
        self.do(commands.start_serving, ticket_id=ticket.id, by=clerk(desk), now=self.clock.now())
        return self.do(commands.finish, ticket_id=ticket.id, by=clerk(desk), now=self.clock.now())

    def ticket(self, ticket_id: TicketId) -> Ticket:
        """The ticket as it stands now."""
        found = self.store.read_now(lambda reader: queries.ticket(reader, ticket_id=ticket_id))
        assert found is not None
        return found

    def log(self, ticket: Ticket) -> list[LogEntry]:
        """All that happened to the ticket."""
        return self.store.read_now(lambda reader: queries.log_of_ticket(reader, ticket_id=ticket.id))


def clerk(desk: Desk) -> StaffId:
    """The administrator who works at this desk in these tests."""
    return StaffId(f"clerk-{desk.number}")
