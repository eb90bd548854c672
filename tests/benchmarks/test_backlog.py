"""The line is mended after a month: what an office wrote meanwhile is pushed and merged, and memory stays where it was.

``BENCH_BACKLOG`` operations, by default 5,000, in full 100,000: a case, and four edits of it, one after the other.
"""

import os
from pathlib import Path

import pytest

from tests.benchmarks.measure import Figures, peak_mebibytes
from tests.benchmarks.office import ACKNOWLEDGED, MERGED, BenchOffice, hub_db, one
from tests.benchmarks.processes import forget_peak, tree_cpu_seconds, worker_peak_mebibytes
from tests.benchmarks.work import edit_cases, register_cases
from tests.support.processes import Hub

pytestmark = [pytest.mark.bench, pytest.mark.timeout(7200)]

BACKLOG = int(os.environ.get("BENCH_BACKLOG", "5000"))
EDITS_EACH = 4


def test_a_month_of_work_goes_over_the_line(tmp_path: Path, figures: Figures) -> None:
    hub = Hub(tmp_path)
    hub.start()
    office = BenchOffice(tmp_path, "SHV", hub=hub)
    cases = BACKLOG // (1 + EDITS_EACH)
    office.lease(cases)
    store = office.open_store()
    case_ids = register_cases(store, first=0, count=cases)
    for _ in range(EDITS_EACH):
        edit_cases(store, case_ids)
    store.close()

    spent = tree_cpu_seconds(hub.pid)
    forget_peak(hub.pid)
    acknowledged, merged = office.span_until(ACKNOWLEDGED, is_done_at_hub=MERGED)

    assert one(hub_db(hub), "select count(*) from operations where state = 'merged' and node_id is not null") == BACKLOG
    figures.note(f"a backlog of {BACKLOG:,} operations acknowledged", [acknowledged.seconds], "s")
    figures.note("  merged, validated, visible", [merged.seconds], "s")
    figures.note("  merged", [BACKLOG / merged.seconds], "/s")
    figures.note("  bytes an operation", [acknowledged.byte_count / BACKLOG], "B")
    figures.note("  CPU for 1,000 at the hub", [(tree_cpu_seconds(hub.pid) - spent) / BACKLOG * 1000], "s")
    figures.note("  peak of the hub's web process", [peak_mebibytes(hub.pid)], "MiB")
    figures.note("  peak of the merging process", [worker_peak_mebibytes(hub.pid)], "MiB")
    figures.note("  peak of the node", [peak_mebibytes(office.process.pid)], "MiB")
    office.process.stop()
    office.line.close()
    hub.stop()
