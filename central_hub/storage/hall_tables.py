"""Figures of the halls, as the offices told them: no desk and no person."""

from sqlalchemy import BigInteger, Column, Date, Integer, String, Table

from central_hub.storage.columns import Moment
from central_hub.storage.tables import metadata
from sync.vocabulary.hall import COUNTS

# how far the log of an office was read when it told of the day last
hall_days = Table(
    "hall_days",
    metadata,
    Column("office_id", String(3), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("revision", BigInteger, nullable=False),
    Column("heard_at", Moment, nullable=False),
)

# what ended in that hour
hall_hours = Table(
    "hall_hours",
    metadata,
    Column("office_id", String(3), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("hour", Integer, primary_key=True, autoincrement=False),
    Column("sphere", String(32), primary_key=True),
    *(Column(name, BigInteger, nullable=False) for name in COUNTS),
)
