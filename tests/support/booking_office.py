"""The appointments of an office's node: the real store and commands over a line that signs and carries."""

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

from edge_node.appointments import commands, queries
from edge_node.appointments import schema as appointments_schema
from edge_node.appointments.commands import Actor
from edge_node.catalogue import schema as catalogue_schema
from edge_node.replication.commands import project_change
from edge_node.staff import schema as staff_schema
from sync.replication import inbox, outbox
from sync.replication.incarnation import begin_incarnation
from sync.storage import Store, Transaction, replica
from sync.vocabulary.booking import Booked, BookingWanted, DayShares
from sync.vocabulary.ids import OfficeId, StaffId
from sync.web.access import SignedIn
from tests.support.clock import HandClock, SeededIds
from tests.support.hub_node import HubNode

MIGRATIONS = [
    replica.migrations,
    staff_schema.migrations,
    catalogue_schema.migrations,
    appointments_schema.migrations,
]
DAY = "appointments.SHV.2026-12-01.all"
OKSANA = Actor(person=SignedIn(staff_id=StaffId("oksana"), name="Оксана", roles=frozenset(), office_id=OfficeId("SHV")))


class BookingOffice:
    """The real store and commands of an office's node; ``line`` signs and carries what they write."""

    def __init__(self, folder: Path, line: HubNode, *, clock: HandClock, ids: SeededIds) -> None:
        self.line, self.clock, self.ids = line, clock, ids
        self._path = folder / "node.db"
        self.store = Store(self._path, MIGRATIONS)
        begin = partial(replica.begin_stream, node_id=line.node_id, incarnation=line.incarnation)
        self.store.run_now(begin)

    def do(self, command: Callable, **arguments: object):
        return self.store.run_now(
            partial(command, document_id=DAY, by=OKSANA, now=self.clock.move(minutes=1), ids=self.ids, **arguments)
        )

    def book(self, seat_id: str) -> Booked:
        return self.do(commands.book, wanted=BookingWanted(seat_id=seat_id, name="Іван Коваль", phone="0501112233"))

    def day(self) -> DayShares:
        (day,) = self.store.read_now(partial(queries.open_days, since="2026-12-01"))
        return day

    def free(self) -> list[str]:
        side = self.store.read_now(queries.own_side)
        return [seat_id for share in self.day().shares if share.side == side for seat_id in share.free]

    def mend(self) -> list[str]:
        """Everything is told, then everything is heard; the outcomes of what was told."""
        told = len(self.line.chain)
        waiting = self.store.read_now(partial(replica.waiting_operations, limit=-1))
        self.line.chain += [outbox.as_operation(stored) for stored in waiting][told:]
        outcomes = []
        if len(self.line.chain) > told:
            outcomes = [result.outcome for result in self.line.push(told + 1).results]
        answer = self.line.pull()
        self.store.run_now(
            partial(inbox.receive, answer=answer, project=self._project, ids=self.ids, now=self.clock.now())
        )
        return outcomes

    def back_up(self) -> None:
        self.store.close()
        shutil.copy(self._path, self._path.with_suffix(".backup"))
        self.store = Store(self._path, MIGRATIONS)

    def restore(self) -> None:
        """The disk is lost; the last backup speaks as another incarnation."""
        self.store.close()
        for leftover in self._path.parent.glob("node.db-*"):
            leftover.unlink()
        shutil.copy(self._path.with_suffix(".backup"), self._path)
        self.store = Store(self._path, MIGRATIONS)
        self.line.incarnation, self.line.chain, self.line.cursor = self.ids.new(), [], 0
        self.store.run_now(partial(begin_incarnation, incarnation=self.line.incarnation))
        self.line.hello()

    def _project(self, tx: Transaction, changed: inbox.DocumentChanged) -> None:
        now = self.clock.now()
        project_change(tx, changed, office_id=OfficeId(self.line.office_id), now=now, ids=self.ids)

    def run(self, command: Callable, *args: object, **arguments: object):
        """A command of the office's share, by Oksana, a minute later."""
        now = self.clock.move(minutes=1)

        def act(tx: Transaction) -> object:
            return command(tx, *args, **arguments, by=OKSANA, now=now, ids=self.ids)

        return self.store.run_now(act)
