"""The work through a real hub and real offices, signed, checked, scoped, logged and under TLS; beside rows only kept.

``BENCH_DOCUMENTS`` and ``BENCH_ROUNDS`` choose the size: by default 3,000 documents in 3 rounds, in full 10,000.
"""

import asyncio
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter

import msgspec
import pytest

from tests.benchmarks import floor
from tests.benchmarks.line import CountingLine
from tests.benchmarks.measure import Figures, cpu_seconds, peak_mebibytes
from tests.benchmarks.office import ACKNOWLEDGED, MERGED, BenchOffice, case_snapshots, check_same, hub_db, one
from tests.benchmarks.processes import children, counted_flushes, forget_peak, tree_cpu_seconds, worker_peak_mebibytes
from tests.benchmarks.session import hub_session
from tests.benchmarks.work import edit_cases, records, register_cases
from tests.support.processes import Hub, Served, free_port, wait_until

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]

DOCUMENTS = int(os.environ.get("BENCH_DOCUMENTS", "3000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
EDITS = max(DOCUMENTS // 10, 200)
IDLE_ASKED = 50
FLUSHED = 2_500
BATCH = 500
HEARD = "select cursor >= {} from replica_link"
KYV_TOLD = "select max(seq) from feed where scope = 'office/KYV'"


class City:
    """A hub, the office that works and the one that hears of it; and the floor's hub behind a line of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.hub = Hub(folder)
        self.hub.start()
        self.works, self.hears = (BenchOffice(folder, office_id, hub=self.hub) for office_id in ("SHV", "KYV"))
        port = free_port()
        command = [sys.executable, "-m", "tests.benchmarks.bare", str(port), str(folder)]
        self.floor = Served(command, port=port, log=folder / "floor.log")
        self.floor.start()
        self.floor_line = CountingLine(port=port)

    def close(self) -> None:
        for line in (self.works.line, self.hears.line, self.floor_line):
            line.close()
        for process in (self.works.process, self.hears.process, self.hub, self.floor):
            process.stop()

    def floor_client(self, what: str) -> tuple[floor.Cost, int]:
        """Let the floor's client do its part; what it cost it, and the bytes on its line."""
        self.floor_line.count_anew()
        address = self.floor_line.address.replace("https", "http")
        command = [sys.executable, "-m", "tests.benchmarks.floor", what, str(self.folder / f"{what}.db"), address]
        done = subprocess.run(command, capture_output=True, check=True)
        return msgspec.json.decode(done.stdout, type=floor.Cost), self.floor_line.byte_count


class Measured:
    """The rounds of each figure and of its floor."""

    def __init__(self) -> None:
        self.rounds: dict[str, list[float]] = defaultdict(list)

    def add(self, **values: float) -> None:
        for name, value in values.items():
            self.rounds[name].append(value)

    def __getitem__(self, name: str) -> list[float]:
        return self.rounds[name]


@pytest.fixture
def cities(tmp_path: Path) -> Iterator[Iterator[City]]:
    """A fresh city for each round, gone when the next begins."""

    def each() -> Iterator[City]:
        for place in range(ROUNDS):
            city = City(tmp_path / str(place))
            try:
                yield city
            finally:
                city.close()

    made = each()
    yield made
    made.close()


def test_the_work(cities: Iterator[City], figures: Figures) -> None:
    measured = Measured()
    for place, city in enumerate(cities):
        case_ids = fill(city, first=place * DOCUMENTS)
        push_all(city, measured)
        edit_some(city, case_ids, measured)
        pull_all(city, measured)
        check_same(
            [
                (hub_db(city.hub), "documents"),
                *((each.database, "replica_documents") for each in (city.works, city.hears)),
            ],
            count=DOCUMENTS,
        )
        assert one(city.folder / "pull.db", "select count(*) from rows") == DOCUMENTS
        nothing_to_do(city, measured)
        if place == 0:
            flushes(city, case_ids, figures)
    note_all(measured, figures)


def fill(city: City, *, first: int) -> list[str]:
    """Both outboxes hold the same records."""
    city.works.lease(DOCUMENTS)
    store = city.works.open_store()
    case_ids = register_cases(store, first=first, count=DOCUMENTS)
    store.close()
    floor.fill_outbox(city.folder / "push.db", records(case_snapshots(city.works.database, "replica_documents")))
    return [str(each) for each in case_ids]


def push_all(city: City, measured: Measured) -> None:
    hub, spent, floor_spent = city.hub.pid, tree_cpu_seconds(city.hub.pid), cpu_seconds(city.floor.pid)
    forget_peak(hub)
    acknowledged, merged = city.works.span_until(ACKNOWLEDGED, is_done_at_hub=MERGED)
    cost, floor_bytes = city.floor_client("push")
    thousands = DOCUMENTS / 1000
    measured.add(
        acknowledged=DOCUMENTS / acknowledged.seconds,
        merged=DOCUMENTS / merged.seconds,
        floor_pushed=DOCUMENTS / cost.seconds,
        wire=acknowledged.byte_count / DOCUMENTS,
        floor_wire=floor_bytes / DOCUMENTS,
        hub_cpu=(tree_cpu_seconds(hub) - spent) / thousands,
        floor_hub_cpu=(cpu_seconds(city.floor.pid) - floor_spent) / thousands,
        node_cpu=acknowledged.cpu_seconds / thousands,
        floor_node_cpu=cost.cpu_seconds / thousands,
        hub_peak=peak_mebibytes(hub),
        worker_peak=worker_peak_mebibytes(hub),
        node_peak=peak_mebibytes(city.works.process.pid),
        floor_peak=peak_mebibytes(city.floor.pid),
    )
    city.works.process.stop()


def edit_some(city: City, case_ids: list[str], measured: Measured) -> None:
    edited = case_ids[:: len(case_ids) // EDITS][:EDITS]
    store = city.works.open_store()
    edit_cases(store, edited)
    store.close()
    acknowledged, merged = city.works.span_until(ACKNOWLEDGED, is_done_at_hub=MERGED)
    city.works.process.stop()
    wanted = set(edited)
    changed = [each for each in case_snapshots(city.works.database, "replica_documents") if each[0] in wanted]
    floor.fill_outbox(city.folder / "push.db", records(changed))
    cost, floor_bytes = city.floor_client("push")
    measured.add(
        edit_wire=acknowledged.byte_count / EDITS,
        floor_edit_wire=floor_bytes / EDITS,
        edits_merged=EDITS / merged.seconds,
        floor_edits=EDITS / cost.seconds,
    )


def pull_all(city: City, measured: Measured) -> None:
    told = one(hub_db(city.hub), KYV_TOLD)
    spent = tree_cpu_seconds(city.hub.pid)
    span, _ = city.hears.span_until(HEARD.format(told))
    cost, floor_bytes = city.floor_client("pull")
    measured.add(
        pulled=DOCUMENTS / span.seconds,
        floor_pulled=DOCUMENTS / cost.seconds,
        pull_wire=span.byte_count / DOCUMENTS,
        floor_pull_wire=floor_bytes / DOCUMENTS,
        pull_hub_cpu=(tree_cpu_seconds(city.hub.pid) - spent) / DOCUMENTS * 1000,
        pull_node_cpu=span.cpu_seconds / DOCUMENTS * 1000,
        pull_node_peak=peak_mebibytes(city.hears.process.pid),
        floor_idle=cost.idle_milliseconds,
    )
    city.hears.process.stop()


def nothing_to_do(city: City, measured: Measured) -> None:
    """Ask the hub for news as the shut office would, over and over: there are none."""
    milliseconds, byte_count = asyncio.run(_ask_in_vain(city.hears))
    measured.add(idle=milliseconds, idle_wire=byte_count)


async def _ask_in_vain(office: BenchOffice) -> tuple[float, float]:
    seconds: list[float] = []
    async with hub_session(office) as session:
        await session.pull(session.cursor)
        office.line.count_anew()
        for _ in range(IDLE_ASKED):
            begun = perf_counter()
            assert not (await session.pull(session.cursor)).items
            seconds.append(perf_counter() - begun)
        return median(seconds) * 1000, office.line.byte_count / IDLE_ASKED


def flushes(city: City, case_ids: list[str], figures: Figures) -> None:
    """Count the flushes of the disk while five full batches of edits go over the line."""
    office, hub = city.works, city.hub.pid
    store = office.open_store()
    edit_cases(store, (case_ids * FLUSHED)[:FLUSHED])
    store.close()
    (worker,) = children(hub)
    office.line.count_anew()
    office.process.launch()  # it takes a second to come to speak: by then strace watches it
    with counted_flushes(city.folder, node=office.process.pid, web=hub, worker=worker) as found:
        wait_until(lambda: _is_all_told(office), what="the edits at the hub", seconds=300)
    office.process.stop()
    for name, count in found.since(office.line.used_since).items():
        figures.note(f"  flushes of the disk for a batch of {BATCH}: {name}", [count / (FLUSHED / BATCH)], "")


def _is_all_told(office: BenchOffice) -> bool:
    return bool(one(office.database, ACKNOWLEDGED)) and bool(one(hub_db(office.hub), MERGED))


def note_all(measured: Measured, figures: Figures) -> None:
    def note(name: str, key: str, unit: str, *, beside: str | None = None) -> None:
        figures.note(name, measured[key], unit, floors=measured[beside] if beside else ())

    note(f"{DOCUMENTS:,} documents acknowledged", "acknowledged", "/s", beside="floor_pushed")
    note("  merged, validated, visible", "merged", "/s", beside="floor_pushed")
    note("  bytes a document on the wire (TLS; the floor plain)", "wire", "B", beside="floor_wire")
    note("  CPU for 1,000 at the hub, merging included", "hub_cpu", "s", beside="floor_hub_cpu")
    note("  CPU for 1,000 at the node", "node_cpu", "s", beside="floor_node_cpu")
    note("  peak of the hub's web process", "hub_peak", "MiB", beside="floor_peak")
    note("  peak of the merging process", "worker_peak", "MiB")
    note("  peak of the node", "node_peak", "MiB")
    note(f"{EDITS:,} edits merged", "edits_merged", "/s", beside="floor_edits")
    note("  bytes an edit on the wire", "edit_wire", "B", beside="floor_edit_wire")
    note(f"{DOCUMENTS:,} documents pulled and applied by another office", "pulled", "/s", beside="floor_pulled")
    note("  bytes a document on the wire, pulled", "pull_wire", "B", beside="floor_pull_wire")
    note("  CPU for 1,000 at the hub, pulled", "pull_hub_cpu", "s")
    note("  CPU for 1,000 at the node, pulled", "pull_node_cpu", "s")
    note("  peak of the node that pulls", "pull_node_peak", "MiB")
    note("nothing to do: a round", "idle", "ms", beside="floor_idle")
    note("  bytes on the wire", "idle_wire", "B")
