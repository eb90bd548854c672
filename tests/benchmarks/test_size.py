"""An office and a hub that hold a few cases, and very many: start, edits, memory; the rows are grown by SQL.

``BENCH_CASES`` is the larger size, by default 100,000, in full 1,000,000.
"""

import asyncio
import os
from datetime import timedelta
from functools import partial
from random import Random
from time import perf_counter

import pytest

from central_hub.case_register.queries import counts_by_office
from central_hub.storage import HubStore
from edge_node.case_register import commands as register
from edge_node.case_register import queries as register_queries
from edge_node.case_register.model import SearchKey, SearchKind
from edge_node.replication.queries import live_state, truth
from sync.ambient import SystemIds
from sync.replication.client import LinkHealth
from sync.storage import Store
from sync.vocabulary.case import CaseStatus
from sync.vocabulary.ids import CaseId, OfficeId
from tests.benchmarks import growing
from tests.benchmarks.measure import Figures, PlainDatabase, peak_mebibytes, percentile, timed, utc_now
from tests.benchmarks.office import BenchOffice, hub_db, one
from tests.benchmarks.place import GROWN_FROM, Place
from tests.benchmarks.session import hub_session
from tests.benchmarks.work import OFFICE, actor_of

pytestmark = [pytest.mark.bench, pytest.mark.timeout(7200)]

FEW, MANY = 10_000, int(os.environ.get("BENCH_CASES", "100000"))
STARTS, EDITS, PAGES = 3, 1_000, 40
ROWS = "create table if not exists rows (body blob)"
KEEP = ("insert into rows values (zeroblob(2000))", ())


@pytest.mark.parametrize("cases", [FEW, MANY])
def test_size(cases: int, place: Place, figures: Figures) -> None:
    place.grow(cases)
    start_alone(place.works, cases, figures)
    edit_some(place, cases, figures)
    ask_some(place, figures)
    tell_much(place, cases, figures)


def start_alone(office: BenchOffice, cases: int, figures: Figures) -> None:
    """The hub is shut: the office starts without it."""
    starts = []
    for _ in range(STARTS):
        starts.append(timed(office.process.start))
        peak = peak_mebibytes(office.process.pid)
        office.process.stop()
    assert one(office.database, "select count(*) from cases") == cases
    figures.note(f"a node with {cases:,} cases and no line: start until ready", starts, "s")
    figures.note("  its peak", [peak], "MiB")


def edit_some(place: Place, cases: int, figures: Figures) -> None:
    """Edits of cases from anywhere in the register, one after the other; beside a plain row of their size."""
    random, copies = Random(cases), cases // GROWN_FROM - 1
    some = [growing.id_in_copy(random.choice(place.case_ids), random.randint(1, copies)) for _ in range(EDITS)]
    store = place.works.open_store()
    floor = PlainDatabase(place.works.process.folder / "floor.db", [ROWS])
    seconds = asyncio.run(edited(store, some))
    floors = floor.write_each([KEEP] for _ in some)
    store.close()
    floor.close()
    for percent in (50, 99):
        measured, beside = percentile(seconds, percent), percentile(floors, percent)
        figures.note(f"  a case edited durably: p{percent} (floor: a row)", [measured], "ms", floors=[beside])


def ask_some(place: Place, figures: Figures) -> None:
    """What pages of the office and of the city ask again and again, each the median of a few."""
    store, hub = place.works.open_store(), HubStore(f"sqlite:///{hub_db(place.hub)}")
    scope, health, begins_at = register_queries.Scope(office_id=OfficeId(OFFICE)), LinkHealth(), utc_now()
    for name, ask in {
        "a name is looked for": partial(
            register_queries.found, key=SearchKey(kind=SearchKind.NAME, text="ко"), scope=scope
        ),
        "a pile": partial(register_queries.listed, statuses=frozenset({CaseStatus.REGISTERED}), scope=scope),
        "the line in the header": partial(truth, health=health, now=utc_now()),
        "the state of this minute": partial(live_state, office_id=OfficeId(OFFICE), devices_down=(), now=utc_now()),
    }.items():
        figures.note(f"  {name}", [timed(partial(store.read_now, ask)) * 1000 for _ in range(STARTS)], "ms")
    counts = partial(counts_by_office, begins_at=begins_at - timedelta(days=1), ends_at=begins_at)
    figures.note("  the city's counts", [timed(partial(hub.read_now, counts)) * 1000 for _ in range(STARTS)], "ms")
    store.close()
    hub.close()


def tell_much(place: Place, cases: int, figures: Figures) -> None:
    """The hub tells an office that heard nothing yet twenty thousand documents, and the digest of all."""
    place.hub.start()
    told, digest_seconds = asyncio.run(tell(place.hears))
    peak = peak_mebibytes(place.hub.pid)
    place.hub.stop()
    figures.note(f"a hub with {cases:,} cases: its peak after {told:,} items and a digest", [peak], "MiB")
    figures.note("  the digest of an office's scope", [digest_seconds], "s")


async def edited(store: Store, case_ids: list[str]) -> list[float]:
    """Seconds until each edit is durable."""
    by, ids, seconds = store.read_now(partial(actor_of, office_id=OFFICE)), SystemIds(), []
    for place, case_id in enumerate(case_ids):
        edit = partial(
            register.edit_field,
            case_id=CaseId(case_id),
            field="applicant_phone",
            value=f"+3806712{place:05}",
            by=by,
            now=utc_now(),
            ids=ids,
        )
        begun = perf_counter()
        await store.run(edit)
        seconds.append(perf_counter() - begun)
    return seconds


async def tell(office: BenchOffice) -> tuple[int, float]:
    """How many items the hub told an office that heard nothing yet; and how long its digest took."""
    told, cursor = 0, 0
    async with hub_session(office) as session:
        for _ in range(PAGES):
            answer = await session.pull(cursor)
            told, cursor = told + len(answer.items), answer.cursor
        begun = perf_counter()
        await session.digest()
        return told, perf_counter() - begun
