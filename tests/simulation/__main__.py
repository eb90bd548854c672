"""``python -m tests.simulation --seed 7 --offices 4 --days 1``: exit status 1 on any violation."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.simulation.city import OFFICE_IDS, City


def main() -> int:
    parser = argparse.ArgumentParser(description="A seeded city in virtual time.")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--offices", type=int, default=4, choices=range(1, len(OFFICE_IDS) + 1))
    parser.add_argument("--days", type=int, default=1)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        city = City(Path(folder), seed=wanted.seed, offices=wanted.offices)
        summary = city.live(days=wanted.days)
        city.close()
    sys.stdout.write(f"{dict(city.network.faults)}\n{summary}\n")
    return 0 if summary.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
