"""A generated day of the shape of the municipal files: two humps of arrivals, queues with desks of their own.

The figures are those of the ten days of 19 municipal offices the replay was made for: the largest office takes about
1 900 tickets, a district office about 900; mean wait 22 minutes, median 8, a tenth over an hour, because some queues
have too few desks while others have idle ones; nobody is called after closing.
"""

import heapq
from random import Random

from edge_node.replay.day import OfficeDay, Visit

OPENS_MINUTE, CLOSES_MINUTE = 8 * 60, 16 * 60
LAST_TICKET_MINUTE = CLOSES_MINUTE - 30  # the kiosk stops before the doors do
LARGE_TICKETS, DISTRICT_TICKETS = 1_900, 900
SIZE_SPREAD = 0.1
QUEUES = 12
HUMPS = ((10 * 60, 70.0, 0.3), (13 * 60, 90.0, 0.3))  # centre, spread, share; the rest comes evenly
SERVICE_MINUTES_MEAN = 9.0
SERVICE_MINUTES_MIN = 1.0
BUSYNESS = (0.6, 1.25)  # share of its desks' time that a queue would need, least and most
NO_SHOW_SHARE = 0.05


def synthetic_days(count: int, *, seed: int) -> tuple[OfficeDay, ...]:
    """``count`` offices, the first as large as a regional centre; the same seed gives the same days."""
    return tuple(_office(place, seed=seed) for place in range(count))


def _office(place: int, *, seed: int) -> OfficeDay:
    random = Random(f"{seed}/{place}")  # noqa: S311 - a reproducible day, no secret
    usual = LARGE_TICKETS if place == 0 else DISTRICT_TICKETS
    tickets = round(usual * random.uniform(1 - SIZE_SPREAD, 1 + SIZE_SPREAD))
    arrivals = sorted(_arrival(random) for _ in range(tickets))
    weights = [random.uniform(0.3, 1.7) for _ in range(QUEUES)]
    visits: list[Visit] = []
    desks = 0
    for name, minutes in _by_queue(arrivals, weights=weights, random=random).items():
        load = len(minutes) * SERVICE_MINUTES_MEAN / (LAST_TICKET_MINUTE - OPENS_MINUTE)
        desks_here = max(1, round(load / random.uniform(*BUSYNESS)))
        visits += _served(name, minutes, desks=desks_here, random=random)
        desks += desks_here
    visits.sort(key=lambda visit: (visit.issued_minute, visit.queue, int(visit.ticket)))
    return OfficeDay(source=f"S{place + 1:02}", visits=tuple(visits), desks=desks)


def _by_queue(arrivals: list[float], *, weights: list[float], random: Random) -> dict[str, list[float]]:
    queues: dict[str, list[float]] = {}
    for minute in arrivals:
        queue = random.choices(range(QUEUES), weights=weights)[0]
        queues.setdefault(f"Q{queue + 1:02}", []).append(minute)
    return dict(sorted(queues.items()))


def _arrival(random: Random) -> float:
    chance = random.random()
    for centre, spread, share in HUMPS:
        if chance < share:
            minute = random.gauss(centre, spread)
            return round(min(max(minute, OPENS_MINUTE), LAST_TICKET_MINUTE), 2)
        chance -= share
    return round(random.uniform(OPENS_MINUTE, LAST_TICKET_MINUTE), 2)


def _served(queue: str, arrivals: list[float], *, desks: int, random: Random) -> list[Visit]:
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
                queue=queue,
                ticket=str(number),
                issued_minute=issued,
                called_minute=called if is_called else None,
                is_no_show=is_no_show,
            )
        )
    return visits


def _service_minutes(random: Random) -> float:
    return SERVICE_MINUTES_MIN + random.expovariate(1 / (SERVICE_MINUTES_MEAN - SERVICE_MINUTES_MIN))
