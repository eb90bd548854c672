"""Many seeds, one city each, over a few processes."""

import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from random import Random

from tests.simulation.city import City
from tests.simulation.days import Days, Summary
from tests.simulation.journal import Journal
from tests.simulation.planted import Planted
from tests.simulation.templates import scratch_folder
from tests.simulation.weather import STORMY


def run(
    seed: int,
    *,
    offices: int,
    days: int,
    bug: Callable[[City], AbstractContextManager[object]] = nullcontext,
    life: type[Days] = Days,
    journal: Path | None = None,
) -> Summary:
    """One city's days, of this kind of life; ``bug`` is planted in it."""
    weather = STORMY.present(Random(seed))
    with scratch_folder() as folder:
        city = City(Path(folder), seed=seed, offices=offices, weather=weather, journal=Journal(journal))
        try:
            with bug(city):
                return life(city).live(days=days)
        finally:
            city.close()


def run_many(seeds: Iterable[int], *, offices: int, days: int, jobs: int) -> Iterator[Summary]:
    """The summaries of many seeds, as they come."""
    work = partial(run, offices=offices, days=days)
    if jobs == 1:
        yield from map(work, seeds)
        return
    context = get_context("spawn")  # a fork would carry threads of the stores along
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        yield from pool.map(work, seeds)


def first_catch(planted: Planted, seeds: Iterable[int]) -> Summary | None:
    """The summary of the first seed by which the planted bug is caught as expected."""
    for seed in seeds:
        summary = run(seed, offices=3, days=1, bug=planted.plant, life=planted.life)
        if planted.caught_by in summary.violations:
            return summary
    return None


def say(summary: Summary) -> None:
    """What a person wants to see of it."""
    for example in summary.examples:
        sys.stdout.write(f"  {example}\n")
    sys.stdout.write(f"{summary}\n")
    sys.stdout.flush()
