"""What dashboard, public page and collector are told: directory, nodes, live states, register put together."""

from datetime import datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from central_hub.case_register import queries as case_register
from central_hub.case_register.model import CaseCounts
from central_hub.directory import queries as directory
from central_hub.node_gateway import queries as gateway
from central_hub.node_gateway.model import LiveOffices
from central_hub.notifications.model import MessageState, Trouble
from central_hub.provisioning import queries as provisioning
from central_hub.statistics.model import CityNow, HubStanding, OfficeNow, Scale
from central_hub.storage import ingest, replica
from central_hub.storage.appointment_tables import outgoing_messages
from central_hub.storage.transaction import Reader

KYIV = ZoneInfo("Europe/Kyiv")


def city_now(reader: Reader, *, live_offices: LiveOffices, now: datetime) -> CityNow:
    """The city at ``now``."""
    begins_at, ends_at = day_of(now)
    counts = case_register.counts_by_office(reader, begins_at=begins_at, ends_at=ends_at)
    heard = last_heard(reader, live_offices=live_offices)
    offices = [
        OfficeNow(
            office=office,
            is_enrolled=office.id in heard,
            is_silent=live_offices.is_silent(office.id, now=now),
            heard_at=heard.get(office.id) or live_offices.heard_at(office.id),
            live=live_offices.state(office.id),
            counts=counts.get(office.id, CaseCounts(office_id=office.id)),
        )
        for office in directory.all_offices(reader)
    ]
    return CityNow(at=now, offices=tuple(offices), quarantined=case_register.count_quarantined(reader))


def last_heard(reader: Reader, *, live_offices: LiveOffices) -> dict[str, datetime]:
    """When each office that has a node was heard last, by any word of its node."""
    heard: dict[str, datetime] = {}
    for node in provisioning.enrolled_nodes(reader):
        if node.retired_at is None:
            known = (heard.get(node.office_id), live_offices.heard_at(node.office_id), node.seen_at, node.enrolled_at)
            heard[node.office_id] = max(at for at in known if at is not None)
    return heard


def standing(reader: Reader, *, live_offices: LiveOffices, scale: Scale, now: datetime) -> HubStanding:
    """How the hub's own work stands at ``now``."""
    state = replica.state(reader)
    return HubStanding(
        backlog=ingest.backlog(reader),
        alarms=ingest.count_unseen_alarms(reader),
        messages_waiting=_messages_waiting(reader),
        blobs_bytes=scale.weigh(partial(gateway.blobs_bytes, reader), now=now),
        backed_up_at=None if state is None else state.backed_up_at,
        heard_at=last_heard(reader, live_offices=live_offices),
    )


def _messages_waiting(reader: Reader) -> dict[Trouble | None, int]:
    its = outgoing_messages.c
    counted = select(its.trouble, func.count()).where(its.state == MessageState.WAITING).group_by(its.trouble)
    return {trouble and Trouble(trouble): count for trouble, count in reader.tuples(counted)}


def day_of(moment: datetime) -> tuple[datetime, datetime]:
    """The beginning and the end of the day that ``moment`` has in Kharkiv."""
    begins_at = datetime.combine(moment.astimezone(KYIV).date(), time(), tzinfo=KYIV)
    return begins_at, datetime.combine(begins_at.date() + timedelta(days=1), time(), tzinfo=KYIV)
