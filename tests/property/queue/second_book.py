"""The second book of a day: who waits, whose turn it is by the rule in plain Python, and how long a turn may be off."""

from collections import Counter
from datetime import datetime

import msgspec

from edge_node.queue import commands, queries
from edge_node.queue.model import (
    APPOINTMENTS_IN_A_ROW_MAX,
    PRIORITY_IN_A_ROW_MAX,
    CallReason,
    Candidates,
    Choice,
    Desk,
    LogEntry,
    Ticket,
    calls_until_turn,
    choose,
)
from sync.storage import Transaction
from sync.vocabulary.ids import DeskId
from sync.vocabulary.working_days import local_day
from tests.support.hall import clerk
from tests.support.queue_log import CalledTwiceError, states_by_log


class BrokenError(AssertionError):
    """A promise of the rule did not hold; the text says which."""


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


class SecondBook:
    """Calls for the desks of one day, and raises BrokenError at the first call that breaks a promise."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._stays: dict[str, Stay] = {}
        self._entries: dict[str, int] = {}
        self._last_calls: dict[DeskId, list[bool]] = {}
        self._last_hours: dict[DeskId, list[bool]] = {}
        self._put_off: set[DeskId] = set()
        self._reasons: Counter[CallReason] = Counter()
        self._nearest = 0.0

    def lived(self) -> Lived:
        """What the calls so far had in them."""
        return Lived(
            calls=self._reasons.total(),
            nearest=self._nearest,
            turns_after_priority=self._reasons[CallReason.TURN_AFTER_PRIORITY],
            turns_after_appointments=self._reasons[CallReason.TURN_AFTER_APPOINTMENTS],
        )

    def begin_anew(self, desk_id: DeskId) -> None:
        """The desk opens; what it called in a row before does not count."""
        self._last_calls[desk_id], self._last_hours[desk_id] = [], []
        self._put_off.discard(desk_id)
        for stay in self._stays.values():
            stay.in_run.discard(desk_id)

    def call(self, desk: Desk, *, now: datetime) -> Ticket | None:
        """Let the desk call the next visitor; None where nobody waits for it."""
        commands.return_due(self._tx, now=now)
        waiting = self._book()
        open_desks = [each for each in queries.desks(self._tx) if each.occupant_id and not each.break_reason]
        mine = [ticket for ticket in waiting if may_call(desk, ticket, open_desks)]
        self._runs_end(desk, mine)
        expected = choose(among(mine, now=now), desk=desk)
        if expected is None:
            return None
        called = commands.call_next(self._tx, desk_id=desk.id, by=clerk(desk), now=now)
        if called.id != expected.ticket.id:
            raise BrokenError(f"{called.number} was called, by the rule it is {expected.ticket.number}")
        self._check(expected, desk=desk, mine=mine, now=now)
        return called

    def close(self, *, now: datetime) -> dict[str, Ticket]:
        """The tickets of the day by id, as they stand and as its log tells them."""
        today = {"day": local_day(now)}
        log = self._tx.rows("select * from queue_events where day = :day order by sequence", LogEntry, **today)
        tickets = self._tx.rows("select * from tickets_with_desk where day = :day", Ticket, **today)
        try:
            told = states_by_log(each for each in log if each.reason != "midnight")
        except CalledTwiceError as twice:
            raise BrokenError(f"{twice} was called by two") from twice
        if told != {ticket.id: ticket.state for ticket in tickets}:
            raise BrokenError("the log does not tell the tickets of now")
        return {ticket.id: ticket for ticket in tickets}

    def _book(self) -> list[Ticket]:
        """Who waits, with a stay for each; one who left the queue and came back begins another."""
        sql = "select * from tickets_with_desk where state = 'waiting'"
        waiting = self._tx.rows(sql, Ticket)
        for gone in self._stays.keys() - {ticket.id for ticket in waiting}:
            del self._stays[gone]
        for ticket in waiting:
            stay = self._stays.get(ticket.id)
            if stay is None or stay.ticket != ticket:
                self._enter(Stay(ticket))
        return waiting

    def _enter(self, fresh: Stay) -> None:
        ticket_id = fresh.ticket.id
        self._stays.pop(ticket_id, None)
        self._entries[ticket_id] = self._entries.get(ticket_id, 0) + 1
        for other in self._stays.values():
            other.meets(fresh, entry=self._entries[ticket_id])
            fresh.meets(other, entry=self._entries[other.ticket.id])
        self._stays[ticket_id] = fresh

    def _runs_end(self, desk: Desk, mine: list[Ticket]) -> None:
        for unseen in self._stays.keys() - {ticket.id for ticket in mine}:
            self._stays[unseen].in_run.discard(desk.id)

    def _check(self, choice: Choice, *, desk: Desk, mine: list[Ticket], now: datetime) -> None:
        for ticket in mine:
            if not _came_early(ticket, now=now):
                stay = self._stays[ticket.id]
                stay.is_passed(desk)
                self._nearest = max(self._nearest, stay.calls / stay.bound)
                if stay.calls > stay.bound:
                    raise BrokenError(f"{ticket.number} saw {stay.calls} calls, the bound is {stay.bound}")
        self._check_priority(choice.ticket, desk=desk, mine=mine, now=now)
        self._check_hours(choice.ticket, desk=desk, mine=mine)
        self._reasons[choice.reason] += 1
        del self._stays[choice.ticket.id]

    def _check_priority(self, called: Ticket, *, desk: Desk, mine: list[Ticket], now: datetime) -> None:
        row = self._last_calls[desk.id]
        row.append(called.priority is not None)
        others = [each for each in mine if each.priority is None and not _came_early(each, now=now)]
        if others and len(row) > PRIORITY_IN_A_ROW_MAX and all(row[-PRIORITY_IN_A_ROW_MAX - 1 :]):
            raise BrokenError(f"{called.number} is a third with priority in a row, {others[0].number} waited")

    def _check_hours(self, called: Ticket, *, desk: Desk, mine: list[Ticket]) -> None:
        """One with priority may be put off a third time, once: where the turn of those without is an appointment's."""
        row = self._last_hours[desk.id]
        row.append(called.due_at is not None)
        others = [each for each in mine if each.due_at is None]
        if not (others and len(row) > APPOINTMENTS_IN_A_ROW_MAX and all(row[-APPOINTMENTS_IN_A_ROW_MAX - 1 :])):
            self._put_off.discard(desk.id)
            return
        has_turn = called.priority is None and all(each.priority is not None for each in others)
        if not has_turn or desk.id in self._put_off:
            raise BrokenError(f"{called.number} is a third by its hour in a row, {others[0].number} waited")
        self._put_off.add(desk.id)


def _came_early(ticket: Ticket, *, now: datetime) -> bool:
    return ticket.due_at is not None and ticket.due_at > now


def may_call(desk: Desk, ticket: Ticket, open_desks: list[Desk]) -> bool:
    """Whether the ticket is for this desk: the first part of the rule, in plain words."""
    if ticket.wanted_desk_id is not None:
        return ticket.wanted_desk_id == desk.id
    of_sphere = [each for each in open_desks if ticket.sphere in each.spheres]
    understands = ticket.language in desk.languages or not any(ticket.language in d.languages for d in of_sphere)
    signs = not ticket.needs_sign_language or desk.signs or not any(d.signs for d in of_sphere)
    return ticket.sphere in desk.spheres and understands and signs


def among(mine: list[Ticket], *, now: datetime) -> Candidates:
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
