"""``python -m tests.fuzz --count 100000 --seed 1``: exit status 1 on any violation; the last line sums up."""

import argparse
import sys

from tests.fuzz.trial import fuzz


def main() -> int:
    parser = argparse.ArgumentParser(description="Broken updates against the check, and against yrs behind it.")
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    summary = fuzz(seed=wanted.seed, count=wanted.count)
    sys.stdout.write("\n".join(summary.lines()) + "\n")
    return 0 if summary.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
