"""Ticket and desk files as days of offices, each a list of events in order of time: reading looks at nothing else."""

from datetime import date
from pathlib import Path

import msgspec

from edge_node.replay.reading import DESK_COLUMNS, DESKS_MAX, TICKET_COLUMNS, rows

Key = tuple[date, str]  # of a day of one office


class Issued(msgspec.Struct, frozen=True):
    """A ticket was taken; ``ticket`` is its place in the file, unique in the file."""

    minute: float
    queue: str
    ticket: int


class Called(msgspec.Struct, frozen=True):
    """That ticket was called."""

    minute: float
    queue: str
    ticket: int


class DesksChanged(msgspec.Struct, frozen=True):
    """So many desks serve the queue from now on; ``published`` is what the office showed, if it showed anything."""

    minute: float
    queue: str
    open_desks: int
    published: float | None


Event = Issued | Called | DesksChanged


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """One day of one office: its queues, and all that happened in order of time (of one minute: desks, issues, calls).

    ``called`` tells by ticket when it was called: the truth, which no method is shown. ``queues_without_desks`` have
    tickets but no line in the desks' file.
    """

    office: str
    on: date
    queues: tuple[str, ...]
    events: tuple[Event, ...]
    called: dict[int, float]
    queues_without_desks: int


def read_days(tickets: Path, desks: Path) -> list[Day]:
    """All days of both files, by date and office; raises ``BadLine``, ``OSError``."""
    events: dict[Key, list[Event]] = {}
    called: dict[Key, dict[int, float]] = {}
    with rows(tickets, TICKET_COLUMNS) as lines:
        for number, line in enumerate(lines):
            visit, key = line.visit(), (line.day, line.office)
            found = events.setdefault(key, [])
            found.append(Issued(visit.issued_minute, visit.queue, number))
            if visit.called_minute is not None:
                found.append(Called(visit.called_minute, visit.queue, number))
                called.setdefault(key, {})[number] = visit.called_minute
    with rows(desks, DESK_COLUMNS) as lines:
        for line in lines:
            change = DesksChanged(
                line.minute("minute"),
                line.text("queue"),
                line.count("open_desks", at_most=DESKS_MAX),
                line.minute_if_any("published_minutes"),
            )
            if (line.day, line.office) in events:
                events[line.day, line.office].append(change)
    return [_day(key, events[key], called.get(key, {})) for key in sorted(events)]


def _day(key: Key, events: list[Event], called: dict[int, float]) -> Day:
    order = {DesksChanged: 0, Issued: 1, Called: 2}
    events.sort(key=lambda event: (event.minute, order[type(event)]))  # stable: the file's order within a minute
    with_tickets = {event.queue for event in events if isinstance(event, Issued)}
    with_desks = {event.queue for event in events if isinstance(event, DesksChanged)}
    return Day(
        office=key[1],
        on=key[0],
        queues=tuple(sorted({event.queue for event in events})),
        events=tuple(events),
        called=called,
        queues_without_desks=len(with_tickets - with_desks),
    )
