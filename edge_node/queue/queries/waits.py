"""What the waits are learned from, what was forecast and promised, and what came of it."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

import msgspec

from edge_node.queue.model.waits.accuracy import DayAccuracy, Promise
from edge_node.queue.model.waits.bins import DAYS_MAX, DayBins
from edge_node.queue.model.waits.forecast import OUTCOMES_MAX
from edge_node.queue.model.waits.office import FORECAST_LASTS, Heard, Opening, SphereForecast
from edge_node.queue.queries import desks
from sync.storage import Reader, Transaction
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.ids import DeskId
from sync.vocabulary.working_days import KYIV

LOOK_BACK = timedelta(days=31)  # two working weeks, with any holidays in between
KEPT = timedelta(days=62)  # the head of the office compares this month with the last


class _SphereBins(msgspec.Struct, frozen=True, kw_only=True):
    sphere: Sphere
    bins: DayBins


def heard_after(reader: Reader, *, day: date, sequence: int) -> list[Heard]:
    """What the log says of ``day`` after ``sequence``, in order, with what each called ticket was promised."""
    sql = """
        select queue_events.sequence, queue_events.at, queue_events.kind, queue_events.ticket_id, queue_events.sphere,
               queue_events.desk_id, wait_promises.at as promised_at, wait_promises.taught_low as low,
               wait_promises.taught_middle as middle, wait_promises.taught_high as high,
               wait_promises.roots
        from queue_events
        left join wait_promises on queue_events.kind = 'called' and wait_promises.ticket_id = queue_events.ticket_id
        where queue_events.sequence > :sequence and queue_events.day = :day
        order by queue_events.sequence
        """
    return reader.rows(sql, Heard, day=day, sequence=sequence)


def sequence_before(reader: Reader, *, day: date) -> int:
    """The last line of the log before ``day``: found from the end, however long the log is."""
    sql = "select sequence from queue_events where day < :day order by sequence desc limit 1"
    found = reader.scalar(sql, day=day)
    return found if isinstance(found, int) else 0


def days_to_learn(reader: Reader, *, before: date) -> list[date]:
    """The latest days with calls before ``before`` that are not kept yet, oldest first; none older than a month."""
    sql = """
        select day from (select distinct day from queue_events
                         where kind in ('called', 'recalled') and day < :before and day >= :since
                         order by day desc limit :days) as worked
        where not exists (select 1 from wait_days where wait_days.day = worked.day)
        order by day
        """
    found = reader.column(sql, before=before, since=before - LOOK_BACK, days=DAYS_MAX)
    return [date.fromisoformat(str(day)) for day in found]


def opening(reader: Reader, *, day: date) -> Opening:
    """What is known when ``day`` begins; a desk left since stands as it was left."""
    sql = """
        select sphere, bins from wait_days
        where day in (select distinct day from wait_days where day < :day order by day desc limit :days) order by day
        """
    past: dict[Sphere, list[DayBins]] = {}
    for row in reader.rows(sql, _SphereBins, day=day, days=DAYS_MAX):
        past.setdefault(row.sphere, []).append(row.bins)
    left_open = "select id from desks where occupant_id is not null and occupied_at < :since"
    since = datetime.combine(day, time.min, tzinfo=KYIV)
    return Opening(
        past=past,
        open_desks=frozenset(DeskId(str(found)) for found in reader.column(left_open, since=since)),
        skills=skills(reader),
    )


def skills(reader: Reader) -> dict[DeskId, tuple[Sphere, ...]]:
    """Which spheres each desk serves."""
    return {desk.id: desk.spheres for desk in desks.desks(reader)}


def recent_outcomes(reader: Reader, *, before: date) -> list[Heard]:
    """The latest first calls before ``before`` of tickets with a learned promise, oldest first."""
    sql = """
        select * from (
            select queue_events.sequence, queue_events.at, queue_events.kind, queue_events.ticket_id,
                   queue_events.sphere, queue_events.desk_id, wait_promises.at as promised_at,
                   wait_promises.taught_low as low, wait_promises.taught_middle as middle,
                   wait_promises.taught_high as high, wait_promises.roots
            from wait_promises
            join queue_events on queue_events.ticket_id = wait_promises.ticket_id and queue_events.kind = 'called'
            where wait_promises.day < :before and wait_promises.day >= :since
              and wait_promises.taught_middle is not null
            order by wait_promises.day desc, queue_events.sequence desc limit :limit)
        order by sequence
        """
    return reader.rows(sql, Heard, before=before, since=before - LOOK_BACK, limit=OUTCOMES_MAX)


def forecast_of(reader: Reader, *, sphere: Sphere, now: datetime) -> SphereForecast | None:
    """The sphere's forecast, unless it is older than ``FORECAST_LASTS``."""
    sql = "select sphere, at, knots from wait_forecasts where sphere = :sphere and at >= :since and at <= :now"
    return reader.row(sql, SphereForecast, sphere=sphere, since=now - FORECAST_LASTS, now=now)


def forecasts(reader: Reader, *, now: datetime) -> dict[Sphere, SphereForecast]:
    """Every sphere's forecast that is not too old."""
    sql = "select sphere, at, knots from wait_forecasts where at >= :since and at <= :now"
    return {row.sphere: row for row in reader.rows(sql, SphereForecast, since=now - FORECAST_LASTS, now=now)}


def is_desk_idle(reader: Reader, *, sphere: Sphere) -> bool:
    """Whether an open desk that serves the sphere has nobody."""
    sql = """
        select exists (
            select 1 from desks, json_each(desks.spheres)
            where json_each.value = :sphere and desks.occupant_id is not null and desks.break_reason is null
              and not exists (select 1 from tickets
                              where tickets.desk_id = desks.id and tickets.state in ('called', 'serving')))
        """
    return reader.scalar(sql, sphere=sphere) == 1


def accuracy_by_day(reader: Reader, *, since: date) -> list[DayAccuracy]:
    """What was promised and what came, by day, newest first; days without an outcome are not named."""
    sql = """
        with came as (
            select wait_promises.*, (julianday(queue_events.at) - julianday(wait_promises.at)) * 1440 as minutes,
                   min(queue_events.sequence)  -- so the columns beside it are those of the first call
            from wait_promises
            join queue_events on queue_events.ticket_id = wait_promises.ticket_id and queue_events.kind = 'called'
            where wait_promises.day >= :since
            group by wait_promises.ticket_id
        )
        select came.day, count(*) as compared,
               (select count(*) from wait_promises promised where promised.day = came.day) as promised,
               count(came.taught_middle) as learned,
               avg(abs(came.told_middle - came.minutes)) as error_minutes,
               avg(abs(came.told_middle - came.minutes) <= 5) as within_5,
               avg(abs(came.told_middle - came.minutes) <= 10) as within_10,
               avg(came.minutes between came.told_low and came.told_high) filter (where came.taught_middle is not null)
                   as coverage,
               avg(came.minutes between came.shown_from and came.shown_to) as shown_coverage,
               avg(abs(came.told_middle - came.minutes)) filter (where came.taught_middle is not null)
                   as learned_error_minutes,
               avg(abs(came.simple - came.minutes)) filter (where came.taught_middle is not null)
                   as simple_error_minutes
        from came group by came.day order by came.day desc
        """
    return reader.rows(sql, DayAccuracy, since=since)


def keep_bins(tx: Transaction, *, day: date, bins: Mapping[Sphere, DayBins]) -> None:
    """Keep a finished day; one that is kept already stays as it is."""
    sql = "insert into wait_days (day, sphere, bins) values (:day, :sphere, :bins) on conflict do nothing"
    tx.execute_many(sql, [{"day": day, "sphere": sphere, "bins": found} for sphere, found in bins.items()])
    for table in ("wait_days", "wait_promises"):
        tx.execute(f"delete from {table} where day < :until", until=day - KEPT)  # noqa: S608 - two names of ours


def keep_forecasts(tx: Transaction, *, found: list[SphereForecast]) -> None:
    """Keep these instead of the ones before."""
    sql = """
        insert into wait_forecasts (sphere, at, knots) values (:sphere, :at, :knots)
        on conflict (sphere) do update set at = excluded.at, knots = excluded.knots
        """
    tx.execute_many(sql, [{"sphere": each.sphere, "at": each.at, "knots": each.knots} for each in found])


def keep_promise(tx: Transaction, *, promise: Promise) -> None:
    """Keep what a visitor was told; a ticket's first promise stays."""
    sql = """
        insert into wait_promises (ticket_id, day, sphere, at, people, taught_low, taught_middle, taught_high,
                                   told_low, told_middle, told_high, shown_from, shown_to, simple, roots)
        values (:ticket_id, :day, :sphere, :at, :people, :taught_low, :taught_middle, :taught_high,
                :told_low, :told_middle, :told_high, :shown_from, :shown_to, :simple, :roots)
        on conflict do nothing
        """
    tx.execute(sql, **msgspec.structs.asdict(promise))
