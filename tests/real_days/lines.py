"""What the trace of a real line tells of its desks: how many stood open, and how long each visitor kept one.

A desk calls the next visitor as soon as it is free. So a visitor who waited kept no desk standing idle: the desk that
calls was kept until then by its visitor before, with the service and its own pauses. Where the next did not wait, as
far as a trace of five minutes can tell, the desk may have stood idle: the visit took as long as is usual in this line,
at most the time until the next call. Desks of a line take turns: the one that called longest ago calls next.
"""

import heapq
from collections.abc import Sequence
from itertools import accumulate
from statistics import median

import msgspec

from edge_node.waits.days import Called, Day, DesksChanged, Issued

VISIT_MINUTES_USUAL = 10.0  # of a line in which nothing can be told
TRACE_MINUTES = 5.0  # the time between two looks at the office
VISIT_MINUTES_MIN = 0.25  # a number called and nobody came


class RealVisit(msgspec.Struct, frozen=True, kw_only=True):
    """One ticket; ``called_minute`` is None where the office never called it, ``takes`` are minutes at a desk."""

    issued_minute: float
    called_minute: float | None
    takes: float


class RealLine(msgspec.Struct, frozen=True, kw_only=True):
    """The visits of one queue and day in the order of their tickets, and its open desks from each minute on."""

    visits: tuple[RealVisit, ...]
    desks: tuple[tuple[float, int], ...]

    @property
    def desks_max(self) -> int:
        return max((count for _, count in self.desks), default=1)


def real_lines(day: Day) -> dict[str, RealLine]:
    """The lines of a day by queue."""
    return {queue: _line(day, queue) for queue in day.queues}


def _line(day: Day, queue: str) -> RealLine:
    mine = [event for event in day.events if event.queue == queue]
    issued = {event.ticket: event.minute for event in mine if isinstance(event, Issued)}
    called = [(event.minute, issued[event.ticket], event.ticket) for event in mine if isinstance(event, Called)]
    called.sort()
    trace = Trace()
    changes = [(event.minute, event.open_desks) for event in mine if isinstance(event, DesksChanged)]
    trace.follow([(minute, came) for minute, came, _ in called], changes=changes)
    takes = trace.visit_minutes()
    by_ticket = {ticket: minutes for (_, _, ticket), minutes in zip(called, takes, strict=True)}
    usual = median(takes) if takes else VISIT_MINUTES_USUAL
    visits = [
        RealVisit(issued_minute=minute, called_minute=day.called.get(ticket), takes=by_ticket.get(ticket, usual))
        for ticket, minute in issued.items()
    ]
    return RealLine(visits=tuple(visits), desks=trace.desks())


class Trace:
    """The desks of one line, followed through a day."""

    def __init__(self) -> None:
        self._standing: list[tuple[float, int]] = []  # the last call of each desk, and whose it was
        self._known: dict[int, float] = {}
        self._at_most: dict[int, float] = {}
        self._calls = 0
        self._steps: list[tuple[float, int]] = []

    def follow(self, calls: Sequence[tuple[float, float]], *, changes: Sequence[tuple[float, int]]) -> None:
        """Calls as (minute of the call, minute of the ticket), and the open desks from each minute on; in any order.

        The file looked every five minutes: while the line was called from, there was a desk at least.
        """
        last = max((minute for minute, _ in calls), default=0.0)
        open_desks = 1
        steps: list[tuple[float, int, float]] = [(minute, 0, float(desks)) for minute, desks in changes]
        for minute, kind, told in sorted([*steps, *((minute, 1, issued) for minute, issued in calls)]):
            if kind:
                self._call(minute, issued=told, open_desks=open_desks)
            else:
                open_desks = int(told) if minute > last else max(1, int(told))
                while len(self._standing) > open_desks:
                    heapq.heappop(self._standing)
                    self._steps.append((minute, -1))

    def _call(self, called: float, *, issued: float, open_desks: int) -> None:
        has_waited = called - issued >= TRACE_MINUTES
        if len(self._standing) < open_desks:
            self._steps.append((called if has_waited else issued, 1))
        else:
            before, whose = heapq.heappop(self._standing)
            (self._known if has_waited or issued <= before else self._at_most)[whose] = called - before
        heapq.heappush(self._standing, (called, self._calls))
        self._calls += 1

    def visit_minutes(self) -> list[float]:
        """How long each visit kept its desk, in the order of the calls."""
        usual = median(self._known.values()) if self._known else VISIT_MINUTES_USUAL
        takes = (self._known.get(each, min(usual, self._at_most.get(each, usual))) for each in range(self._calls))
        return [max(VISIT_MINUTES_MIN, minutes) for minutes in takes]

    def desks(self) -> tuple[tuple[float, int], ...]:
        """How many desks were at work from each minute on: a desk opens with its first call."""
        counts = accumulate(step for _, step in sorted(self._steps))
        return tuple(zip((minute for minute, _ in sorted(self._steps)), counts, strict=True))
