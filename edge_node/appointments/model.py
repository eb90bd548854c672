"""A day of appointments as this node holds it, and why something in it is refused."""

import msgspec

from sync.vocabulary.appointment import AppointmentDay
from sync.vocabulary.case import CaseEvent
from sync.vocabulary.errors import NotFound, Refusal


class OpenDay(msgspec.Struct, frozen=True, kw_only=True):
    """A day as its document says it."""

    document_id: str
    office_id: str
    day: str
    group: str
    events: tuple[CaseEvent, ...]
    state: AppointmentDay


class DayNotOpen(NotFound):
    """No such day is open for appointments at this office."""


class HubNotMet(Refusal):
    """The city has never been heard: there is nobody to give seats to."""
