"""Bugs to plant in a city, and the first seed that catches each: so that the checker itself is checked.

Every bug is one that systems of this kind have had. ``python -m tests.simulation --planted 30`` looks for the seeds.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from sqlite3 import Connection
from types import ModuleType
from typing import Any

import msgspec
from pycrdt import Doc

from central_hub.node_gateway.model import Speaker
from central_hub.storage.replica import CITY, office_scope
from sync.documents import document as documents
from sync.replication import blobs, departures, outbox, refetch
from sync.storage import replica
from sync.storage import store as node_store
from sync.vocabulary.clock import Hlc, tick
from tests.simulation.city import OFFICE_IDS, City
from tests.simulation.days import Days
from tests.simulation.files import DaysWithFiles

Bug = Callable[[City], AbstractContextManager[None]]


class Planted(msgspec.Struct, frozen=True, kw_only=True):
    """``seed``: the first that catches the bug, by the invariant ``caught_by``, in a city with such a ``life``."""

    plant: Bug
    seed: int
    caught_by: str
    life: type[Days] = Days


@contextmanager
def swapped(module: ModuleType | type, **replacements: object) -> Iterator[None]:
    """For a while these names of the module mean something else."""
    kept: Mapping[str, object] = {name: getattr(module, name) for name in replacements}
    for name, replacement in replacements.items():
        setattr(module, name, replacement)
    try:
        yield
    finally:
        for name, original in kept.items():
            setattr(module, name, original)


@contextmanager
def answer_before_commit(city: City) -> Iterator[None]:
    """A clerk's page answers while the disk still writes."""
    for office in city.offices:
        office.machine.answers_before_commit = True
    yield


@contextmanager
def acknowledge_before_append(city: City) -> Iterator[None]:
    """The hub answers a push before its batch is durable."""
    city.hub.machine.answers_before_commit = True
    yield


@contextmanager
def synchronous_normal(city: City) -> Iterator[None]:
    """The write-ahead log is not synced with every commit."""
    connect = node_store.connect

    def carelessly(path: Path) -> Connection:
        connection = connect(path)
        connection.execute("pragma synchronous=normal")
        return connection

    with swapped(node_store, connect=carelessly):
        for office in city.offices:
            office.machine.close()
            office.machine.store = node_store.Store(office.machine.path)
        yield


@contextmanager
def cursor_off_by_one(city: City) -> Iterator[None]:
    """The node remembers to have heard one more than it did."""
    receive = refetch.receive

    def receiving(tx: Any, answer: Any, **rest: Any) -> Any:
        return receive(tx, answer=msgspec.structs.replace(answer, cursor=answer.cursor + 1), **rest)

    for office in city.offices:
        office.line.receive = receiving
    yield


@contextmanager
def missing_dedup(city: City) -> Iterator[None]:
    """A clerk who presses the button again after a lost answer is served twice."""
    for office in city.offices:
        office.keeps_keys = False
    yield


@contextmanager
def wall_clock_order(city: City) -> Iterator[None]:
    """Events are ordered by the machine's own clock."""

    def wall(_tx: Any, *, now: datetime, **_after: Any) -> Hlc:
        return tick(None, now)

    with swapped(outbox, next_clock=wall):
        yield


@contextmanager
def fixed_client_id(city: City) -> Iterator[None]:
    """A node writes every operation with one client id."""
    record = outbox.record

    def recording(tx: Any, change: Any, **rest: Any) -> Any:
        client_id = int.from_bytes(replica.stream(tx).node_id[-5:].encode())
        with swapped(documents, fresh_client_id=lambda **_: client_id):
            return record(tx, change, **rest)

    with swapped(outbox, record=recording):
        yield


@contextmanager
def numbers_reused_after_restore(city: City) -> Iterator[None]:
    """A restored node goes on drawing numbers from the range it had."""

    def restarting(tx: Any, *, incarnation: str) -> None:
        restart(tx, incarnation=incarnation)
        tx.execute("update replica_leases set incarnation = ''")

    restart = replica.restart_stream
    city.weather = msgspec.structs.replace(city.weather, node_backup=0.2, node_restore=0.1)
    with swapped(replica, restart_stream=restarting):
        yield


@contextmanager
def scope_by_prefix(city: City) -> Iterator[None]:
    """The hub tells an office what is meant for every office whose code begins alike."""

    class Wide(Speaker, frozen=True, kw_only=True):
        @property
        def scopes(self) -> tuple[str, ...]:
            alike = [other for other in OFFICE_IDS if other.startswith(self.office_id[:1])]
            return (CITY, *map(office_scope, alike))

    pull = city.hub.commands["pull"]

    def pull_widely(reader: Any, *, speaker: Speaker, **rest: Any) -> Any:
        return pull(reader, speaker=Wide(**msgspec.structs.asdict(speaker)), **rest)

    city.hub.commands["pull"] = pull_widely
    yield


@contextmanager
def erased_in_place(_city: City) -> Iterator[None]:
    """A node deletes what is erased and does not write its file anew: the bytes stay in pages that are free."""
    with swapped(node_store.Store, scrub=lambda _store: None):
        yield


@contextmanager
def compaction_over_a_gap(_city: City) -> Iterator[None]:
    """A document is saved as yrs gives it back, also while a part of it waits for something missing."""
    merged = documents._merged

    def compacting(parts: Any, clients: Any) -> Any:
        answer = merged(parts, clients)
        whole: Doc[Any] = Doc()
        whole.apply_update(answer.snapshot)
        return msgspec.structs.replace(answer, snapshot=whole.get_update())

    with swapped(documents, _merged=compacting):
        yield


@contextmanager
def unsent_operations_dropped(_city: City) -> Iterator[None]:
    """A document that leaves the scope goes at once, with what the hub was not told of it."""

    def dropping(tx: Any, *, document_id: str) -> bool:
        tx.execute(
            "update replica_operations set state = 'discarded', settled_at = made_at, oseq = null "
            "where document_id = :document_id and state = 'waiting'",
            document_id=document_id,
        )
        replica.forget_document(tx, document_id=document_id)
        return True

    with swapped(departures, leave=dropping):
        yield


@contextmanager
def blob_committed_before_its_hash(_city: City) -> Iterator[None]:
    """A file is there once all its bytes have come, whatever they are."""

    def commit(partial: Path, target: Path) -> None:
        partial.replace(target)

    with swapped(blobs, _commit=commit):
        yield


PLANTED: dict[str, Planted] = {
    "answer before commit": Planted(plant=answer_before_commit, seed=1, caught_by="02-nothing-promised-is-lost"),
    "acknowledge before append": Planted(
        plant=acknowledge_before_append, seed=1, caught_by="04-what-was-acknowledged-is-there"
    ),
    "synchronous normal": Planted(plant=synchronous_normal, seed=1, caught_by="02-nothing-promised-is-lost"),
    "cursor off by one": Planted(plant=cursor_off_by_one, seed=1, caught_by="13-cursors-are-of-this-hub"),
    "missing dedup": Planted(plant=missing_dedup, seed=1, caught_by="14-numbers-are-unique"),
    "wall-clock order": Planted(plant=wall_clock_order, seed=1, caught_by="15-clocks-order-nothing-wrongly"),
    "fixed client id": Planted(plant=fixed_client_id, seed=1, caught_by="09-only-poison-is-quarantined"),
    "number reuse after restore": Planted(
        plant=numbers_reused_after_restore, seed=1, caught_by="14-numbers-are-unique"
    ),
    "erased in place": Planted(plant=erased_in_place, seed=1, caught_by="12-erased-is-gone"),
    "compaction over a gap": Planted(
        plant=compaction_over_a_gap, seed=3, caught_by="03-order-and-batches-do-not-matter"
    ),
    "unsent operations dropped on drop": Planted(
        plant=unsent_operations_dropped, seed=6, caught_by="02-nothing-promised-is-lost"
    ),
    "blob committed before its hash": Planted(
        plant=blob_committed_before_its_hash, seed=1, caught_by="16-files-are-whole", life=DaysWithFiles
    ),
    "scope by prefix": Planted(plant=scope_by_prefix, seed=1, caught_by="11-scopes-are-exact"),
}
