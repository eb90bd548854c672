"""Seeded days of a city under faults: nothing is lost, doubled or different, and a seed is the same everywhere."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation.runs import run, run_many

SEEDS = range(1, 151)
ONCE_FAILED = (258, 482, 490, 686, 695, 711)  # beyond those, in the long count


@pytest.mark.timeout(1800)
def test_days_of_faults_end_with_one_city():
    """150 seeds over two processes; one that fails is replayed by ``make simulate SEED=… OFFICES=3``."""
    summaries = list(run_many(SEEDS, offices=3, days=1, jobs=2))
    failed = [f"{summary}\n" + "\n".join(summary.examples) for summary in summaries if not summary.is_clean]
    assert failed == []
    assert sum(summary.operations for summary in summaries) > 100 * len(SEEDS)
    assert sum(summary.faults for summary in summaries) > 20 * len(SEEDS)


@pytest.mark.parametrize("seed", ONCE_FAILED)
@pytest.mark.timeout(300)
def test_a_seed_that_once_failed_stays_mended(seed: int):
    summary = run(seed, offices=3, days=1)
    assert summary.is_clean, "\n".join(summary.examples)


@pytest.mark.timeout(300)
def test_a_longer_city_with_more_offices_is_one_city_too():
    summary = run(1, offices=4, days=2)
    assert summary.is_clean, "\n".join(summary.examples)


@pytest.mark.timeout(300)
def test_a_seed_gives_the_same_journal_in_every_process(tmp_path: Path):
    """Bit by bit: requests, answers, faults and findings, with whatever hash seed Python starts."""
    traces = []
    for number in (1, 2):
        journal = tmp_path / f"{number}.journal"
        command = [sys.executable, "-m", "tests.simulation", "--seed", "3", "--offices", "2", "--journal", str(journal)]
        subprocess.run(command, check=True, capture_output=True, env=os.environ | {"PYTHONHASHSEED": str(number)})
        traces.append(journal.read_bytes())
    assert len(traces[0]) > 10_000
    assert traces[0] == traces[1]
