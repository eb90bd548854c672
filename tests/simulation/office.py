"""An office of the simulated city: the node's real store, engine and case register; no web, no clock, no socket."""

import shutil
from contextlib import suppress
from functools import partial
from pathlib import Path

from central_hub.node_gateway.commands import check_out, greet, push, recognise
from central_hub.node_gateway.model import Speaker
from central_hub.node_gateway.queries import pull
from central_hub.storage import HubStore
from edge_node.case_register import commands as register
from edge_node.case_register import schema as case_register
from edge_node.case_register.model import Actor, CaseNotHere, IllegalStep, Opening
from sync.documents.document import DocumentView
from sync.replication import inbox, outbox
from sync.replication.engine import Engine
from sync.replication.identity import NodeKey
from sync.replication.inbox import DocumentChanged
from sync.replication.incarnation import begin_incarnation
from sync.replication.leases import NumbersExhausted
from sync.replication.messages import CheckoutRequest, HelloAnswer, HelloRequest, PullItem, PushRequest
from sync.replication.transport import Unreachable
from sync.storage import Store, Transaction, replica
from sync.vocabulary.case import EventKind
from sync.vocabulary.identifiers.tracking import seal
from sync.vocabulary.ids import CaseId, OfficeId, StaffId
from tests.simulation.network import Network
from tests.support.clock import HandClock, SeededIds

MIGRATIONS = [replica.migrations, case_register.migrations]
PULL_LIMIT = 50
SECOND_FACTOR = "4567"
TRACKING_HASH = seal(SECOND_FACTOR, salt="ab" * 16).tracking_hash  # drawn once: ten milliseconds each


class SimulatedNode:
    """One office's node; ``hub`` is called in its place, through ``network``."""

    def __init__(
        self, folder: Path, office_id: OfficeId, *, hub: HubStore, network: Network, clock: HandClock, ids: SeededIds
    ) -> None:
        self._folder = folder / office_id
        self._folder.mkdir()
        self.hub, self._network, self._clock, self._ids = hub, network, clock, ids
        self.office_id = office_id
        self.node_id = ids.new()
        self.key = NodeKey.generate()
        self._by = Actor(staff_id=StaffId(f"clerk-{office_id}"), office_id=office_id)
        self.store = Store(self._folder / "node.db", MIGRATIONS)
        self.store.run_now(partial(replica.begin_stream, node_id=self.node_id, incarnation=ids.new()))
        self._engine = Engine(sign=self.key.sign)

    def close(self) -> None:
        self.store.close()

    # -- work of the office ------------------------------------------------------------------------------------------

    def accept_case(self, *, pickup_office_id: OfficeId) -> str | None:
        """Register a case durably; its official number, or ``None`` while the office has no numbers left."""
        try:
            return self.store.run_now(partial(self._register, pickup_office_id=pickup_office_id))
        except NumbersExhausted:
            return None

    def _register(self, tx: Transaction, *, pickup_office_id: OfficeId) -> str:
        now = self._clock.now()
        number = register.next_number(tx, office_id=self.office_id, now=now)
        offices = {
            "home_office_id": self.office_id,
            "accepting_office_id": self.office_id,
            "pickup_office_id": pickup_office_id,
        }
        facts = {"number": number, "due_on": "2026-12-23", "provider_id": "property", **offices}
        fields = {
            **facts,
            "tracking_hash": TRACKING_HASH,
            "service_code": "06-01",
            "service_version": 1,
            "fee_kopecks": 4542,
        }
        opening = Opening(fields=fields, facts=facts)
        register.register(tx, opening, case_id=CaseId(self._ids.new()), by=self._by, now=now, ids=self._ids)
        return number

    def take_step(self, case_id: str, kind: EventKind) -> None:
        """Add a step to a case's path sheet, where the table of transitions allows it."""
        with suppress(IllegalStep, CaseNotHere):
            self.store.run_now(
                partial(
                    register.record_event,
                    case_id=CaseId(case_id),
                    kind=kind,
                    facts={},
                    by=self._by,
                    now=self._clock.now(),
                    ids=self._ids,
                )
            )

    def edit(self, case_id: str, value: int) -> None:
        """Write a field of a case, as two offices may do at once."""
        with suppress(IllegalStep, CaseNotHere):
            self.store.run_now(
                partial(
                    register.edit_field,
                    case_id=CaseId(case_id),
                    field="fee_kopecks",
                    value=value,
                    by=self._by,
                    now=self._clock.now(),
                    ids=self._ids,
                )
            )

    # -- the line to the hub -----------------------------------------------------------------------------------------

    def talk(self) -> bool:
        """One exchange in each direction, as far as the network lets it; whether all of it arrived."""
        try:
            self._push_once()
            self._pull_once()
        except Unreachable:
            return False
        return True

    def check_out(self, number: str) -> bool:
        """Fetch another office's case from the hub; whether the line let it through."""
        request = CheckoutRequest(number=number, second_factor=SECOND_FACTOR)
        now = self._clock.now()

        def granted() -> PullItem:
            found = self.hub.read_now(partial(recognise, request=request))
            return self.hub.run_now(partial(check_out, speaker=self._speaker(), found=found, now=now))

        try:
            item = self._network.carry(self.office_id, granted)
        except Unreachable:
            return False
        self.store.run_now(partial(inbox.receive_one, item=item, project=self._project, now=now))
        return True

    def _push_once(self) -> None:
        state = self.store.read_now(inbox.node_state)
        now = self._clock.now()
        match self._engine.next_request(state, now=now):
            case HelloRequest() as hello:
                command = partial(greet, speaker=self._speaker(), hello=hello, now=now)
                greeting = self._network.carry(self.office_id, lambda: self.hub.run_now(command))
                answer = HelloAnswer(
                    status="ok",
                    nonce="simulated",
                    hub_incarnation=greeting.hub_incarnation,
                    acknowledged_oseq=greeting.acknowledged_oseq,
                    server_time=now,
                    leases=greeting.leases,
                )
                self._carry_out(self._engine.on_hello(answer, state))
            case PushRequest() as request:
                pushing = partial(push, speaker=self._speaker(), request=request, now=now)
                pushed = self._network.carry(self.office_id, lambda: self.hub.run_now(pushing))
                self._carry_out(self._engine.on_push(pushed))
            case None:
                return

    def _pull_once(self) -> None:
        link = self.store.read_now(replica.link)
        query = partial(pull, speaker=self._speaker(), cursor=link.cursor, limit=PULL_LIMIT)
        answer = self._network.carry(self.office_id, lambda: self.hub.read_now(query))
        self.store.run_now(partial(inbox.receive, answer=answer, project=self._project, now=self._clock.now()))

    def _carry_out(self, effects: list[object]) -> None:
        self.store.run_now(partial(inbox.carry_out, effects=effects))

    def _speaker(self) -> Speaker:
        incarnation = self.store.read_now(replica.stream).incarnation
        return Speaker(
            node_id=self.node_id,
            office_id=self.office_id,
            public_key=self.key.public_key,
            incarnation=incarnation,
        )

    @staticmethod
    def _project(tx: Transaction, changed: DocumentChanged) -> None:
        if changed.kind == "case" and changed.view is not None:
            register.project(tx, changed.document_id, changed.view)

    # -- mishaps -----------------------------------------------------------------------------------------------------

    def crash(self) -> None:
        """Power is cut between two commits: what was not written is gone, the session with the hub too."""
        self.store.close()
        self.store = Store(self._folder / "node.db", MIGRATIONS)
        self._engine = Engine(sign=self.key.sign)

    def lose_session(self) -> None:
        """The hub knows the session no more: greet again."""
        self._engine.on_session_lost()

    def back_up(self) -> None:
        self.store.close()
        shutil.copy(self._folder / "node.db", self._folder / "backup.db")
        self.store = Store(self._folder / "node.db", MIGRATIONS)

    def restore(self) -> set[str]:
        """Bring the last backup back, as a new incarnation; the numbers of cases that only the lost disk knew."""
        waiting = self.store.read_now(partial(replica.waiting_operations, limit=-1))
        views = (self.view(document_id) for document_id in {stored.document_id for stored in waiting})
        unsent = {str(view.fields["number"]) for view in views if view is not None}
        self.store.close()
        for leftover in ("node.db-wal", "node.db-shm"):
            (self._folder / leftover).unlink(missing_ok=True)
        shutil.copy(self._folder / "backup.db", self._folder / "node.db")
        self.store = Store(self._folder / "node.db", MIGRATIONS)
        self.store.run_now(partial(begin_incarnation, incarnation=self._ids.new()))
        self._engine = Engine(sign=self.key.sign)
        return unsent

    # -- looking -----------------------------------------------------------------------------------------------------

    def case_ids(self) -> list[str]:
        return self.store.read_now(partial(replica.document_ids, kind="case"))

    def view(self, document_id: str) -> DocumentView | None:
        return self.store.read_now(partial(outbox.view, document_id=document_id))

    def backlog(self) -> int:
        return self.store.read_now(replica.backlog).count

    def quarantined(self) -> int:
        return self.store.read_now(replica.count_quarantined)
