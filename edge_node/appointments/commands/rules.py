"""Setting the rules of appointments: by the head of the office, with or without a line to the city."""

from datetime import datetime

from edge_node.appointments.commands.recording import Actor
from edge_node.staff.commands import log_access
from sync.ambient import Ids
from sync.replication import outbox
from sync.replication.outbox import Change
from sync.storage import Transaction, replica
from sync.vocabulary.appointment_rules import (
    KIND,
    AppointmentRules,
    RulesKind,
    as_fact,
    check_rules,
    document_id_of,
)
from sync.vocabulary.case import CaseEvent
from sync.vocabulary.errors import Forbidden


def set_rules(tx: Transaction, rules: AppointmentRules, *, by: Actor, now: datetime, ids: Ids) -> AppointmentRules:
    """Let ``rules`` be in force at the office of who sets them; the city opens days by them once it hears.

    What is booked stays booked. Raises InvalidInput, and Forbidden for who works at no office.
    """
    office_id = by.person.office_id
    if office_id is None:
        raise Forbidden
    check_rules(rules)
    document_id = document_id_of(office_id)
    event = CaseEvent(
        id=ids.new(),
        kind=RulesKind.RULES_SET,
        clock=outbox.next_clock(tx, now=now, after=outbox.view(tx, document_id)),
        at=now,
        node_id=replica.stream(tx).node_id,
        office_id=office_id,
        actor_id=by.person.staff_id,
        facts={"rules": as_fact(rules)},
    )
    is_new = outbox.view(tx, document_id) is None
    fields = {"office_id": office_id} if is_new else {}
    change = Change(document_id=document_id, kind=KIND, fields=fields, events=(event,))
    outbox.record(tx, change, operation_id=ids.new(), now=now)
    log_access(tx, by=by.person, action="appointment-rules-set", subject=document_id, now=now)
    return rules
