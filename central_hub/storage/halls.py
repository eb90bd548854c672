"""Reading and writing the figures of the halls."""

from datetime import date, datetime

import msgspec
from sqlalchemy import ColumnElement, String, cast, delete, func, insert, select

from central_hub.storage.hall_tables import hall_days, hall_hours
from central_hub.storage.replica import upsert
from central_hub.storage.transaction import Reader, Transaction
from sync.vocabulary.hall import COUNTS, Figures, HallDay
from sync.vocabulary.ids import OfficeId


class Sums(Figures, frozen=True, kw_only=True):
    """Figures of one key: an office, a day, an hour or a sphere."""

    key: str


class HeardOffice(msgspec.Struct, frozen=True, kw_only=True):
    """When an office told of its hall last."""

    office_id: OfficeId
    heard_at: datetime


BY = {
    "office": hall_hours.c.office_id,
    "day": cast(hall_hours.c.day, String),
    "hour": cast(hall_hours.c.hour, String),
    "sphere": hall_hours.c.sphere,
}
_ORDER = {"office": hall_hours.c.office_id, "day": hall_hours.c.day, "hour": hall_hours.c.hour}


def held_revision(reader: Reader, *, office_id: str, day: date) -> int:
    """How far the office had read its log when it told of the day last; 0 when it never did."""
    of_day = (hall_days.c.office_id == office_id) & (hall_days.c.day == day)
    return reader.count(select(hall_days.c.revision).where(of_day))


def hold_day(tx: Transaction, told: HallDay, *, office_id: str, now: datetime) -> None:
    """Keep the day as it was told, instead of what was held of it."""
    key = {"office_id": office_id, "day": told.day}
    upsert(tx, hall_days, key=key, values={"revision": told.revision, "heard_at": now})
    tx.execute(delete(hall_hours).where((hall_hours.c.office_id == office_id) & (hall_hours.c.day == told.day)))
    rows = [{**key, **msgspec.structs.asdict(hour), "sphere": hour.sphere.value} for hour in told.hours]
    if rows:
        tx.execute(insert(hall_hours).values(rows))


def sums(reader: Reader, *, by: str, since: date, until: date, office_id: str | None) -> list[Sums]:
    """The days from ``since`` to ``until`` side by side; of one office where it is named."""
    key = BY[by]
    within: list[ColumnElement[bool]] = [hall_hours.c.day.between(since, until)]
    if office_id is not None:
        within.append(hall_hours.c.office_id == office_id)
    counts = [cast(func.sum(hall_hours.c[name]), hall_hours.c[name].type).label(name) for name in COUNTS]
    order = _ORDER.get(by, hall_hours.c.sphere)
    return reader.rows(select(key.label("key"), *counts).where(*within).group_by(order).order_by(order), Sums)


def heard(reader: Reader) -> list[HeardOffice]:
    """The offices that told of their halls."""
    latest = func.max(hall_days.c.heard_at, type_=hall_days.c.heard_at.type).label("heard_at")
    return reader.rows(select(hall_days.c.office_id, latest).group_by(hall_days.c.office_id), HeardOffice)
