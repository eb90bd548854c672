"""A case is registered durably: the whole command beside its own rows in plain SQLite."""

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from time import perf_counter

import pytest

from edge_node.intake import commands as intake
from edge_node.intake.model import RegisteredCase
from tests.benchmarks.measure import (
    Figures,
    PlainDatabase,
    Statement,
    in_groups,
    percentile,
    row_counts,
    rows_per_case,
    schema_of,
    timed,
)
from tests.support.builders import an_application
from tests.support.front_desk import SALT, FrontDesk

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

ROUNDS = 3
ALONE, CALLERS, CASES = 300, 32, 960
APPLICATION = an_application()
SEALED = intake.seal_second_factor(APPLICATION.applicant, salt=SALT)  # done in a thread, outside what is measured


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[FrontDesk]:
    office = FrontDesk(tmp_path)
    yield office
    office.close()


async def register(desk: FrontDesk) -> RegisteredCase:
    now, by = desk.clock.now(), desk.who("oksana")
    return await desk.store.run(
        partial(intake.register_case, application=APPLICATION, by=by, sealed=SEALED, now=now, ids=desk.ids)
    )


async def one_after_another(desk: FrontDesk, count: int) -> list[float]:
    seconds = []
    for _ in range(count):
        begun = perf_counter()
        await register(desk)
        seconds.append(perf_counter() - begun)
    return seconds


async def many_at_once(desk: FrontDesk, *, count: int, callers: int) -> float:
    """Cases a second."""
    left = iter(range(count))

    async def caller() -> None:
        for _ in left:
            await register(desk)

    begun = perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(callers):
            group.create_task(caller())
    return count / (perf_counter() - begun)


def floor_for(desk: FrontDesk, groups: list[list[Statement]], name: str) -> tuple[PlainDatabase, list[list[Statement]]]:
    path = desk.store.path.with_name(f"{name}.db")
    schema = [*schema_of(desk.store.path)]
    return PlainDatabase(path, schema), groups


def test_one_caller(desk: FrontDesk, figures: Figures) -> None:
    p50, p99, floor_p50, floor_p99 = [], [], [], []
    for place in range(ROUNDS):
        before = row_counts(desk.store.path)
        seconds = asyncio.run(one_after_another(desk, ALONE))
        floor, groups = floor_for(desk, rows_per_case(desk.store.path, before=before, count=ALONE), f"floor-{place}")
        plain = floor.write_each(groups)
        floor.close()
        p50.append(percentile(seconds, 50))
        p99.append(percentile(seconds, 99))
        floor_p50.append(percentile(plain, 50))
        floor_p99.append(percentile(plain, 99))
    figures.note("register a case durably, one caller, p50", p50, "ms", floors=floor_p50)
    figures.note("register a case durably, one caller, p99", p99, "ms", floors=floor_p99)
    sealing = [timed(lambda: intake.seal_second_factor(APPLICATION.applicant, salt=SALT)) * 1000 for _ in range(5)]
    figures.note("  and sealing the second factor, in a thread before it", sealing, "ms")
    figures.note("  rows written for each case", [float(len(groups[0]))], "rows")


def test_thirty_two_callers(desk: FrontDesk, figures: Figures) -> None:
    rates, alone, grouped = [], [], []
    for place in range(ROUNDS):
        before = row_counts(desk.store.path)
        rates.append(asyncio.run(many_at_once(desk, count=CASES, callers=CALLERS)))
        rows = rows_per_case(desk.store.path, before=before, count=CASES)
        floor, groups = floor_for(desk, rows[: CASES // 2], f"alone-{place}")
        alone.append(len(groups) / sum(floor.write_each(groups)))
        floor.close()
        floor, groups = floor_for(desk, in_groups(rows, CALLERS), f"grouped-{place}")
        grouped.append(CASES / sum(floor.write_each(groups)))
        floor.close()
    figures.note("register cases, 32 callers (floor: a commit each)", rates, "cases/s", floors=alone)
    figures.note("register cases, 32 callers (floor: a commit for 32)", rates, "cases/s", floors=grouped)
