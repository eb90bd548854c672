"""Booking of the office's own share at the kiosk, with or without a line; changing it by the link on the slip."""

from datetime import datetime

from edge_node.appointments import commands as appointments
from edge_node.appointments import queries as days
from edge_node.appointments.commands import Actor
from edge_node.appointments.model import BookingLink, NodeItself
from edge_node.kiosk import queries
from edge_node.kiosk.model import BookingGone, BookingMade, BookingOver, TimeConfirmed
from edge_node.printing import commands as printing
from edge_node.printing.model import AppointmentPaper
from sync.ambient import Ids
from sync.storage import Transaction
from sync.vocabulary.booking import Booked, Way
from sync.vocabulary.ids import OfficeId
from sync.vocabulary.offers import Details, SlotWanted
from sync.vocabulary.working_days import local_day


def book(tx: Transaction, confirmed: TimeConfirmed, *, office_id: OfficeId, now: datetime, ids: Ids) -> BookingMade:
    """Book the time that is kept and order its slip; raises what ``confirm`` of appointments raises.

    Nobody types a name with one finger: who comes shows the code.
    """
    by = _visitor(office_id)
    booked = appointments.confirm(
        tx,
        Details(name="", phone=confirmed.phone),
        hold_id=confirmed.hold_id,
        way=Way.KIOSK,
        language=confirmed.language,
        by=by,
        now=now,
        ids=ids,
    )
    days.forget_links(tx, before=local_day(now))
    _link(tx, booked, link=confirmed.link)
    job_id = ids.new()
    printing.order_appointment(tx, slip=_slip(tx, confirmed, now=now), order_id=job_id, now=now)
    return BookingMade(link=confirmed.link, print_job_id=job_id)


def cancel_booking(tx: Transaction, *, link: str, office_id: OfficeId, now: datetime, ids: Ids) -> None:
    """Free the time for somebody else; raises BookingGone, BookingOver, BookedElsewhere."""
    view = _changeable(tx, link=link, now=now)
    appointments.cancel_booking(
        tx, code=view.code, document_id=view.document_id, by=_visitor(office_id), now=now, ids=ids
    )


def move_booking(
    tx: Transaction, wanted: SlotWanted, *, link: str, office_id: OfficeId, now: datetime, ids: Ids
) -> None:
    """Move the booking to another time: both or neither; its link stays.

    Raises BookingGone, BookingOver, BookedElsewhere, and what ``hold`` of appointments raises.
    """
    view, by = _changeable(tx, link=link, now=now), _visitor(office_id)
    kept = appointments.hold(tx, wanted, by=by, now=now, ids=ids)
    booked = appointments.move(
        tx, code=view.code, document_id=view.document_id, hold_id=kept.hold_id, by=by, now=now, ids=ids
    )
    _link(tx, booked, link=link)


def _visitor(office_id: OfficeId) -> Actor:
    return Actor(person=NodeItself(office_id=office_id))


def _changeable(tx: Transaction, *, link: str, now: datetime) -> queries.BookedView:
    view = queries.booked_view(tx, link=link, now=now)
    if view.outcome is not None or view.begins_at <= now:
        raise BookingOver
    return view


def _link(tx: Transaction, booked: Booked, *, link: str) -> None:
    day = days.open_day(tx, document_id=booked.document_id)
    if day is None:
        raise BookingGone
    days.save_link(tx, BookingLink(link=link, document_id=day.document_id, code=booked.code, day=day.day))


def _slip(tx: Transaction, confirmed: TimeConfirmed, *, now: datetime) -> AppointmentPaper:
    view = queries.booked_view(tx, link=confirmed.link, now=now)
    office, is_english = view.office, confirmed.language == "en"
    places = () if office is None else (office.name_en, office.address_en or office.address_uk)
    if office is not None and not is_english:
        places = (office.name_uk, office.address_uk)
    return AppointmentPaper(
        code=view.code,
        begins_at=view.begins_at,
        service_name=view.service.name(confirmed.language),
        place=places,
        phone=None if office is None else office.phone,
        report_from=view.report_from,
        report_until=view.report_until,
        link=confirmed.address,
        language=confirmed.language,
    )
