"""Random days of a hall, through the real commands and SQL, checked against the rule in plain Python and its bound.

``python -m tests.property.queue.days [--days 10000] [--seed 1]``: exit status 1 at the first day that breaks a promise.
"""

import argparse
import sys
from datetime import timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from edge_node.queue import commands, queries
from edge_node.queue.model import (
    BreakReason,
    Desk,
    DeskPlan,
    Language,
    Ticket,
    Wish,
)
from sync.storage import Transaction
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.ids import DeskId
from sync.vocabulary.ticket import PriorityCategory, Purpose, TicketState
from tests.property.queue.second_book import BrokenError, Lived, SecondBook
from tests.support.hall import Hall, clerk

SPHERES = (Sphere.PASSPORTS, Sphere.PENSIONS, Sphere.BUSINESS)
MINUTES = 90
EVERY = timedelta(minutes=1)


class Day:
    """One day: who comes, what the desks do, and the second book of it."""

    def __init__(self, tx: Transaction, hall: Hall, random: Random) -> None:
        self.tx, self.hall, self.random = tx, hall, random
        self.book = SecondBook(tx)
        self.busy: dict[DeskId, int] = {}
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
        return self.book.lived()

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
        self.book.begin_anew(desk_id)

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
        if self.book.call(desk, now=self.now) is not None:
            self.busy[desk.id] = minute + self.random.randint(1, 15)

    def _close(self) -> None:
        for desk_id in self.all_desks:
            desk = queries.desk(self.tx, desk_id=desk_id)
            if desk.occupant_id is not None:
                commands.close_desk(self.tx, desk_id=desk_id, by=clerk(desk), now=self.now)
        self.book.close(now=self.now)


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
