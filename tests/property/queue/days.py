"""Random days of a hall, through the real commands and SQL, checked against the rule in plain Python and its bound.

``python -m tests.property.queue.days [--days 10000] [--seed 1]``: exit status 1 at the first day that breaks a promise.
"""

import argparse
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import msgspec

from edge_node.queue import commands, queries
from edge_node.queue.model import (
    APPOINTMENTS_IN_A_ROW_MAX,
    PRIORITY_IN_A_ROW_MAX,
    BreakReason,
    CallReason,
    Candidates,
    Choice,
    Desk,
    DeskPlan,
    Language,
    LogEntry,
    Ticket,
    Wish,
    calls_until_turn,
    choose,
)
from sync.storage import Transaction
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.ids import DeskId
from sync.vocabulary.ticket import PriorityCategory, Purpose, TicketState
from sync.vocabulary.working_days import local_day
from tests.support.hall import Hall, clerk
from tests.support.queue_log import states_by_log

SPHERES = (Sphere.PASSPORTS, Sphere.PENSIONS, Sphere.BUSINESS)
MINUTES = 90
EVERY = timedelta(minutes=1)


class BrokenError(AssertionError):
    """A promise of the rule did not hold; the text says which, and the day's seed."""


class Stay:
    """One stay of a ticket in the queue: what came before it, and which desks called past it."""

    def __init__(self, ticket: Ticket) -> None:
        self.ticket = ticket
        self.before: set[tuple[str, int]] = set()
        self.calls = 0
        self.runs = 0
        self.in_run: set[DeskId] = set()

    def meets(self, other: "Stay", *, entry: int) -> None:
        """``other`` waits at the same time, for the ``entry``-th time."""
        mine, theirs = self.ticket, other.ticket
        if (theirs.due_at is None) == (mine.due_at is None) and _order(theirs) < _order(mine):
            self.before.add((theirs.id, entry))

    def is_passed(self, desk: Desk) -> None:
        self.calls += 1
        if desk.id not in self.in_run:
            self.in_run.add(desk.id)
            self.runs += 1

    @property
    def bound(self) -> int:
        has_priority = self.ticket.priority is not None
        return calls_until_turn(ranked_before=len(self.before), has_priority=has_priority, desk_sessions=self.runs)


def _order(ticket: Ticket) -> tuple[object, str]:
    return (ticket.due_at or ticket.rank_at, ticket.id)


class Lived(msgspec.Struct, frozen=True, kw_only=True):
    """What the days had in them; ``nearest`` is the most calls past one who waited, as a share of their bound."""

    calls: int = 0
    nearest: float = 0
    turns_after_priority: int = 0
    turns_after_appointments: int = 0

    def __add__(self, other: "Lived") -> "Lived":
        return Lived(
            calls=self.calls + other.calls,
            nearest=max(self.nearest, other.nearest),
            turns_after_priority=self.turns_after_priority + other.turns_after_priority,
            turns_after_appointments=self.turns_after_appointments + other.turns_after_appointments,
        )


class Day:
    """One day: who comes, what the desks do, and the second book of it."""

    def __init__(self, tx: Transaction, hall: Hall, random: Random) -> None:
        self.tx, self.hall, self.random = tx, hall, random
        self.stays: dict[str, Stay] = {}
        self.entries: dict[str, int] = {}
        self.busy: dict[DeskId, int] = {}
        self.last_calls: dict[DeskId, list[bool]] = {}
        self.last_hours: dict[DeskId, list[bool]] = {}
        self.put_off: set[DeskId] = set()
        self.reasons: Counter[CallReason] = Counter()
        self.nearest = 0.0
        self.rush = random.choice((0.1, 0.25, 0.5))
        self.booked = random.choice((0.1, 0.25, 0.8))

    @property
    def now(self):
        return self.hall.clock.now()

    def live(self) -> Lived:
        """The whole day."""
        plans = [self._plan(number) for number in range(1, self.random.randint(2, 5))]
        commands.set_up_desks(self.tx, plans, ids=self.hall.ids)
        self.all_desks = [desk.id for desk in queries.desks(self.tx) if desk.number <= len(plans)]
        self.served = sorted({sphere for plan in plans for sphere in plan.spheres})
        for desk_id in self.all_desks:
            self._open(desk_id)
        for minute in range(MINUTES):
            self._arrive()
            self.random.shuffle(self.all_desks)
            for desk_id in self.all_desks:
                self._work(desk_id, minute)
            self.hall.clock.move(minutes=1)
        self._close()
        return Lived(
            calls=self.reasons.total(),
            nearest=self.nearest,
            turns_after_priority=self.reasons[CallReason.TURN_AFTER_PRIORITY],
            turns_after_appointments=self.reasons[CallReason.TURN_AFTER_APPOINTMENTS],
        )

    def _plan(self, number: int) -> DeskPlan:
        spheres = tuple(sphere for sphere in SPHERES if self.random.random() < 0.6) or (SPHERES[0],)
        languages = tuple(Language) if self.random.random() < 0.7 else (Language.UKRAINIAN,)
        return DeskPlan(number=number, spheres=spheres, languages=languages, signs=self.random.random() < 0.3)

    def _arrive(self) -> None:
        while self.random.random() < self.rush:
            wish = Wish(
                sphere=self.random.choice(self.served),
                purpose=Purpose.FILE,
                priority=self.random.choice([None, None, *PriorityCategory][: self.random.choice((1, 5))]),
                language=self.random.choice((Language.UKRAINIAN, Language.UKRAINIAN, Language.ENGLISH)),
                needs_sign_language=self.random.random() < 0.1,
            )
            hour = self.now + EVERY * self.random.randint(-20, 30) if self.random.random() < self.booked else None
            token = self.hall.ids.new()
            commands.issue_ticket(self.tx, wish=wish, token=token, now=self.now, ids=self.hall.ids, appointment_at=hour)
            self.hall.clock.move(microseconds=2000)

    def _open(self, desk_id: DeskId) -> None:
        desk = queries.desk(self.tx, desk_id=desk_id)
        commands.occupy_desk(self.tx, desk_id=desk_id, by=clerk(desk), now=self.now)
        self._begin_anew(desk_id)

    def _begin_anew(self, desk_id: DeskId) -> None:
        self.last_calls[desk_id], self.last_hours[desk_id] = [], []
        self.put_off.discard(desk_id)
        for stay in self.stays.values():
            stay.in_run.discard(desk_id)

    def _work(self, desk_id: DeskId, minute: int) -> None:
        desk = queries.desk(self.tx, desk_id=desk_id)
        facts = {"by": clerk(desk), "now": self.now}
        if desk.occupant_id is None:
            if self.random.random() < 0.2:
                self._open(desk_id)
            return
        if desk.break_reason is not None:
            if self.random.random() < 0.2:
                commands.end_break(self.tx, desk_id=desk_id, **facts)
            return
        standing = queries.ticket_at_desk(self.tx, desk_id=desk_id)
        if standing is not None:
            if minute >= self.busy[desk_id]:
                self._part(standing, **facts)
            return
        if self.random.random() < 0.02:
            commands.leave_desk(self.tx, desk_id=desk_id, **facts)
            return
        if self.random.random() < 0.02:
            commands.begin_break(self.tx, desk_id=desk_id, reason=BreakReason.REST, **facts)
            return
        self._call(desk, minute)

    def _part(self, ticket: Ticket, **facts: object) -> None:
        facts["ticket_id"] = ticket.id
        match self.random.random():
            case draw if draw < 0.1:
                commands.no_show(self.tx, **facts)
                if ticket.restored_at is None and self.random.random() < 0.5:
                    commands.restore(self.tx, number=ticket.number, by=facts["by"], now=self.now)
            case draw if draw < 0.2:
                sphere = self.random.choice(SPHERES)
                if queries.is_served(self.tx, sphere=sphere):
                    commands.transfer_to_sphere(self.tx, sphere=sphere, **facts)
            case draw if draw < 0.25:
                there = next((each.id for each in queries.open_desks(self.tx)), None)
                if there is not None:
                    commands.transfer_to_desk(self.tx, desk_id=there, **facts)
            case draw if draw < 0.3:
                only = self.random.choice((None, ticket.desk_id))
                commands.park(self.tx, minutes=self.random.randint(1, 30), only_desk_id=only, **facts)
            case _:
                commands.start_serving(self.tx, **facts)
                self._serve(ticket, **facts)

    def _serve(self, ticket: Ticket, **facts: object) -> None:
        if self.random.random() < 0.15:
            sphere = self.random.choice(self.served)
            gone_on = commands.next_service(self.tx, sphere=sphere, purpose=Purpose.CONSULT, **facts)
            if gone_on.state is TicketState.SERVING:
                commands.redirect(self.tx, to="Пенсійний фонд", **facts)
            return
        commands.finish(self.tx, **facts)
        if self.random.random() < 0.15:
            commands.undo_last(self.tx, desk_id=ticket.desk_id, by=facts["by"], now=self.now)
            commands.finish(self.tx, **facts)

    def _call(self, desk: Desk, minute: int) -> None:
        commands.return_due(self.tx, now=self.now)
        waiting = self._book()
        open_desks = [each for each in queries.desks(self.tx) if each.occupant_id and not each.break_reason]
        mine = [ticket for ticket in waiting if may_call(desk, ticket, open_desks)]
        self._runs_end(desk, mine)
        expected = choose(among(mine, desk=desk, now=self.now), desk=desk)
        if expected is None:
            return
        called = commands.call_next(self.tx, desk_id=desk.id, by=clerk(desk), now=self.now)
        if called.id != expected.ticket.id:
            raise BrokenError(f"{called.number} was called, by the rule it is {expected.ticket.number}")
        self._check(desk, expected, mine)
        self.busy[desk.id] = minute + self.random.randint(1, 15)

    def _book(self) -> list[Ticket]:
        """Who waits, with a stay for each; one who left the queue and came back begins another."""
        sql = "select * from tickets_with_desk where state = 'waiting'"
        waiting = self.tx.rows(sql, Ticket)
        for gone in self.stays.keys() - {ticket.id for ticket in waiting}:
            del self.stays[gone]
        for ticket in waiting:
            stay = self.stays.get(ticket.id)
            if stay is None or stay.ticket != ticket:
                self._enter(Stay(ticket))
        return waiting

    def _enter(self, fresh: Stay) -> None:
        ticket_id = fresh.ticket.id
        self.stays.pop(ticket_id, None)
        self.entries[ticket_id] = self.entries.get(ticket_id, 0) + 1
        for other in self.stays.values():
            other.meets(fresh, entry=self.entries[ticket_id])
            fresh.meets(other, entry=self.entries[other.ticket.id])
        self.stays[ticket_id] = fresh

    def _runs_end(self, desk: Desk, mine: list[Ticket]) -> None:
        for unseen in self.stays.keys() - {ticket.id for ticket in mine}:
            self.stays[unseen].in_run.discard(desk.id)

    def _check(self, desk: Desk, choice: Choice, mine: list[Ticket]) -> None:
        for ticket in mine:
            if not self._came_early(ticket):
                stay = self.stays[ticket.id]
                stay.is_passed(desk)
                self.nearest = max(self.nearest, stay.calls / stay.bound)
                if stay.calls > stay.bound:
                    raise BrokenError(f"{ticket.number} saw {stay.calls} calls, the bound is {stay.bound}")
        self._check_priority(desk, choice.ticket, mine)
        self._check_hours(desk, choice.ticket, mine)
        self.reasons[choice.reason] += 1
        del self.stays[choice.ticket.id]

    def _came_early(self, ticket: Ticket) -> bool:
        return ticket.due_at is not None and ticket.due_at > self.now

    def _check_priority(self, desk: Desk, called: Ticket, mine: list[Ticket]) -> None:
        row = self.last_calls[desk.id]
        row.append(called.priority is not None)
        others = [each for each in mine if each.priority is None and not self._came_early(each)]
        if others and len(row) > PRIORITY_IN_A_ROW_MAX and all(row[-PRIORITY_IN_A_ROW_MAX - 1 :]):
            raise BrokenError(f"{called.number} is a third with priority in a row, {others[0].number} waited")

    def _check_hours(self, desk: Desk, called: Ticket, mine: list[Ticket]) -> None:
        """One with priority may be put off a third time, once: where the turn of those without is an appointment's."""
        row = self.last_hours[desk.id]
        row.append(called.due_at is not None)
        others = [each for each in mine if each.due_at is None]
        if not (others and len(row) > APPOINTMENTS_IN_A_ROW_MAX and all(row[-APPOINTMENTS_IN_A_ROW_MAX - 1 :])):
            self.put_off.discard(desk.id)
            return
        has_turn = called.priority is None and all(each.priority is not None for each in others)
        if not has_turn or desk.id in self.put_off:
            raise BrokenError(f"{called.number} is a third by its hour in a row, {others[0].number} waited")
        self.put_off.add(desk.id)

    def _close(self) -> None:
        for desk_id in self.all_desks:
            desk = queries.desk(self.tx, desk_id=desk_id)
            if desk.occupant_id is not None:
                commands.close_desk(self.tx, desk_id=desk_id, by=clerk(desk), now=self.now)
        today = {"day": local_day(self.now)}
        log = self.tx.rows("select * from queue_events where day = :day order by sequence", LogEntry, **today)
        tickets = self.tx.rows("select * from tickets_with_desk where day = :day", Ticket, **today)
        told = states_by_log(each for each in log if each.reason != "midnight")
        if told != {ticket.id: ticket.state for ticket in tickets}:
            raise BrokenError("the log does not tell the tickets of now")


def may_call(desk: Desk, ticket: Ticket, open_desks: list[Desk]) -> bool:
    """Whether the ticket is for this desk: the first part of the rule, in plain words."""
    if ticket.wanted_desk_id is not None:
        return ticket.wanted_desk_id == desk.id
    of_sphere = [each for each in open_desks if ticket.sphere in each.spheres]
    understands = ticket.language in desk.languages or not any(ticket.language in d.languages for d in of_sphere)
    signs = not ticket.needs_sign_language or desk.signs or not any(d.signs for d in of_sphere)
    return ticket.sphere in desk.spheres and understands and signs


def among(mine: list[Ticket], *, desk: Desk, now) -> Candidates:
    """The candidates of a desk, by sorting."""
    due = sorted((ticket for ticket in mine if ticket.due_at is not None and ticket.due_at <= now), key=_order)
    walk_in = sorted((ticket for ticket in mine if ticket.due_at is None), key=_order)
    early = sorted((ticket for ticket in mine if ticket.due_at is not None and ticket.due_at > now), key=_order)
    return Candidates(
        due=next(iter(due), None),
        due_ordinary=next((ticket for ticket in due if ticket.priority is None), None),
        first=next(iter(walk_in), None),
        first_ordinary=next((ticket for ticket in walk_in if ticket.priority is None), None),
        early=next(iter(early), None),
    )


def live_days(*, days: int, seed: int) -> Lived:
    """Live that many random days. Raises BrokenError with the seed of the day."""
    lived = Lived()
    with TemporaryDirectory() as folder:
        hall = Hall(Path(folder))
        try:
            for number in range(days):
                random = Random(f"{seed}/{number}")
                try:
                    lived += hall.do(lambda tx, random=random: Day(tx, hall, random).live())
                except BrokenError as broken:
                    raise BrokenError(f"--seed {seed}, day {number}: {broken}") from broken
                hall.clock.move(hours=24, minutes=-MINUTES)
        finally:
            hall.close()
    return lived


def main() -> int:
    parser = argparse.ArgumentParser(description="Random days of a hall against the rule of turns.")
    parser.add_argument("--days", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    try:
        lived = live_days(days=wanted.days, seed=wanted.seed)
    except BrokenError as broken:
        sys.stdout.write(f"{broken}\n")
        return 1
    turns = f"after_priority={lived.turns_after_priority} after_appointments={lived.turns_after_appointments}"
    figures = f"days={wanted.days} calls={lived.calls} {turns} nearest_to_bound={lived.nearest:.2f}"
    sys.stdout.write(f"{figures} waited_longer=0 third_in_a_row=0 other_than_the_rule=0\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
