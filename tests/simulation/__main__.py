"""``python -m tests.simulation --seed 7 --offices 4 --days 1``, or many: ``--seeds 1-5000 --jobs 2``.

Exit status 1 on any violation; the last line sums up operations, faults, lost, doubled and diverged.
"""

import argparse
import sys
from pathlib import Path

from tests.simulation.city import OFFICE_IDS
from tests.simulation.days import Summary
from tests.simulation.planted import PLANTED
from tests.simulation.runs import first_catch, run, run_many, say


def main() -> int:
    parser = argparse.ArgumentParser(description="A seeded city in virtual time.")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--seeds", help="first-last, instead of one")
    parser.add_argument("--offices", type=int, default=3, choices=range(1, len(OFFICE_IDS) + 1))
    parser.add_argument("--days", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument(
        "--planted", type=int, metavar="SEEDS", help="which of the first seeds catches each planted bug"
    )
    parser.add_argument("--journal", type=Path, help="where to write everything that happens")
    wanted = parser.parse_args()
    if wanted.planted is not None:
        return _plant(range(1, wanted.planted + 1))
    if wanted.seeds is None:
        summary = run(wanted.seed, offices=wanted.offices, days=wanted.days, journal=wanted.journal)
        say(summary)
        return 0 if summary.is_clean else 1
    first, last = map(int, wanted.seeds.split("-"))
    return _many(range(first, last + 1), offices=wanted.offices, days=wanted.days, jobs=wanted.jobs)


def _many(seeds: range, *, offices: int, days: int, jobs: int) -> int:
    total = Summary(seed=seeds[-1])
    failed: list[int] = []
    for summary in run_many(seeds, offices=offices, days=days, jobs=jobs):
        if not summary.is_clean:
            say(summary)
            failed.append(summary.seed)
        for name in ("operations", "faults", "lost", "doubled", "diverged"):
            setattr(total, name, getattr(total, name) + getattr(summary, name))
        total.rounds = max(total.rounds, summary.rounds)
    sys.stdout.write(
        f"seeds={len(seeds)} failed={failed} operations={total.operations} faults={total.faults} lost={total.lost} "
        f"doubled={total.doubled} diverged={total.diverged} rounds={total.rounds}\n"
    )
    return 1 if failed else 0


def _plant(seeds: range) -> int:
    missed = 0
    for name, planted in PLANTED.items():
        caught = first_catch(planted, seeds)
        missed += caught is None
        sys.stdout.write(f"{name}: {caught or 'never'}\n")
        sys.stdout.flush()
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
