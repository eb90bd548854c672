"""What the city may still sell of an office's days."""

from datetime import datetime, timedelta

from central_hub.appointments.queries.booked import held_seats
from central_hub.appointments.queries.days import days_of, own_side
from central_hub.appointments.queries.rules import all_rules, rules_of
from central_hub.storage.transaction import Reader
from sync.vocabulary.appointment_rules import group_of, last_day_open
from sync.vocabulary.catalogue import AdministrativeService
from sync.vocabulary.ids import OfficeId
from sync.vocabulary.offers import FreeTimes, free_rows
from sync.vocabulary.working_days import local_day


def free_times(
    reader: Reader, *, service: AdministrativeService, office_id: OfficeId, now: datetime
) -> list[FreeTimes]:
    """The days within the horizon that have a free time for ``service``, with all those times."""
    rules = rules_of(reader, office_id=office_id)
    group = group_of(rules, service.sphere)
    if group is None:
        return []
    own, found = own_side(reader), []
    for day in days_of(reader, office_id=office_id, since=local_day(now), until=last_day_open(now), group=group):
        rows = free_rows(
            day,
            rules,
            side=own,
            held=held_seats(reader, document_id=day.document_id, now=now),
            not_before=now + timedelta(minutes=rules.lead_minutes),
            service_code=service.code,
        )
        if rows:
            found.append(FreeTimes(day=day.on, slots=tuple(rows)))
    return found


def offices_receiving(reader: Reader, *, service: AdministrativeService) -> list[OfficeId]:
    """The offices that receive for ``service`` by appointment."""
    return [heard.office_id for heard in all_rules(reader) if group_of(heard.rules, service.sphere) is not None]
