"""Going through days as an office lives them: at a point nothing is known but what has happened.

A point is every five minutes of the day, for each queue with somebody waiting and a desk open. What is asked there is
how long until the last ticket in line at that moment is called.
"""

from collections.abc import Iterator
from datetime import date

import msgspec

from edge_node.queue.model.waits.bins import DAYS_MAX, DayBins, PastDays, past_days
from edge_node.queue.model.waits.features import Hall, features, hall_of
from edge_node.queue.model.waits.line import DAY_MINUTES, Line
from edge_node.waits.days import Called, Day, DesksChanged, Event, Issued

STEP_MINUTES = 5


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """One queue at a point; ``ticket`` is the last in line, ``published`` the minutes the office showed.

    ``line`` goes on living: it is to be read before the next point is asked for.
    """

    office: str
    on: date
    queue: str
    minute: int
    ticket: int
    line: Line
    hall: Hall
    past: PastDays | None
    published: float | None

    def features(self) -> list[float]:
        """The numbers the trees look at, for the last in line."""
        return features(
            self.line, people=len(self.line.waiting), minute=float(self.minute), hall=self.hall, past=self.past
        )


class OfficeWatch:
    """One office, watched day after day."""

    def __init__(self) -> None:
        self._days: dict[str, list[DayBins]] = {}

    def watch(self, day: Day) -> Iterator[Point | Called]:
        """The points of ``day``, and between them each call that happened meanwhile, in order of time.

        What is learned of the day counts from the next day on.
        """
        past = {queue: past_days(self._days.get(queue, [])) for queue in day.queues}
        lines = {queue: Line() for queue in day.queues}
        published: dict[str, float | None] = {}
        place = 0
        for minute in range(0, DAY_MINUTES + 1, STEP_MINUTES):
            while place < len(day.events) and day.events[place].minute <= minute:
                event = day.events[place]
                place += 1
                _tell(lines[event.queue], event)
                if isinstance(event, DesksChanged):
                    published[event.queue] = event.published
                if isinstance(event, Called):
                    yield event
            yield from _points(day, minute=minute, lines=lines, past=past, published=published)
        for queue, line in lines.items():
            self._days[queue] = [*self._days.get(queue, []), line.bins][-DAYS_MAX:]


def _points(
    day: Day,
    *,
    minute: int,
    lines: dict[str, Line],
    past: dict[str, PastDays | None],
    published: dict[str, float | None],
) -> Iterator[Point]:
    for line in lines.values():
        line.advance(minute)
    hall = hall_of(list(lines.values()))
    for queue, line in lines.items():
        if line.waiting and line.desks:
            yield Point(
                office=day.office,
                on=day.on,
                queue=queue,
                minute=minute,
                ticket=int(next(reversed(line.waiting))),
                line=line,
                hall=hall,
                past=past[queue],
                published=published.get(queue),
            )


def _tell(line: Line, event: Event) -> None:
    match event:
        case Issued(minute=minute, ticket=ticket):
            line.issue(str(ticket), minute=minute)
        case Called(minute=minute, ticket=ticket):
            line.call(str(ticket), minute=minute)
        case DesksChanged(minute=minute, open_desks=count):
            line.open_desks(count, minute=minute)
