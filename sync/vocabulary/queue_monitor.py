"""The public feed of a queue, in the shape of *QueueMonitor* of Smart Data Models (dataModel.QueueManagement 0.0.1)."""

from datetime import datetime
from enum import StrEnum

import msgspec

from sync.vocabulary.catalogue import SPHERES, Sphere


class ServiceStatus(StrEnum):
    """Whether tickets of a line are called: no desk of it is open, or the last word is old."""

    OPEN = "Open"
    CLOSED = "Closed"
    SUSPENDED = "Suspended"


class QueueLine(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One line of one office as of ``date_modified``: numbers and counts, never a person.

    ``service_id`` is the sphere, ``queue_line`` its letter. ``last_ticket_issued`` and ``ticket_served`` (the ticket
    called last) count from 1 each day; the labels are what stands on paper and board. ``tickets_to_serve`` wait now.
    """

    id: str
    type: str = msgspec.field(default_factory=lambda: "QueueMonitor")
    date_modified: datetime
    local_id: str
    office_name: str
    service_name: str
    service_id: str
    service_status: ServiceStatus
    queue_line: str
    last_ticket_issued: int | None = None
    last_ticket_issued_label: str | None = None
    ticket_served: int | None = None
    ticket_served_label: str | None = None
    tickets_to_serve: int = msgspec.field(default_factory=int)


class LineEnds(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of a line today: the last one issued and the one called last."""

    issued: str | None = None
    called: str | None = None


def queue_line(
    sphere: Sphere, *, office_id: str, office_name: str, status: ServiceStatus, waiting: int, as_of: datetime
) -> QueueLine:
    """What is known of every line, also where nobody knows its numbers."""
    card = SPHERES[sphere]
    return QueueLine(
        id=f"urn:ngsi-ld:QueueMonitor:{office_id}:{sphere.value}",
        date_modified=as_of,
        local_id=office_id,
        office_name=office_name,
        service_name=card.name_uk,
        service_id=sphere.value,
        service_status=status,
        queue_line=card.letter,
        tickets_to_serve=waiting,
    )


def with_ends(line: QueueLine, ends: LineEnds) -> QueueLine:
    """The line with its numbers."""
    return msgspec.structs.replace(
        line,
        last_ticket_issued=_count(ends.issued),
        last_ticket_issued_label=ends.issued,
        ticket_served=_count(ends.called),
        ticket_served_label=ends.called,
    )


def _count(number: str | None) -> int | None:
    """``А007`` is the seventh of its day."""
    return None if number is None else int(number[1:])
