"""Where this node stands towards the hub, and what it tells of this minute."""

import shutil
from collections.abc import Iterable
from datetime import datetime, time
from typing import Literal

import msgspec

from edge_node.case_register.queries import count_in_conflict, count_since, registered_between
from edge_node.queue.queries import day_counts, last_sequence, log_lines, queue_now
from edge_node.replication.model import Forgotten, LeaseLeft, Restoration, SkippedNumbers
from edge_node.settings import NodeSettings
from sync.replication.blob_rows import count_pending
from sync.replication.client import LinkHealth
from sync.storage import Reader, Transaction, quarantine, replica
from sync.storage.waiting import waiting as waiting_now
from sync.vocabulary.identifiers.official_number import official_number, parse_official_number
from sync.vocabulary.ids import OfficeId
from sync.vocabulary.live import LiveState
from sync.vocabulary.working_days import KYIV, local_day
from sync.web.pages import Truth


class DiskUse(msgspec.Struct, frozen=True, kw_only=True):
    """Room on the disk of the node's folder."""

    free_bytes: int
    database_bytes: int


class SyncStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What a technician wants to know of the line; ``lag_seconds`` since the last word with the hub.

    ``clock_offset_seconds`` is the hub's clock less this one. ``frozen``: ``forked`` or ``revoked``, nothing is said
    until the node is enrolled anew.
    """

    node_id: str
    incarnation: str
    is_online: bool
    synced_at: datetime | None
    offline_since: datetime | None
    is_upgrade_needed: bool
    distrust: str | None
    backlog_count: int
    backlog_bytes: int
    backlog_oldest_at: datetime | None
    blobs_pending: int
    quarantined: int
    lag_seconds: int | None
    refused: int
    alarms: int
    conflicts: int
    clock_offset_seconds: float | None
    frozen: str | None
    hub_incarnation: str | None
    disk: DiskUse


def disk_use(settings: NodeSettings) -> DiskUse:
    """The disk as it is at this moment."""
    size = settings.database.stat().st_size if settings.database.exists() else 0
    return DiskUse(free_bytes=shutil.disk_usage(settings.folder).free, database_bytes=size)


def recorded_health(reader: Reader) -> LinkHealth:
    """How the line stood when it was last written down: for who asks beside the running node."""
    link = replica.link(reader)
    is_online = link.synced_at is not None and link.offline_since is None
    return LinkHealth(
        is_online=is_online, synced_at=link.synced_at, offline_since=link.offline_since, frozen=link.frozen
    )


def sync_status(reader: Reader, *, health: LinkHealth, disk: DiskUse, now: datetime) -> SyncStatus:
    """The whole truth of the line, now."""
    stream, waiting, link = replica.stream(reader), replica.backlog(reader), replica.link(reader)
    return SyncStatus(
        node_id=stream.node_id,
        incarnation=stream.incarnation,
        is_online=health.is_online,
        synced_at=health.synced_at,
        offline_since=health.offline_since,
        is_upgrade_needed=health.is_upgrade_needed,
        distrust=health.distrust,
        backlog_count=waiting.count,
        backlog_bytes=waiting.byte_count,
        backlog_oldest_at=waiting.oldest_at,
        blobs_pending=count_pending(reader),
        quarantined=replica.count_quarantined(reader),
        lag_seconds=None if health.synced_at is None else max(0, int((now - health.synced_at).total_seconds())),
        refused=quarantine.count_refusals(reader),
        alarms=len(quarantine.alarms(reader)),
        conflicts=count_in_conflict(reader),
        clock_offset_seconds=link.clock_offset_seconds,
        frozen=link.frozen,
        hub_incarnation=link.hub_incarnation,
        disk=disk,
    )


def truth(reader: Reader, *, health: LinkHealth, now: datetime) -> Truth | None:
    """The one line in the header of every page; nothing before the first word with the hub."""
    waiting, apart = waiting_now(reader), replica.count_quarantined(reader)
    oldest = 0 if waiting.oldest_at is None else max(0, int((now - waiting.oldest_at).total_seconds()) // 60)
    line: Literal["synchronized", "waiting", "cut", "frozen"] = "waiting" if waiting.count else "synchronized"
    at = health.synced_at or now
    if health.frozen is not None:
        line = "frozen"
    elif not health.is_online:
        line, at = "cut", health.offline_since or at
    return Truth(line=line, at=at, waiting=waiting.count, oldest_minutes=oldest, quarantined=apart)


def live_state(reader: Reader, *, office_id: OfficeId, devices_down: Iterable[str], now: datetime) -> LiveState:
    """This minute of the office: counts only."""
    hall, waiting = queue_now(reader, now=now), waiting_now(reader)
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


def stood_at(reader: Reader) -> datetime | None:
    """The moment of the last thing this database knows of: an operation or a line of the queue's log."""
    made = reader.row("select max(made_at) as at from replica_operations having count(*) > 0", _Moment)
    moments = [line.at for line in log_lines(reader, sequences=[last_sequence(reader)])]
    return max(moments if made is None else [*moments, made.at], default=None)


def leases_left(reader: Reader) -> tuple[LeaseLeft, ...]:
    """What was left of the ranges of the life before this one."""
    sql = """
        select year, next, last from replica_leases where next <= last and incarnation =
        (select incarnation from replica_leases where incarnation <> '' order by rowid desc limit 1)
        order by year, first
        """
    return tuple(reader.rows(sql, LeaseLeft))


def add_restoration(tx: Transaction, restoration: Restoration) -> None:
    sql = "insert into restorations (restored_at, record) values (:restored_at, :record)"
    tx.execute(sql, restored_at=restoration.restored_at, record=restoration)


def forgotten(reader: Reader, *, office_id: OfficeId) -> list[Forgotten]:
    """For each restoration, latest first, what came back and what cannot, as far as the hub has been heard."""
    found = reader.rows("select record from restorations order by restored_at desc", _Kept)
    return [_forgotten(reader, each.record, office_id=office_id) for each in found]


def _forgotten(reader: Reader, restoration: Restoration, *, office_id: OfficeId) -> Forgotten:
    between = registered_between(
        reader, office_id=office_id, after=restoration.stood_at, before=restoration.restored_at
    )
    told = [parse_official_number(case.number) for case in between]
    rests = (_rest(lease, {each.counter for each in told if each.year == lease.year}) for lease in restoration.leases)
    return Forgotten(
        stood_at=restoration.stood_at,
        restored_at=restoration.restored_at,
        came_back=tuple(case.number for case in between),
        latest_at=max((case.registered_at for case in between), default=None),
        numbers=tuple(
            SkippedNumbers(
                first=official_number(office_id, year=lease.year, counter=lease.next),
                last=official_number(office_id, year=lease.year, counter=lease.last),
            )
            for lease in rests
            if lease.next <= lease.last
        ),
        tickets=restoration.tickets,
    )


def _rest(lease: LeaseLeft, known: set[int]) -> LeaseLeft:
    """What follows the last number of the range that came back."""
    drawn = max((each for each in known if lease.next <= each <= lease.last), default=lease.next - 1)
    return msgspec.structs.replace(lease, next=drawn + 1)


class _Moment(msgspec.Struct, frozen=True):
    at: datetime


class _Kept(msgspec.Struct, frozen=True):
    record: Restoration
