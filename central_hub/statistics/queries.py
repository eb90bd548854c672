"""What dashboard and public page show: the directory, the nodes, the live states and the register put together."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from central_hub.case_register import queries as case_register
from central_hub.case_register.model import CaseCounts
from central_hub.directory import queries as directory
from central_hub.node_gateway.model import LiveOffices
from central_hub.provisioning import queries as provisioning
from central_hub.statistics.model import CityNow, OfficeNow
from central_hub.storage.transaction import Reader

KYIV = ZoneInfo("Europe/Kyiv")


def city_now(reader: Reader, *, live_offices: LiveOffices, now: datetime) -> CityNow:
    """The city at ``now``."""
    begins_at, ends_at = day_of(now)
    counts = case_register.counts_by_office(reader, begins_at=begins_at, ends_at=ends_at)
    nodes = [node for node in provisioning.enrolled_nodes(reader) if node.retired_at is None]
    seen = {node.office_id: max(node.seen_at or node.enrolled_at, node.enrolled_at) for node in nodes}
    offices = [
        OfficeNow(
            office=office,
            is_enrolled=office.id in seen,
            is_silent=live_offices.is_silent(office.id, now=now),
            heard_at=live_offices.heard_at(office.id) or seen.get(office.id),
            live=live_offices.state(office.id),
            counts=counts.get(office.id, CaseCounts(office_id=office.id)),
        )
        for office in directory.all_offices(reader)
    ]
    return CityNow(at=now, offices=tuple(offices), quarantined=case_register.count_quarantined(reader))


def day_of(moment: datetime) -> tuple[datetime, datetime]:
    """The beginning and the end of the day that ``moment`` has in Kharkiv."""
    begins_at = datetime.combine(moment.astimezone(KYIV).date(), time(), tzinfo=KYIV)
    return begins_at, datetime.combine(begins_at.date() + timedelta(days=1), time(), tzinfo=KYIV)
