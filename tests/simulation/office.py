"""An office of the simulated city: clerks over the node's real store and case register; no web, no socket."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge_node.appointments import schema as appointments
from edge_node.case_register import commands as register
from edge_node.case_register import schema as case_register
from edge_node.case_register.model import Actor, CaseErased, CaseNotHere, IllegalStep, Opening
from edge_node.staff import schema as staff
from sync.documents.document import DocumentView
from sync.replication import outbox, sentinel
from sync.replication.identity import NodeKey
from sync.replication.incarnation import enrol_again
from sync.replication.leases import NumbersExhausted
from sync.storage import Store, Transaction, indices, quarantine, replica
from sync.storage.idempotency import Ask, once
from sync.vocabulary.case import EventKind
from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.identifiers.tracking import seal
from sync.vocabulary.ids import CaseId, OfficeId, StaffId
from tests.simulation.clocks import MachineClock
from tests.simulation.ledger import Ledger
from tests.simulation.line import Caller, Hears, Line
from tests.simulation.machine import DiskFull, Machine, PowerCut
from tests.simulation.network import Network
from tests.support.clock import SeededIds

MIGRATIONS = [
    replica.migrations,
    indices.migrations,
    case_register.migrations,
    staff.migrations,
    appointments.migrations,
]
SECOND_FACTOR = "4567"
TRACKING_HASH = seal(SECOND_FACTOR, salt="ab" * 16).tracking_hash  # drawn once: ten milliseconds each
TRIES_MAX = 3  # a clerk whose page did not answer presses the button again
TOO_LARGE_A_NUMBER = 2**63
LATER_FIELD = "field_of_a_later_version"


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """What the clerk's page answers."""

    case_id: str
    number: str


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """One visitor's request, under its Idempotency-Key; her telephone tells her case from every other."""

    key: str
    phone: str
    pickup_office_id: str


def open_node(path: Path) -> Store:
    return Store(path, MIGRATIONS)


def pragma(tx: Any, text: str) -> Any:
    return tx.scalar(f"pragma {text}")


def fresh_key(seed: int) -> NodeKey:
    return NodeKey(Ed25519PrivateKey.from_private_bytes(Random(seed).randbytes(32)))


class SimulatedOffice:
    """One office's node and its people; ``line`` speaks with the hub."""

    def __init__(self, path: Path, office_id: str, *, clock: MachineClock, seed: int, ledger: Ledger) -> None:
        """``path``: the node's database, alone in its folder."""
        self.office_id = OfficeId(office_id)
        self.machine_id = f"machine-{seed}"
        self.clock, self.ids = clock, SeededIds(clock, seed)
        self.key = fresh_key(seed)
        self.machine: Machine[Store] = Machine(
            path, open_store=open_node, pragma=pragma, beside=path.with_name(sentinel.FILE_NAME)
        )
        self.ledger = ledger
        self.has_greeted = True  # a restored image may not draw numbers before the hub was asked who it is
        self.takes_cases = True
        self.is_later_version = False
        self.keeps_keys = True  # the planted bug is a desk without Idempotency-Keys
        self._by = Actor(staff_id=StaffId(f"clerk-{office_id}"), office_id=self.office_id)

    def connect(self, hub: Hears, network: Network) -> Line:
        caller = Caller(office_id=self.office_id, key=self.key, machine=self.machine, ids=self.ids, now=self.clock.now)
        self.line = Line(caller, hub=hub, network=network, journal=network.journal)
        self.line.on_greeted = self._greeted
        self.machine.on_boot = self.boot
        return self.line

    def _greeted(self) -> None:
        self.has_greeted = True

    def begin(self, *, node_id: str) -> None:
        """The node is made: its stream begins."""
        self.machine.surely(partial(replica.begin_stream, node_id=node_id, incarnation=self.ids.new()))
        self.watch.note(self.stream)

    def move_to(self, path: Path, *, key: NodeKey, node_id: str) -> None:
        """The office works on another machine from now on, whose node knows nothing yet."""
        self.machine.close()
        self.machine = Machine(path, open_store=open_node, pragma=pragma, beside=path.with_name(sentinel.FILE_NAME))
        self.machine.on_boot = self.boot
        self.line.caller.machine = self.machine
        self.key.become(key)
        self.begin(node_id=node_id)
        self.line.boot()

    def boot(self) -> None:
        """The node starts: the session is gone, and a database that is not the one last written begins another life."""
        self.line.boot()
        sentinel.live_on(self.machine.store, self.watch, incarnation=self.ids.new())

    @property
    def watch(self) -> sentinel.Watch:
        return sentinel.Watch(self.machine.path.parent, machine_id=self.machine_id)

    @property
    def link(self) -> replica.Link:
        found: replica.Link = self.machine.read(replica.link)
        return found

    def return_to_hub(self, key: NodeKey, *, incarnation: str) -> None:
        """A technician has enrolled the frozen node anew."""
        self.key.become(key)
        self.machine.surely(partial(enrol_again, incarnation=incarnation))
        self.watch.note(self.stream)
        self.line.boot()

    @property
    def node_id(self) -> str:
        return self.stream.node_id

    @property
    def stream(self) -> replica.Stream:
        found: replica.Stream = self.machine.read(replica.stream)
        return found

    # -- the clerks' work --------------------------------------------------------------------------------------------

    def accept_case(self, *, pickup_office_id: str) -> str | None:
        """Register a case and print its number; ``None`` where the office has no numbers, or its machine fails."""
        if not (self.has_greeted and self.takes_cases):
            return None
        visit = Visit(key=self.ids.new(), phone=self.ledger.fresh_phone(), pickup_office_id=pickup_office_id)
        for _ in range(TRIES_MAX):
            case_id = CaseId(self.ids.new())
            try:
                accepted, view = self.machine.run(partial(self._accept, visit=visit, case_id=case_id))
            except PowerCut:
                continue  # the page did not answer; the paper is not printed; the clerk tries again
            except (NumbersExhausted, DiskFull):
                return None
            self.ledger.tell(accepted.case_id, self.office_id, before=None, after=view)
            self.ledger.printed(number=accepted.number, case_id=accepted.case_id, visit=visit.phone)
            return str(accepted.number)
        return None

    def _accept(self, tx: Transaction, *, visit: Visit, case_id: CaseId) -> tuple[Accepted, DocumentView | None]:
        ask = Ask(key=visit.key if self.keeps_keys else None, request=visit, now=self.clock.now())
        command = partial(self._register, visit=visit, case_id=case_id)
        accepted = once(tx, command, ask=ask, answer_type=Accepted)
        return accepted, outbox.view(tx, accepted.case_id)

    def _register(self, tx: Transaction, *, visit: Visit, case_id: CaseId) -> Accepted:
        now = self.clock.now()
        number = register.next_number(tx, office_id=self.office_id, now=now)
        offices = {
            "home_office_id": self.office_id,
            "accepting_office_id": self.office_id,
            "pickup_office_id": visit.pickup_office_id,
        }
        facts = {"number": number, "due_on": "2026-12-23", "provider_id": "property", **offices}
        fields = {
            **facts,
            "tracking_hash": TRACKING_HASH,
            "service_code": "06-01",
            "service_version": 1,
            "applicant_phone": visit.phone,
            "fee_kopecks": 4542,
        }
        opening = Opening(fields=fields, facts=facts)
        register.register(tx, opening, case_id=case_id, by=self._by, now=now, ids=self.ids)
        return Accepted(case_id=case_id, number=number)

    def take_step(self, case_id: str, kind: EventKind) -> bool:
        """Add a step to a case's path sheet, where the table of transitions allows it."""
        return self._record(case_id, kind, {})

    def take_payment(self, case_id: str, *, amount_kopecks: int) -> bool:
        """A card was charged at this office's terminal."""
        facts = {"terminal_id": f"T-{self.office_id}", "reference": self.ids.new(), "amount_kopecks": amount_kopecks}
        return self._record(case_id, EventKind.PAYMENT_RECEIVED, facts)

    def _record(self, case_id: str, kind: EventKind, facts: dict[str, Any]) -> bool:
        step = partial(
            register.record_event,
            case_id=CaseId(case_id),
            kind=kind,
            facts=facts,
            by=self._by,
            now=self.clock.now(),
            ids=self.ids,
        )
        return self.do(case_id, step)

    def edit(self, case_id: str, field: str, value: int | str) -> bool:
        """Write a field of a case, as two offices may do at once."""
        step = partial(
            register.edit_field,
            case_id=CaseId(case_id),
            field=field,
            value=value,
            by=self._by,
            now=self.clock.now(),
            ids=self.ids,
        )
        return self.do(case_id, step)

    def edits_beyond_integers(self, case_id: str) -> bool:
        """Whether the node took a number that no replica could keep (it must not)."""
        with suppress(InvalidInput):
            return self.edit(case_id, "fee_kopecks", TOO_LARGE_A_NUMBER)
        return False

    def do(self, case_id: str, step: Callable[[Transaction], object]) -> bool:
        """Run a clerk's command; once it is answered, what it added is a promise."""

        def told(tx: Transaction) -> tuple[DocumentView | None, DocumentView | None]:
            before = outbox.view(tx, case_id)
            step(tx)
            return before, outbox.view(tx, case_id)

        try:
            before, after = self.machine.run(told)
        except (IllegalStep, CaseNotHere, CaseErased, PowerCut, DiskFull):
            return False
        self.ledger.tell(case_id, self.office_id, before=before, after=after)
        return True

    # -- looking -----------------------------------------------------------------------------------------------------

    def case_ids(self) -> list[str]:
        sql = "select document_id from replica_documents where kind = 'case' order by 1"
        return [str(document_id) for document_id in self.machine.read(lambda reader: reader.column(sql))]

    def view(self, document_id: str) -> DocumentView | None:
        found: DocumentView | None = self.machine.read(partial(outbox.view, document_id=document_id))
        return found

    def is_the_hubs(self, document_id: str) -> bool:
        """Whether the document is not kept apart: then the hub tells this office nothing of it."""
        block = self.machine.read(partial(quarantine.block_of, document_id=document_id))
        return block is None or block.code != "apart"

    def alarms(self) -> list[str]:
        """What a technician of the office is to look at."""
        return [each.subject for each in self.machine.read(quarantine.alarms)]

    def backlog(self) -> int:
        waiting: int = self.machine.read(replica.backlog).count
        return waiting

    def waiting_up_to(self, oseq: int) -> list[str]:
        """The operations of this life, up to this one, that the hub has not answered."""
        sql = "select operation_id from replica_operations where state = 'waiting' and oseq <= :oseq order by oseq"
        return [str(each) for each in self.machine.read(lambda reader: reader.column(sql, oseq=oseq))]

    def quarantined(self) -> int:
        count: int = self.machine.read(replica.count_quarantined)
        return count
