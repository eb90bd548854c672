"""``python -m tests.real_days [--offices O19 O13 O06] [--priority 0.2]``: what our rule makes of real days.

For each day the waits as they were, as our rule has them, and as it has them where so many have a right to priority;
exit status 1 when a visitor gets no number or another's, is lost, called by two or out of turn, or waits longer than
the bound. Where the files are not at hand, generated days of the same shape are lived.
"""

import argparse
import sys
from collections.abc import Sequence

from edge_node.waits.days import Day, read_days
from tests.property.queue.second_book import BrokenError, Lived
from tests.real_days.living import generated_day, live_day, real_waits
from tests.support import municipal

OFFICES = ("O19", "O13", "O06")
PRIORITY_SHARE = 0.2


def _days(offices: Sequence[str]) -> list[Day]:
    if not municipal.TICKETS.exists():
        sys.stdout.write(f"no municipal ticket files in {municipal.FOLDER}: generated days instead\n")
        return [generated_day(seed) for seed in range(len(offices))]
    found = [day for day in read_days(municipal.TICKETS, municipal.DESKS) if day.office in offices]
    return sorted(found, key=lambda day: (offices.index(day.office), day.on))


def main() -> int:
    parser = argparse.ArgumentParser(description="Real days of municipal offices under our rule.")
    parser.add_argument("--offices", nargs="+", default=list(OFFICES))
    parser.add_argument("--priority", type=float, default=PRIORITY_SHARE)
    wanted = parser.parse_args()
    share = f"{wanted.priority:.0%}"
    columns = ("as it was", "our rule", f"{share} with priority: they", "the others")
    sys.stdout.write(f"{'minutes: mean, p90, longest':33}" + "".join(f" | {each:>17}" for each in columns) + "\n")
    tickets, lived = 0, Lived()
    days = _days(wanted.offices)
    for day in days:
        try:
            plain = live_day(day, priority_share=0)
            mixed = live_day(day, priority_share=wanted.priority)
        except BrokenError as broken:
            sys.stdout.write(f"{broken}\n")
            return 1
        tickets += len(plain.visits)
        lived += plain.lived + mixed.lived
        shown = (real_waits(day), plain.waits(), mixed.waits(has_priority=True), mixed.waits(has_priority=False))
        never = sum(each.wait_minutes is None for each in plain.visits)
        head = f"{day.office} {day.on} {len(plain.visits):5}, left {len(plain.visits) - len(day.called)} / {never}"
        sys.stdout.write(f"{head:33}" + "".join(f" | {each!s:>17}" for each in shown) + "\n")
        sys.stdout.flush()
    turns = f"after_priority={lived.turns_after_priority} nearest_to_bound={lived.nearest:.2f}"
    figures = f"days={len(days)} tickets={tickets} calls={lived.calls} {turns}"
    sys.stdout.write(f"{figures} without_number=0 lost=0 called_twice=0 out_of_turn=0 waited_longer=0\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
