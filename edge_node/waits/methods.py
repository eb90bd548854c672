"""The simple methods ours is held against, each the minutes for the last in line at a point, at most 300."""

from collections.abc import Callable

from edge_node.queue.model.waits.features import SERVICE_MINUTES, TRUTH_MINUTES_MAX
from edge_node.waits.watching import Point

_HOUR = 60.0


def static(point: Point) -> float:
    """People in line × the minutes the office publishes ÷ open desks; the norm of 15 where it publishes none."""
    return _at_most(len(point.line.waiting) * (point.published or SERVICE_MINUTES) / point.line.desks)


def throughput(point: Point) -> float:
    """People in line ÷ calls of the last hour; before the first, people × the norm of 15 minutes ÷ open desks."""
    called = point.line.called_within(_HOUR)
    people = len(point.line.waiting)
    return _at_most(people * _HOUR / called if called else people * SERVICE_MINUTES / point.line.desks)


def last_wait(point: Point) -> float:
    """How long the ticket called last had waited; before the first call, as by throughput."""
    return point.line.waits[-1] if point.line.waits else throughput(point)


def mix(point: Point) -> float:
    """Half last-hour throughput, half the wait of the ticket called last."""
    return (throughput(point) + last_wait(point)) / 2


SIMPLE: dict[str, Callable[[Point], float]] = {
    "static": static,
    "throughput": throughput,
    "last_wait": last_wait,
    "mix": mix,
}


def _at_most(minutes: float) -> float:
    return min(minutes, TRUTH_MINUTES_MAX)
