"""One hall of a real day: its visitors come when they came, its desks open and close when they did, our rule calls."""

import heapq
from datetime import date, datetime, time, timedelta
from itertools import count
from random import Random

import msgspec

from edge_node.queue import commands, queries
from edge_node.queue.model import DeskPlan, Ticket, Wish
from sync.storage import Transaction
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.ids import DeskId
from sync.vocabulary.ticket import PriorityCategory, Purpose, TicketState
from sync.vocabulary.working_days import KYIV
from tests.property.queue.second_book import BrokenError, Lived, SecondBook
from tests.real_days.lines import RealLine, RealVisit
from tests.support.hall import Hall, clerk

LOOK_MINUTES = 15
DAY_MINUTES = 24 * 60
_DESKS, _FREE, _ISSUE, _LOOK = range(4)  # of one minute, in this order


class LivedVisit(msgspec.Struct, frozen=True, kw_only=True):
    """One visitor under our rule; ``wait_minutes`` is None where the desks closed before the call."""

    visit: RealVisit
    has_priority: bool
    wait_minutes: float | None


class Line:
    """A sphere of the hall, as the day goes."""

    def __init__(self, sphere: Sphere, *, changes: int) -> None:
        self.sphere = sphere
        self.wanted = 0  # desks that are to stand open
        self.changes_left = changes
        self.closed: list[DeskId] = []
        self.free: list[DeskId] = []
        self.busy: dict[DeskId, Ticket] = {}
        self.waiting: dict[str, RealVisit] = {}

    def open_desks(self) -> int:
        return len(self.free) + len(self.busy)

    def desks_wanted(self) -> int:
        """When the desks close for the day, the last stays while somebody waits whom the real office called."""
        if self.wanted > 0 or self.changes_left > 0:
            return self.wanted
        return int(any(visit.called_minute is not None for visit in self.waiting.values()))


class RealHall:
    """A day of at most as many lines as there are spheres."""

    def __init__(
        self,
        tx: Transaction,
        hall: Hall,
        lines: dict[str, RealLine],
        *,
        on: date,
        random: Random,
        priority_share: float,
    ) -> None:
        self._tx, self._hall, self._random, self._share = tx, hall, random, priority_share
        self._midnight = datetime.combine(on, time(), KYIV)
        self._book = SecondBook(tx)
        self._lines = [
            Line(sphere, changes=len(real.desks)) for sphere, real in zip(Sphere, lines.values(), strict=False)
        ]
        self._visits: dict[str, tuple[RealVisit, Ticket]] = {}
        self._order = count()
        self._agenda: list[tuple[float, int, int, Line, object]] = []
        for line, real in zip(self._lines, lines.values(), strict=True):
            for minute, desks in real.desks:
                self._plan(minute, _DESKS, line, desks)
            for visit in real.visits:
                self._plan(visit.issued_minute, _ISSUE, line, visit)
        for minute in range(0, DAY_MINUTES, LOOK_MINUTES):
            self._plan(minute, _LOOK, self._lines[0], None)
        self._set_up([real.desks_max for real in lines.values()])

    @property
    def _now(self) -> datetime:
        return self._hall.clock.now()

    def live(self) -> tuple[list[LivedVisit], Lived]:
        """The whole day; raises BrokenError."""
        while self._agenda:
            minute, what, _, line, subject = heapq.heappop(self._agenda)
            self._move_to(minute)
            match what, subject:
                case (_, int(desks)):
                    line.wanted, line.changes_left = desks, line.changes_left - 1
                case (_, RealVisit() as visit):
                    self._issue(line, visit)
                case (_, str(desk_id)):
                    self._finish(line, DeskId(desk_id))
                case _:
                    self._look()
                    continue
            self._fit_desks(line)
            self._call(line, minute)
            self._fit_desks(line)
        return self._end()

    def _plan(self, minute: float, what: int, line: Line, subject: object) -> None:
        heapq.heappush(self._agenda, (minute, what, next(self._order), line, subject))

    def _set_up(self, desks: list[int]) -> None:
        spheres = [line.sphere for line, number in zip(self._lines, desks, strict=True) for _ in range(number)]
        plans = [DeskPlan(number=number, spheres=(sphere,)) for number, sphere in enumerate(spheres, start=1)]
        for desk in commands.set_up_desks(self._tx, plans, ids=self._hall.ids):
            next(line for line in self._lines if line.sphere in desk.spheres).closed.append(desk.id)

    def _move_to(self, minute: float) -> None:
        self._hall.clock.move(seconds=(self._midnight + timedelta(minutes=minute) - self._now).total_seconds())

    def _issue(self, line: Line, visit: RealVisit) -> None:
        priority = self._random.choice(list(PriorityCategory)) if self._random.random() < self._share else None
        wish = Wish(sphere=line.sphere, purpose=Purpose.FILE, priority=priority)
        token = self._hall.ids.new()
        ticket = commands.issue_ticket(self._tx, wish=wish, token=token, now=self._now, ids=self._hall.ids)
        line.waiting[ticket.id] = visit
        self._visits[ticket.id] = (visit, ticket)

    def _finish(self, line: Line, desk_id: DeskId) -> None:
        ticket = line.busy.pop(desk_id)
        by = clerk(queries.desk(self._tx, desk_id=desk_id))
        commands.finish(self._tx, ticket_id=ticket.id, by=by, now=self._now)
        line.free.append(desk_id)

    def _fit_desks(self, line: Line) -> None:
        wanted = line.desks_wanted()
        while line.open_desks() < wanted and line.closed:
            desk_id = line.closed.pop(0)
            desk = queries.desk(self._tx, desk_id=desk_id)
            commands.occupy_desk(self._tx, desk_id=desk_id, by=clerk(desk), now=self._now)
            self._book.begin_anew(desk_id)
            line.free.append(desk_id)
        while line.open_desks() > wanted and line.free:
            desk_id = line.free.pop()
            desk = queries.desk(self._tx, desk_id=desk_id)
            commands.leave_desk(self._tx, desk_id=desk_id, by=clerk(desk), now=self._now)
            line.closed.append(desk_id)

    def _call(self, line: Line, minute: float) -> None:
        while line.free and line.waiting:
            desk_id = line.free.pop(0)
            desk = queries.desk(self._tx, desk_id=desk_id)
            called = self._book.call(desk, now=self._now)
            if called is None or called.id not in line.waiting:
                raise BrokenError(f"{len(line.waiting)} wait for desk {desk.number}, it called {called}")
            visit = line.waiting.pop(called.id)
            commands.start_serving(self._tx, ticket_id=called.id, by=clerk(desk), now=self._now)
            line.busy[desk_id] = called
            self._plan(minute + visit.takes, _FREE, line, desk_id)

    def _look(self) -> None:
        """The board's number of people waiting is the number who took a ticket and were not called."""
        shown = {each.sphere: each.waiting for each in queries.queue_now(self._tx, now=self._now).waiting}
        for line in self._lines:
            if shown.get(line.sphere, 0) != len(line.waiting):
                raise BrokenError(f"the board has {shown.get(line.sphere)} waiting, there are {len(line.waiting)}")

    def _end(self) -> tuple[list[LivedVisit], Lived]:
        """Midnight: who was not called has left; every other visit came to its end at a desk."""
        self._look()
        tickets = self._book.close(now=self._now)
        if (
            len({ticket.number for ticket in tickets.values()}) != len(self._visits)
            or tickets.keys() != self._visits.keys()
        ):
            raise BrokenError(f"{len(self._visits)} came, there are {len(tickets)} tickets")
        lived = [self._lived(visit, tickets[ticket_id]) for ticket_id, (visit, _) in self._visits.items()]
        left = sum(len(line.waiting) for line in self._lines)
        self._move_to(DAY_MINUTES + 1)
        if commands.end_past_days(self._tx, now=self._now) != left:
            raise BrokenError(f"{left} still waited at midnight, others were sent home")
        return lived, self._book.lived()

    def _lived(self, visit: RealVisit, ticket: Ticket) -> LivedVisit:
        is_over = ticket.state is TicketState.SERVED
        if not is_over and (ticket.state is not TicketState.WAITING or visit.called_minute is not None):
            raise BrokenError(f"{ticket.number} is {ticket.state} at the end of the day")
        wait = None if ticket.called_at is None else (ticket.called_at - ticket.issued_at).total_seconds() / 60
        if wait is not None and wait < 0:
            raise BrokenError(f"{ticket.number} was called before it was issued")
        return LivedVisit(visit=visit, has_priority=ticket.priority is not None, wait_minutes=wait)
