"""Telling of waits that grew too long, once, and taking note of it."""

from datetime import datetime

from edge_node.supervisor import queries
from edge_node.supervisor.model import AlertNotFound, WaitAlert, WaitedTooLong
from sync.storage import Transaction
from sync.vocabulary.ids import StaffId, TicketId


def tell_of_waits(tx: Transaction, *, now: datetime) -> list[WaitAlert]:
    """Keep which tickets passed a bound by ``now``; each ticket passes each bound once, whatever restarts."""
    found = queries.untold(tx, now=now)
    if found:
        queries.add_alerts(tx, found, now=now)
        tx.emit(WaitedTooLong())
    return found


def take_note(tx: Transaction, *, ticket_id: TicketId, by: StaffId, now: datetime) -> None:
    """The supervisor knows of this ticket; raises AlertNotFound."""
    if not queries.is_told(tx, ticket_id=ticket_id):
        raise AlertNotFound
    queries.mark_seen(tx, ticket_id=ticket_id, by=by, now=now)
    tx.emit(WaitedTooLong())
