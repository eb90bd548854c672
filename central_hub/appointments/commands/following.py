"""Following the offices' rules: days are opened as they come within the horizon, seats are added where rules grew.

Nothing is ever taken from a day that is open: what the rules no longer offer is just not sold.
"""

from datetime import date, datetime, timedelta

from central_hub.appointments import queries
from central_hub.appointments.commands.recording import BY_ITSELF, record
from central_hub.appointments.commands.seats import open_day
from central_hub.appointments.model import DayPlan
from central_hub.appointments.queries.rules import RulesHeard
from central_hub.storage import replica
from central_hub.storage.transaction import Transaction
from sync.ambient import Ids
from sync.vocabulary.appointment import Act, AppointmentKind, Side, document_id_of
from sync.vocabulary.appointment_rules import (
    HORIZON_DAYS,
    AppointmentRules,
    DeskGroup,
    desk_of,
    last_day_open,
    seats_on,
    slots_on,
)
from sync.vocabulary.booking import OpenDay
from sync.vocabulary.working_days import local_day

DAYS_UNCERTAIN = "appointment-days"  # the alarm: this hub was restored, and may have opened days it does not know of


def follow_rules(tx: Transaction, heard: RulesHeard, *, now: datetime, ids: Ids) -> int:
    """Open the days of one office up to the horizon, and add what its rules added; how many days were touched.

    Nothing happens for an office without a node; and, after a restore of the hub, to days that its former life may have
    opened: a person answers for those, and is told.
    """
    replica.lock(tx)
    office = queries.office_side(tx, office_id=heard.office_id)
    if office is None:
        return 0
    last = last_day_open(now)
    followed = queries.Opening(rules_event=heard.event_id, office_side=office, last_day=last)
    if queries.opening(tx, office_id=heard.office_id) == followed:
        return 0
    first, touched = local_day(now), 0
    if queries.is_restored(tx):
        surely = local_day(queries.begun_at(tx)) + timedelta(days=HORIZON_DAYS + 1)
        if first < surely:
            said = {"kind": DAYS_UNCERTAIN, "subject": heard.office_id, "office_id": heard.office_id}
            replica.raise_alarm_daily(tx, **said, now=now)
        first = max(first, surely)
    known = {day.document_id: day for day in queries.days_of(tx, office_id=heard.office_id, since=first, until=last)}
    for ahead in range((last - first).days + 1):
        on = first + timedelta(days=ahead)
        for group in heard.rules.groups:
            day = known.get(document_id_of(heard.office_id, on, group.group))
            if day is None:
                touched += _open(tx, heard, group, on=on, now=now, ids=ids)
            else:
                touched += _add(tx, day, heard.rules, group, office=office, now=now, ids=ids)
    queries.save_opening(tx, followed, office_id=heard.office_id)
    return touched


def _open(tx: Transaction, heard: RulesHeard, group: DeskGroup, *, on: date, now: datetime, ids: Ids) -> int:
    slots = slots_on(heard.rules, on)
    if not slots or not group.desks:
        return 0
    plan = DayPlan(
        office_id=heard.office_id,
        day=on,
        group=group.group,
        slots=tuple(f"{slot:%H:%M}" for slot in slots),
        hub_desks=group.internet_desks,
        office_desks=group.desks - group.internet_desks,
        slot_minutes=heard.rules.slot_minutes,
        is_surely_new=True,
    )
    open_day(tx, plan, by=BY_ITSELF, now=now, ids=ids)
    return 1


def _add(
    tx: Transaction, day: OpenDay, rules: AppointmentRules, group: DeskGroup, *, office: Side, now: datetime, ids: Ids
) -> int:
    wanted = seats_on(rules, day.on, group=group.group, slot_minutes=day.slot_minutes)
    new = [seat_id for seat_id in wanted if seat_id not in day.state.seats]
    ours = [seat_id for seat_id in new if desk_of(seat_id) <= group.internet_desks]
    theirs = [seat_id for seat_id in new if desk_of(seat_id) > group.internet_desks]
    granted = ((ours, queries.own_side(tx)), (theirs, office))
    acts = [Act(kind=AppointmentKind.GRANTED, seats=seats, facts={"to": to}) for seats, to in granted if seats]
    if acts:
        record(tx, day, acts, by=BY_ITSELF, now=now, ids=ids)
    return 1 if acts else 0
