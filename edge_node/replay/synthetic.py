"""A generated day of the shape of the municipal files: two humps of arrivals, waits behind a fixed number of desks.

The figures are those of the ten days of 19 municipal offices the replay was made for: the largest office takes about
1 900 tickets, a district office about 900; mean wait 22 minutes, median 8; nobody is called after closing.
"""

import heapq
from random import Random

from edge_node.replay.day import OfficeDay, Visit

OPENS_MINUTE, CLOSES_MINUTE = 8 * 60, 16 * 60
LAST_TICKET_MINUTE = CLOSES_MINUTE - 30  # the kiosk stops before the doors do
LARGE_TICKETS, DISTRICT_TICKETS = 1_900, 900
SIZE_SPREAD = 0.1
QUEUES = 8
HUMPS = ((9.5 * 60, 60.0, 0.45), (12.5 * 60, 90.0, 0.35))  # centre, spread, share; the rest comes evenly
SERVICE_MINUTES_MEAN = 9.0
SERVICE_MINUTES_MIN = 1.0
BUSYNESS = 0.97  # desks are planned so tightly that the humps make people wait
NO_SHOW_SHARE = 0.05
DESKS_MIN = 2


def synthetic_days(count: int, *, seed: int) -> tuple[OfficeDay, ...]:
    """``count`` offices, the first as large as a regional centre; the same seed gives the same days."""
    return tuple(_office(place, seed=seed) for place in range(count))


def _office(place: int, *, seed: int) -> OfficeDay:
    random = Random(f"{seed}/{place}")  # noqa: S311 - a reproducible day, no secret
    usual = LARGE_TICKETS if place == 0 else DISTRICT_TICKETS
    tickets = round(usual * random.uniform(1 - SIZE_SPREAD, 1 + SIZE_SPREAD))
    arrivals = sorted(_arrival(random) for _ in range(tickets))
    desks = max(DESKS_MIN, round(tickets * SERVICE_MINUTES_MEAN / (CLOSES_MINUTE - OPENS_MINUTE) / BUSYNESS))
    return OfficeDay(
        source=f"S{place + 1:02}", visits=tuple(_served(arrivals, desks=desks, random=random)), desks=desks
    )


def _arrival(random: Random) -> float:
    chance = random.random()
    for centre, spread, share in HUMPS:
        if chance < share:
            minute = random.gauss(centre, spread)
            return round(min(max(minute, OPENS_MINUTE), LAST_TICKET_MINUTE), 2)
        chance -= share
    return round(random.uniform(OPENS_MINUTE, LAST_TICKET_MINUTE), 2)


def _served(arrivals: list[float], *, desks: int, random: Random) -> list[Visit]:
    """First come, first called, as soon as one of the desks is free; whoever closing time overtakes is not called."""
    free_from = [float(OPENS_MINUTE)] * desks
    visits = []
    for number, issued in enumerate(arrivals, start=1):
        called = round(max(issued, free_from[0]), 2)
        is_called = called < CLOSES_MINUTE
        is_no_show = is_called and random.random() < NO_SHOW_SHARE
        takes = SERVICE_MINUTES_MIN if is_no_show else _service_minutes(random)
        if is_called:
            heapq.heapreplace(free_from, called + takes)
        visits.append(
            Visit(
                queue=f"Q{random.randrange(QUEUES) + 1:02}",
                ticket=str(number),
                issued_minute=issued,
                called_minute=called if is_called else None,
                is_no_show=is_no_show,
            )
        )
    return visits


def _service_minutes(random: Random) -> float:
    return SERVICE_MINUTES_MIN + random.expovariate(1 / (SERVICE_MINUTES_MEAN - SERVICE_MINUTES_MIN))
