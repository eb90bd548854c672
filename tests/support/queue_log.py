"""The tickets of now, told again from the log alone."""

from collections.abc import Iterable

from edge_node.queue.model import Happening, LogEntry
from sync.vocabulary.ticket import TicketState

_AFTER = {
    Happening.ISSUED: TicketState.WAITING,
    Happening.CALLED: TicketState.CALLED,
    Happening.RECALLED: TicketState.CALLED,
    Happening.SERVING: TicketState.SERVING,
    Happening.SERVED: TicketState.SERVED,
    Happening.NEXT_SERVICE: TicketState.WAITING,
    Happening.NO_SHOW: TicketState.NO_SHOW,
    Happening.TRANSFERRED: TicketState.WAITING,
    Happening.REDIRECTED: TicketState.REDIRECTED,
    Happening.PARKED: TicketState.PARKED,
    Happening.RETURNED: TicketState.WAITING,
    Happening.RESTORED: TicketState.WAITING,
    Happening.LEFT: TicketState.LEFT,
    Happening.CANCELLED: TicketState.CANCELLED,
}


class CalledTwiceError(AssertionError):
    """A ticket was called while it stood at a desk, or after its end; the text is its id."""


def states_by_log(log: Iterable[LogEntry]) -> dict[str, TicketState]:
    """The state of every ticket after ``log``; raises CalledTwiceError."""
    states: dict[str, TicketState] = {}
    before: dict[int, TicketState] = {}
    for entry in log:
        if entry.ticket_id is None:
            continue
        stood = states.get(entry.ticket_id)
        if stood is not None:
            before[entry.sequence] = stood
        if entry.kind is Happening.CALLED and stood not in {TicketState.WAITING, TicketState.PARKED}:
            raise CalledTwiceError(entry.ticket_id)
        states[entry.ticket_id] = _after(entry, before)
    return states


def _after(entry: LogEntry, before: dict[int, TicketState]) -> TicketState:
    if entry.facts is not None and entry.facts.undoes is not None:
        return before[entry.facts.undoes]
    if entry.kind is Happening.TRANSFERRED and entry.facts is not None and entry.facts.until is not None:
        return TicketState.PARKED  # its desk closed while it was put aside
    return _AFTER[entry.kind]
