"""A day of an office lived through the commands of the queue, and the waits of it."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from random import Random
from statistics import mean, quantiles
from tempfile import TemporaryDirectory

import msgspec

from edge_node.replay.synthetic import CLOSES_MINUTE, OPENS_MINUTE, SERVICE_MINUTES_MEAN, synthetic_days
from edge_node.waits.days import Called, Day, DesksChanged, Event, Issued
from sync.vocabulary.catalogue import Sphere
from tests.property.queue.second_book import BrokenError, Lived
from tests.real_days.hall import LivedVisit, RealHall
from tests.real_days.lines import real_lines
from tests.support.hall import Hall


class Waits(msgspec.Struct, frozen=True, kw_only=True):
    """Minutes of those who were called."""

    people: int
    mean: float
    p90: float
    longest: float

    def __str__(self) -> str:
        return f"{self.mean:5.1f} {self.p90:5.0f} {self.longest:5.0f}"


def waits(minutes: Iterable[float]) -> Waits:
    """Their mean, their ninth decile, the longest; zeros where nobody was called."""
    each = list(minutes)
    if len(each) < 2:
        return Waits(people=len(each), mean=sum(each), p90=sum(each), longest=sum(each))
    return Waits(people=len(each), mean=mean(each), p90=quantiles(each, n=10, method="inclusive")[8], longest=max(each))


class LivedDay(msgspec.Struct, frozen=True, kw_only=True):
    """One day of an office under our rule."""

    visits: tuple[LivedVisit, ...]
    lived: Lived

    def waits(self, *, has_priority: bool | None = None) -> Waits:
        """Of those whom the real office called too: all, or only who has, or has not, a right to priority."""
        chosen = (
            each.wait_minutes
            for each in self.visits
            if has_priority in (None, each.has_priority) and each.visit.called_minute is not None
        )
        return waits(minutes for minutes in chosen if minutes is not None)


def live_day(day: Day, *, priority_share: float, seed: int = 1) -> LivedDay:
    """The day through the commands of the queue; raises BrokenError.

    A line of the file is a sphere of ours, with desks of its own; an office with more lines than we have spheres lives
    in several halls, which share nothing, as its lines share nothing.
    """
    lines = list(real_lines(day).items())
    visits: list[LivedVisit] = []
    lived = Lived()
    for place in range(0, len(lines), len(Sphere)):
        random = Random(f"{seed}/{day.office}/{day.on}/{place}")
        with TemporaryDirectory() as folder:
            hall = Hall(Path(folder))
            try:
                room = dict(lines[place : place + len(Sphere)])
                there = hall.do(
                    lambda tx, room=room, random=random, hall=hall: RealHall(
                        tx, hall, room, on=day.on, random=random, priority_share=priority_share
                    ).live()
                )
            except BrokenError as broken:
                raise BrokenError(f"{day.office} on {day.on}: {broken}") from broken
            finally:
                hall.close()
        visits += there[0]
        lived += there[1]
    return LivedDay(visits=tuple(visits), lived=lived)


def generated_day(seed: int) -> Day:
    """A district office's day as ``edge-node replay --synthetic`` makes it, with as many desks as its lines need."""
    made = synthetic_days(2, seed=seed)[1]
    events: list[Event] = []
    called: dict[int, float] = {}
    for place, visit in enumerate(made.visits):
        events.append(Issued(visit.issued_minute, visit.queue, place))
        if visit.called_minute is not None:
            events.append(Called(visit.called_minute, visit.queue, place))
            called[place] = visit.called_minute
    queues = sorted({visit.queue for visit in made.visits})
    for queue in queues:
        people = sum(visit.queue == queue for visit in made.visits)
        desks = max(1, round(people * SERVICE_MINUTES_MEAN / (CLOSES_MINUTE - OPENS_MINUTE)))
        events += [DesksChanged(OPENS_MINUTE, queue, desks, None), DesksChanged(CLOSES_MINUTE, queue, 0, None)]
    order = {DesksChanged: 0, Issued: 1, Called: 2}
    events.sort(key=lambda event: (event.minute, order[type(event)]))
    return Day(
        office=made.source,
        on=date(2020, 1, 6 + seed % 5),
        queues=tuple(queues),
        events=tuple(events),
        called=called,
        queues_without_desks=0,
    )


def real_waits(day: Day) -> Waits:
    """As it was."""
    issued = {event.ticket: event.minute for event in day.events if isinstance(event, Issued)}
    return waits(minute - issued[ticket] for ticket, minute in day.called.items())
