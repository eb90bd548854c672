"""A case registered at one office shows at another: node to hub to node, while twenty other offices work."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from time import perf_counter, sleep

import httpx
import pytest

from tests.benchmarks.measure import Figures, percentile
from tests.benchmarks.office import hub_db, one, reading
from tests.processes.city import APPLICATION
from tests.support.processes import Hub, Office, wait_until

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1200)]

CHANGES = int(os.environ.get("BENCH_CHANGES", "100"))
WARM_UP = 5
PAUSE_SECONDS, LOOK_SECONDS, TRAVEL_SECONDS_MAX = 0.1, 0.002, 30
CROWD_CASES = 60  # of the crowd merged at the hub: by then all of it works
CREATED = 201


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    served = Hub(tmp_path)
    served.start()
    yield served
    served.stop()


@pytest.fixture
def offices(hub: Hub, tmp_path: Path) -> Iterator[list[Office]]:
    found = [Office(tmp_path, office_id, hub=hub) for office_id in ("SHV", "KYV")]
    for office in found:
        office.start()
    yield found
    for office in found:
        office.stop()


@pytest.fixture
def crowd(hub: Hub, tmp_path: Path) -> Iterator[None]:
    command = [sys.executable, "-m", "tests.benchmarks.crowd", str(tmp_path / "crowd"), str(hub.folder)]
    with subprocess.Popen([*command, hub.nodes_address], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        wait_until(lambda: one(hub_db(hub), "select count(*) from cases") >= CROWD_CASES, what="the crowd's cases")
        yield
        process.kill()


def travel(client: httpx.Client, key: str, other: sqlite3.Connection) -> float:
    """Seconds from the answer to the clerk until the other office's register shows the case."""
    answer = client.post(
        "/api/cases", json={**APPLICATION, "pickup_office_id": "KYV"}, headers={"Idempotency-Key": key}
    )
    answered = perf_counter()
    assert answer.status_code == CREATED, answer.text
    case_id = answer.json()["case_id"]
    while other.execute("select 1 from cases where case_id = ?", (case_id,)).fetchone() is None:
        assert perf_counter() - answered < TRAVEL_SECONDS_MAX
        sleep(LOOK_SECONDS)  # another process is waited for
    return perf_counter() - answered


@pytest.mark.usefixtures("crowd")
def test_a_change_travels(hub: Hub, offices: list[Office], figures: Figures) -> None:
    here, there = offices
    begun, merged = perf_counter(), one(hub_db(hub), "select count(*) from cases")
    with here.sign_in() as client, closing(reading(there.folder / "node.db")) as other:
        services = "select count(*) from services"
        wait_until(lambda: one(here.folder / "node.db", services), what="services")
        for place in range(WARM_UP):
            travel(client, f"warm-up-{place}", other)
        seconds = []
        for place in range(CHANGES):
            sleep(PAUSE_SECONDS)  # a clerk's; the crowd works meanwhile
            seconds.append(travel(client, f"case-{place}", other))
    rate = (one(hub_db(hub), "select count(*) from cases") - merged) / (perf_counter() - begun)
    figures.note("a case travels office, hub, office while 20 work: p50", [percentile(seconds, 50)], "ms")
    figures.note("  p95", [percentile(seconds, 95)], "ms")
    figures.note("  p99", [percentile(seconds, 99)], "ms")
    figures.note("  cases a second in the whole city meanwhile", [rate], "/s")
