"""The day so far, as counts."""

from datetime import datetime

import msgspec

from sync.storage import Reader
from sync.vocabulary.working_days import local_day


class DayCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Tickets of one day; averages in seconds, 0 while there is nothing to average."""

    issued: int = 0
    served: int = 0
    average_wait_seconds: int = 0
    average_service_seconds: int = 0


def day_counts(reader: Reader, *, now: datetime) -> DayCounts:
    """The local day of ``now`` so far."""
    sql = """
        select count(*) as issued,
               count(*) filter (where state = 'served') as served,
               cast(coalesce(avg(unixepoch(called_at) - unixepoch(issued_at)), 0) as integer) as average_wait_seconds,
               cast(coalesce(avg(unixepoch(finished_at) - unixepoch(serving_at)), 0) as integer)
                   as average_service_seconds
        from tickets where day = :day
        """
    return reader.row(sql, DayCounts, day=local_day(now)) or DayCounts()
