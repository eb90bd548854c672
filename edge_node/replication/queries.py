"""Where this node stands towards the hub, and what it tells of this minute."""

from collections.abc import Iterable
from datetime import datetime, time

import msgspec

from edge_node.case_register.queries import count_since
from edge_node.queue.queries import day_counts, queue_now
from sync.replication.blob_rows import count_pending
from sync.replication.client import LinkHealth
from sync.storage import Reader, replica
from sync.vocabulary.ids import OfficeId
from sync.vocabulary.live import LiveState
from sync.vocabulary.working_days import KYIV, local_day
from sync.web.pages import Truth


class SyncStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What a technician wants to know of the line."""

    node_id: str
    incarnation: str
    is_online: bool
    synced_at: datetime | None
    offline_since: datetime | None
    is_upgrade_needed: bool
    backlog_count: int
    backlog_bytes: int
    backlog_oldest_at: datetime | None
    blobs_pending: int
    quarantined: int


def sync_status(reader: Reader, *, health: LinkHealth) -> SyncStatus:
    """The whole truth of the line, now."""
    stream, waiting = replica.stream(reader), replica.backlog(reader)
    return SyncStatus(
        node_id=stream.node_id,
        incarnation=stream.incarnation,
        is_online=health.is_online,
        synced_at=health.synced_at,
        offline_since=health.offline_since,
        is_upgrade_needed=health.is_upgrade_needed,
        backlog_count=waiting.count,
        backlog_bytes=waiting.byte_count,
        backlog_oldest_at=waiting.oldest_at,
        blobs_pending=count_pending(reader),
        quarantined=replica.count_quarantined(reader),
    )


def truth(reader: Reader, *, health: LinkHealth, now: datetime) -> Truth | None:
    """The one line in the header of every page; nothing before the first word with the hub."""
    waiting = replica.backlog(reader)
    oldest = 0 if waiting.oldest_at is None else int((now - waiting.oldest_at).total_seconds()) // 60
    if not health.is_online:
        since = health.offline_since or health.synced_at or now
        return Truth(line="cut", at=since, waiting=waiting.count, oldest_minutes=oldest)
    at = health.synced_at or now
    if waiting.count:
        return Truth(line="waiting", at=at, waiting=waiting.count, oldest_minutes=oldest)
    return Truth(line="synchronized", at=at)


def live_state(reader: Reader, *, office_id: OfficeId, devices_down: Iterable[str], now: datetime) -> LiveState:
    """This minute of the office: counts only."""
    hall, waiting = queue_now(reader, now=now), replica.backlog(reader)
    midnight = datetime.combine(local_day(now), time.min, tzinfo=KYIV)
    day, cases = day_counts(reader, now=now), count_since(reader, office_id=office_id, since=midnight)
    oldest = 0 if waiting.oldest_at is None else int((now - waiting.oldest_at).total_seconds())
    return LiveState(
        office_id=office_id,
        taken_at=now,
        waiting={sphere.sphere.value: sphere.waiting for sphere in hall.waiting},
        open_desks=len(hall.open_desks),
        longest_wait_seconds=max((sphere.longest_wait_seconds for sphere in hall.waiting), default=0),
        average_wait_seconds=day.average_wait_seconds,
        average_service_seconds=day.average_service_seconds,
        devices_down=tuple(devices_down),
        backlog_count=waiting.count,
        backlog_oldest_seconds=oldest,
        tickets_today=day.issued,
        served_today=day.served,
        cases_today=cases.registered,
        issued_today=cases.issued,
    )
