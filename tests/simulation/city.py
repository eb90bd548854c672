"""A hub and some offices that live through seeded days; after each heal the city must be one again."""

import shutil
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random

import msgspec
from sqlalchemy import select

from central_hub.directory.commands import put_office
from central_hub.provisioning.commands import begin_anew, enrol, make_token
from central_hub.storage import HubStore, replica
from central_hub.storage.tables import cases
from central_hub.storage.transaction import Transaction
from sync.documents.document import view
from sync.replication.messages import EnrolRequest
from sync.storage import replica as node_replica
from sync.vocabulary.case import EventKind
from sync.vocabulary.ids import OfficeId
from sync.vocabulary.office import OFFICES
from tests.simulation.network import Network
from tests.simulation.office import SimulatedNode
from tests.support.clock import HandClock, SeededIds

OFFICE_IDS = [OfficeId(code) for code in ("SHV", "KYV", "RCP", "NOV", "SLT", "IND", "OSN", "HOL")]
STEP_MINUTES = 15
STEPS_A_DAY = 40  # ten hours
HEAL_ROUNDS_MAX = 60
EVENTS = (
    EventKind.HANDED_OVER,
    EventKind.ACCEPTED_BY_PROVIDER,
    EventKind.STARTED,
    EventKind.DECIDED_GRANTED,
    EventKind.DECIDED_REFUSED,
    EventKind.RESULT_RECEIVED,
    EventKind.READY_FOR_ISSUE,
    EventKind.ISSUED,
    EventKind.WITHDRAWN,
)


class Summary(msgspec.Struct, kw_only=True):
    """What a run did and found."""

    seed: int
    operations: int = 0
    faults: int = 0
    lost: int = 0
    doubled: int = 0
    diverged: int = 0
    stuck: int = 0
    quarantined: int = 0

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.doubled or self.diverged or self.stuck or self.quarantined)

    def __str__(self) -> str:
        return " ".join(f"{name}={value}" for name, value in msgspec.structs.asdict(self).items())


class City:
    """One seeded city; ``live`` runs it, ``heal`` mends every line, ``inspect`` looks for what must not be."""

    def __init__(self, folder: Path, *, seed: int, offices: int) -> None:
        self.random = Random(seed)
        self.clock = HandClock()
        self.network = Network(self.random)
        self.summary = Summary(seed=seed)
        self._ids = SeededIds(self.clock, seed)
        self._folder = folder
        self.hub = HubStore(f"sqlite:///{folder / 'hub.sqlite'}")
        self.hub.run_now(self._found_city)
        self.offices = [self._open_office(folder, office_id) for office_id in OFFICE_IDS[:offices]]
        self.numbers: set[str] = set()
        self._forgotten: set[str] = set()
        self._backed_up: set[str] = set()

    def close(self) -> None:
        for office in self.offices:
            office.close()
        self.hub.close()

    def back_up_hub(self) -> None:
        """Copy the hub's disk as it stands."""
        self._reopen_hub(shutil.copy)

    def restore_hub(self) -> None:
        """Bring the copy back, as another incarnation of the hub; sessions are gone with the process."""
        self._reopen_hub(lambda disk, copy: shutil.copy(copy, disk))
        self.hub.run_now(partial(begin_anew, incarnation=self._ids.new(), now=self.clock.now()))
        for office in self.offices:
            office.lose_session()

    def _reopen_hub(self, between: Callable[[Path, Path], object]) -> None:
        disk = self._folder / "hub.sqlite"
        self.hub.close()
        between(disk, disk.with_suffix(".backup"))
        self.hub = HubStore(f"sqlite:///{disk}")
        for office in self.offices:
            office.hub = self.hub

    def _found_city(self, tx: Transaction) -> None:
        replica.begin(tx, incarnation=self._ids.new())
        for office in OFFICES:
            put_office(tx, office, ids=self._ids, now=self.clock.now())

    def _open_office(self, folder: Path, office_id: OfficeId) -> SimulatedNode:
        node = SimulatedNode(folder, office_id, hub=self.hub, network=self.network, clock=self.clock, ids=self._ids)
        token = self._ids.new()
        now = self.clock.now()
        self.hub.run_now(partial(make_token, token=token, office_id=office_id, now=now))
        stream = node.store.read_now(node_replica.stream)
        request = EnrolRequest(
            token=token,
            node_id=node.node_id,
            incarnation=stream.incarnation,
            public_key=node.key.public_key,
            office_id=office_id,
        )
        self.hub.run_now(partial(enrol, request=request, now=now))
        return node

    # -- living ------------------------------------------------------------------------------------------------------

    def live(self, *, days: int) -> Summary:
        """Days of work under faults, each ended by a heal and an inspection; what was done and found."""
        for _ in range(days):
            for _ in range(STEPS_A_DAY):
                self._step()
            self.heal()
            self.inspect()
            self.network.is_kind = False
            self.clock.move(hours=14)
        self.summary.faults = sum(self.network.faults.values())
        return self.summary

    def _step(self) -> None:
        self.clock.move(minutes=STEP_MINUTES)
        for office in self.offices:
            self._work(office)
            self._mishap(office)
            for _ in range(2):
                office.talk()

    def _work(self, office: SimulatedNode) -> None:
        for _ in range(self.random.randrange(3)):
            number = office.accept_case(pickup_office_id=self.random.choice(self.offices).office_id)
            if number is None:
                continue
            self.summary.operations += 1
            self.summary.doubled += number in self.numbers
            self.numbers.add(number)
        here = office.case_ids()
        for case_id in self.random.sample(here, k=min(len(here), 2)):
            self.summary.operations += 1
            if self.random.random() < 0.8:
                office.take_step(case_id, self.random.choice(EVENTS))
            else:
                office.edit(case_id, self.random.randrange(10_000))
        known = sorted(self._known_at_hub())
        if known and self.random.random() < 0.1:
            office.check_out(self.random.choice(known))

    def _mishap(self, office: SimulatedNode) -> None:
        draw = self.random.random()
        if draw < 0.03:
            self.network.cut(office.office_id)
        elif draw < 0.10:
            self.network.mend(office.office_id)
        elif draw < 0.12:
            self._count("crash")
            office.crash()
        elif draw < 0.13:
            self._count("backup")
            office.back_up()
            self._backed_up.add(office.office_id)
        elif draw < 0.14 and office.office_id in self._backed_up:
            self._count("restore")
            self._forgotten |= office.restore()

    def _count(self, fault: str) -> None:
        self.network.faults[fault] += 1

    # -- healing and looking -----------------------------------------------------------------------------------------

    def heal(self) -> None:
        """Mend every line and let everybody talk until all are quiet."""
        self.network.be_kind()
        for _ in range(HEAL_ROUNDS_MAX):
            for office in self.offices:
                office.talk()
            if all(office.backlog() == 0 for office in self.offices) and self._is_heard():
                return
        self.summary.stuck += 1

    def _is_heard(self) -> bool:
        seq = self.hub.read_now(replica.state)
        cursors = {office.store.read_now(node_replica.link).cursor for office in self.offices}
        return seq is not None and cursors == {seq.seq}

    def inspect(self) -> None:
        """Count what breaks the promises of replication."""
        at_hub = Counter(self._numbers_at_hub())
        self.summary.lost += len(self.numbers - at_hub.keys() - self._forgotten)
        self.summary.doubled += sum(count - 1 for count in at_hub.values())
        for office in self.offices:
            self.summary.quarantined += office.quarantined()
            for case_id in office.case_ids():
                stored = self.hub.read_now(partial(replica.document, document_id=case_id))
                self.summary.diverged += stored is None or view(stored.snapshot) != office.view(case_id)

    def _numbers_at_hub(self) -> list[str]:
        return [str(number) for number in self.hub.read_now(lambda reader: reader.column(select(cases.c.number)))]

    def _known_at_hub(self) -> set[str]:
        return set(self._numbers_at_hub())
