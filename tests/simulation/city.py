"""A hub and some offices, with what people were told: the state that days, mishaps and checks work on."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from random import Random

import msgspec
from sqlalchemy import select

from central_hub.provisioning.commands import enrol, make_token
from central_hub.storage.tables import documents, operations
from sync.documents import document as yjs
from sync.documents.document import DocumentView
from sync.replication.identity import NodeKey
from sync.replication.messages import EnrolRequest
from tests.simulation.clocks import MachineClock
from tests.simulation.hub import SimulatedHub
from tests.simulation.journal import Journal
from tests.simulation.ledger import Ledger
from tests.simulation.network import Network
from tests.simulation.office import SimulatedOffice, fresh_key
from tests.simulation.templates import place
from tests.simulation.weather import STORMY, Weather
from tests.support.clock import HandClock, SeededIds

OFFICE_IDS = ("SHV", "SAL", "KYV", "RCP", "NOV", "IND", "OSN", "SLO")  # some of them begin alike


class City:
    """One seeded city; see days.py for what happens in it."""

    def __init__(
        self, folder: Path, *, seed: int, offices: int, weather: Weather = STORMY, journal: Journal | None = None
    ) -> None:
        self.folder, self.seed, self.weather = folder, seed, weather
        self.random = Random(seed)
        self.rare = Random(f"{seed} rare")
        self.retiring = Random(f"{seed} retired")
        self.clock = HandClock()
        self.journal = journal or Journal()
        self.ledger = Ledger()
        self.network = Network(self.random, weather=weather, journal=self.journal)
        self._ids = SeededIds(self.clock, seed)
        path = place("hub", folder / "hub.sqlite")
        self.hub = SimulatedHub(
            path, clock=MachineClock(self.clock), seed=self.random.getrandbits(32), journal=self.journal
        )
        self.clones: list[SimulatedOffice] = []
        self.seasons = 0  # that the hub took to have gone by
        self.offices = [self._open_office(office_id) for office_id in OFFICE_IDS[:offices]]

    def close(self) -> None:
        for office in (*self.offices, *self.clones):
            office.machine.close()
        self.hub.machine.close()

    def _open_office(self, office_id: str) -> SimulatedOffice:
        (self.folder / office_id).mkdir()
        path = place("node", self.folder / office_id / "node.sqlite")
        office = SimulatedOffice(
            path,
            office_id,
            clock=MachineClock(self.clock),
            seed=self.random.getrandbits(32),
            ledger=self.ledger,
        )
        office.begin(node_id=self._ids.new())
        office.connect(self.hub, self.network)
        self._let_in(office, key=office.key, incarnation=office.stream.incarnation)
        return office

    def enrol_again(self, office: SimulatedOffice) -> None:
        """A technician brings a frozen node back: with another key, as another incarnation."""
        self.journal.note("enrolled again", office.office_id)
        key, incarnation = fresh_key(self.random.getrandbits(32)), self._ids.new()
        self._let_in(office, key=key, incarnation=incarnation)
        office.return_to_hub(key, incarnation=incarnation)

    def replace(self, office: SimulatedOffice) -> None:
        """A technician puts another machine where a retired one stood; it is enrolled as another node."""
        self.journal.note("replaced", office.office_id)
        folder = self.folder / f"{office.office_id}-{office.stream.node_id}"
        folder.mkdir()
        key = fresh_key(self.retiring.getrandbits(32))
        office.move_to(place("node", folder / "node.sqlite"), key=key, node_id=self._ids.new())
        self._let_in(office, key=key, incarnation=office.stream.incarnation)

    def clone(self, office: SimulatedOffice, *, is_same_machine: bool) -> SimulatedOffice:
        """The office's disk is copied and both machines work on; the ``is_same_machine`` copy has the same id too."""
        name = f"{office.office_id}-clone-{len(self.clones)}"
        path = office.machine.copy_disk(self.folder / name)
        clone = SimulatedOffice(
            path,
            office.office_id,
            clock=MachineClock(self.clock),
            seed=self.random.getrandbits(32),
            ledger=self.ledger,
        )
        clone.machine_id = office.machine_id if is_same_machine else clone.machine_id
        clone.takes_cases = not is_same_machine  # until the hub tells them apart both would draw the same numbers
        clone.key.become(office.key)
        clone.connect(self.hub, self.network)
        clone.boot()
        self.clones.append(clone)
        return clone

    def _let_in(self, office: SimulatedOffice, *, key: NodeKey, incarnation: str) -> None:
        token, now, stream = self._ids.new(), self.hub.clock.now(), office.stream
        self.hub.machine.surely(partial(make_token, token=token, office_id=office.office_id, now=now))
        request = EnrolRequest(
            token=token,
            node_id=stream.node_id,
            incarnation=incarnation,
            public_key=key.public_key,
            office_id=office.office_id,
        )
        self.hub.machine.surely(partial(enrol, request=request, now=now))

    def hub_views(self) -> dict[str, DocumentView]:
        """What the hub's cases say."""
        statement = select(documents.c.document_id, documents.c.snapshot).where(documents.c.kind == "case")

        class Row(msgspec.Struct):
            document_id: str
            snapshot: bytes

        rows = self.hub.machine.read(lambda reader: reader.rows(statement.order_by(documents.c.document_id), Row))
        return {row.document_id: yjs.view(row.snapshot) for row in rows}

    def holders(self) -> set[str]:
        """The promised events that some disk of the city holds: in a document, or set apart until a person decides."""
        views = list(self.hub_views().values())
        for office in (*self.offices, *self.clones):
            views += [view for case_id in office.case_ids() if (view := office.view(case_id)) is not None]
        held = {event_id for view in views for event_id in view.events}
        apart = b"\n".join(self._set_apart())
        return {event_id for event_id in self.ledger.told if event_id in held or event_id.encode() in apart}

    def _set_apart(self) -> Iterator[bytes]:
        at_hub = select(operations.c.body).where(operations.c.state == "quarantined", operations.c.body.is_not(None))
        yield from self.hub.machine.read(lambda reader: reader.column(at_hub))
        at_node = "select body from replica_operations where state = 'quarantined' and body is not null"
        for office in (*self.offices, *self.clones):
            yield from office.machine.read(lambda reader: reader.column(at_node))
