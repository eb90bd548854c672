"""A real office behind a counting line, filled while it is shut; and what it and the hub hold, read beside them."""

import sqlite3
from contextlib import closing
from pathlib import Path
from time import perf_counter, sleep

import msgspec

from edge_node.app import MIGRATIONS
from sync.ambient import SystemClock
from sync.documents.document import view
from sync.replication import leases
from sync.replication.messages import NumberLease
from sync.storage import Store, replica
from tests.benchmarks.line import CountingLine
from tests.benchmarks.measure import cpu_seconds
from tests.support.processes import Hub, NotInTimeError, Office, wait_until

ACKNOWLEDGED = "select not exists (select 1 from replica_operations where oseq is not null and settled_at is null)"
MERGED = "select not exists (select 1 from operations where state in ('received', 'released'))"
LOOK_SECONDS = 0.01
DONE_SECONDS_MAX = 900


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """From the first byte on the line to what was waited for; ``cpu_seconds`` of the node meanwhile."""

    seconds: float
    byte_count: int
    cpu_seconds: float


class BenchOffice:
    """An office whose process runs only while it is measured."""

    def __init__(self, folder: Path, office_id: str, *, hub: Hub) -> None:
        self.hub = hub
        self.line = CountingLine(port=hub.nodes_port)
        self.process = Office(folder, office_id, hub=hub, line=self.line.address)
        self.database = self.process.folder / "node.db"
        self.hear_the_city()

    def hear_the_city(self) -> None:
        """Run until the staff, the services and the offices have come."""
        self.process.start()
        told = "select max(seq) from feed where scope = 'city'"
        wait_until(
            lambda: (one(self.database, "select cursor from replica_link") or 0) >= one(hub_db(self.hub), told),
            what="the city's reference data",
        )
        self.process.stop()

    def open_store(self) -> Store:
        """The node's database, while the node is shut."""
        return Store(self.database, MIGRATIONS)

    def lease(self, count: int) -> None:
        """A range of official numbers, as the hub leases them, but as large as the work."""
        store = self.open_store()
        stream, year = store.read_now(replica.stream), SystemClock().now().year
        with closing(sqlite3.connect(hub_db(self.hub))) as hub, hub:
            first = hub.execute(
                "select coalesce(max(last), 0) + 1 from number_leases where office_id = ?", (self.process.office_id,)
            ).fetchone()[0]
            row = (self.process.office_id, year, first, first + count - 1, stream.node_id, stream.incarnation)
            hub.execute("insert into number_leases values (?, ?, ?, ?, ?, ?, current_timestamp)", row)
        lease = NumberLease(year=year, first=first, last=first + count - 1)
        store.run_now(lambda tx: leases.accept(tx, lease))
        store.close()

    def span_until(self, done: str, *, is_done_at_hub: str | None = None) -> tuple[Span, Span]:
        """Start the node; when the query says 1 there, and then when the other says 1 at the hub. It runs on."""
        self.line.count_anew()
        self.process.start()
        here = self._span(self.database, done)
        return here, here if is_done_at_hub is None else self._span(hub_db(self.hub), is_done_at_hub)

    def _span(self, database: Path, query: str) -> Span:
        ends_at, spent = perf_counter() + DONE_SECONDS_MAX, None
        with closing(reading(database)) as connection:
            while True:
                if spent is None and self.line.first_used_at is not None:
                    spent = cpu_seconds(self.process.pid)
                if connection.execute(query).fetchone()[0] == 1 and spent is not None:
                    break
                if perf_counter() > ends_at:
                    raise NotInTimeError(query)
                sleep(LOOK_SECONDS)  # another process is waited for
        assert self.line.first_used_at is not None
        return Span(
            seconds=perf_counter() - self.line.first_used_at,
            byte_count=self.line.byte_count,
            cpu_seconds=cpu_seconds(self.process.pid) - spent,
        )


def hub_db(hub: Hub) -> Path:
    return hub.folder / "hub.db"


def reading(database: Path) -> sqlite3.Connection:
    """A connection that only reads."""
    return sqlite3.connect(f"file:{database}?mode=ro", uri=True, isolation_level=None)


def one(database: Path, query: str) -> int:
    """The number a query answers."""
    with closing(reading(database)) as connection:
        return int(connection.execute(query).fetchone()[0] or 0)


def case_snapshots(database: Path, table: str) -> list[tuple[str, bytes]]:
    """The documents of cases as they are stored, by id."""
    with closing(reading(database)) as connection:
        query = f"select document_id, snapshot from {table} where kind = 'case' order by 1"  # noqa: S608 - two names of ours
        return connection.execute(query).fetchall()


def check_same(databases: list[tuple[Path, str]], *, count: int) -> None:
    """Every replica holds so many cases, and each says the same everywhere."""
    first, *others = ({key: view(bytes(held)) for key, held in case_snapshots(*where)} for where in databases)
    assert len(first) == count
    for other in others:
        assert other == first
