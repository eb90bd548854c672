"""What becomes of tickets when a day ends, and what the office decides about it."""

from datetime import datetime, timedelta

from edge_node.queue import queries
from edge_node.queue.model import Facts, Happening, Overnight, QueueRules, RulesChanged, TicketFinished
from sync.storage import Transaction
from sync.vocabulary.ids import StaffId
from sync.vocabulary.ticket import TicketState
from sync.vocabulary.working_days import local_day

_AT_DESK = frozenset({TicketState.CALLED, TicketState.SERVING})


def end_past_days(tx: Transaction, *, now: datetime) -> int:
    """End what earlier days left unended, by the office's rule for midnight; how many tickets ended.

    A ticket that stood at a desk ends in any case; one that waited ends, or keeps its place where the queue is carried
    over. A ticket older than the days that are carried ends too.
    """
    today, first = local_day(now), queries.first_day(tx, now=now)
    ended = 0
    for ticket in queries.unended_before(tx, day=today):
        if ticket.day >= first and ticket.state not in _AT_DESK:
            continue
        queries.mark_ended(tx, ticket_id=ticket.id, state=TicketState.LEFT, now=now)
        sequence = queries.add_to_log(
            tx, kind=Happening.LEFT, now=now, ticket=ticket, desk_id=ticket.desk_id, reason="midnight"
        )
        tx.emit(TicketFinished(sequence=sequence, ticket_id=ticket.id, number=ticket.number))
        ended += 1
    return ended


def set_overnight(tx: Transaction, *, overnight: Overnight, by: StaffId, now: datetime) -> QueueRules:
    """Decide what becomes of who still waits at midnight."""
    rules = QueueRules(overnight=overnight, issues_past_closing_on=queries.rules(tx).issues_past_closing_on)
    return _decide(tx, rules, by=by, now=now)


def issue_past_closing(tx: Transaction, *, by: StaffId, now: datetime) -> QueueRules:
    """Let tickets be issued today that closing time will not reach: the head stays with the hall."""
    rules = QueueRules(overnight=queries.rules(tx).overnight, issues_past_closing_on=local_day(now))
    return _decide(tx, rules, by=by, now=now)


def issue_until_closing(tx: Transaction, *, by: StaffId, now: datetime) -> QueueRules:
    """Issue no more tickets that closing time will not reach."""
    rules = QueueRules(overnight=queries.rules(tx).overnight, issues_past_closing_on=local_day(now) - timedelta(days=1))
    return _decide(tx, rules, by=by, now=now)


def _decide(tx: Transaction, rules: QueueRules, *, by: StaffId, now: datetime) -> QueueRules:
    queries.put_rules(tx, rules)
    past = rules.issues_past_closing_on == local_day(now)
    sequence = queries.add_to_log(
        tx,
        kind=Happening.RULES_CHANGED,
        now=now,
        staff_id=by,
        reason=rules.overnight,
        facts=Facts(other="issues-past-closing" if past else None),
    )
    tx.emit(RulesChanged(sequence=sequence))
    return rules
