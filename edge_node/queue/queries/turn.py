# ruff: noqa: S608 - only constants of this module are put together; every value is a parameter
"""Whom a desk may call: found in the indices over who waits, whatever the years left behind."""

from datetime import date, datetime

from edge_node.queue.model import PRIORITY_IN_A_ROW_MAX, Candidates, Desk, Ticket, Waiting
from sync.storage import Reader

_NEVER, _EVER = "", "9999"  # before and after every moment as it is written

# A skill binds while an open desk of the sphere has it; the conditions are looked at only for tickets that need one.
_ABLE = """
    (:signs or not c.needs_sign_language or not exists (
        select 1 from desks d, json_each(d.spheres) s
        where d.signs and d.occupant_id is not null and d.break_reason is null and s.value = c.sphere))
    and (c.language in (select value from json_each(:languages)) or not exists (
        select 1 from desks d, json_each(d.languages) l, json_each(d.spheres) s
        where d.occupant_id is not null and d.break_reason is null and l.value = c.language and s.value = c.sphere))
"""
_BY_SCORE = f"""
    select * from tickets_with_desk where id in (
        select (select c.id from tickets c
                where c.state = 'waiting' and c.due_at is null and c.sphere = sphere.value and c.day >= :since
                  and c.wanted_desk_id is null and (:with_priority or c.priority is null) and {_ABLE}
                order by c.rank_at, c.id limit 1)
        from json_each(:spheres) sphere
        union all
        select (select c.id from tickets c
                where c.wanted_desk_id = :desk_id and c.state = 'waiting' and c.due_at is null and c.day >= :since
                  and (:with_priority or c.priority is null)
                order by c.rank_at, c.id limit 1))
    order by rank_at, id limit 1
"""
_BY_HOUR = f"""
    select * from tickets_with_desk where id in (
        select (select c.id from tickets c
                where c.state = 'waiting' and c.due_at > :after and c.due_at <= :until and c.sphere = sphere.value
                  and c.day >= :since and c.wanted_desk_id is null and (:with_priority or c.priority is null)
                  and {_ABLE}
                order by c.due_at, c.id limit 1)
        from json_each(:spheres) sphere
        union all
        select (select c.id from tickets c
                where c.wanted_desk_id = :desk_id and c.state = 'waiting' and c.due_at > :after and c.due_at <= :until
                  and c.day >= :since and (:with_priority or c.priority is null)
                order by c.due_at, c.id limit 1))
    order by due_at, id limit 1
"""
_LIST = f"""
    select c.id, c.number, c.sphere, c.purpose, c.priority, c.appointment_at, c.due_at, c.language,
           c.needs_sign_language, c.wanted_desk_id is not null as is_for_this_desk, c.issued_at, c.rank_at,
           c.transfer_count
    from tickets c
    where c.state = 'waiting' and c.day >= :since
      and (c.wanted_desk_id = :desk_id
           or (c.wanted_desk_id is null and c.sphere in (select value from json_each(:spheres)) and {_ABLE}))
    order by case when c.due_at is null then 1 when c.due_at <= :now then 0 else 2 end, c.due_at, c.rank_at, c.id
    limit :limit
"""


def candidates(reader: Reader, *, desk: Desk, since: date, now: datetime) -> Candidates:
    """The first of each kind among those ``desk`` may call, of the days from ``since`` on."""
    hall = _Hall(reader, desk=desk, since=since)
    due, first = hall.by_hour(until=now), hall.by_score()
    must_look_behind = desk.priority_streak >= PRIORITY_IN_A_ROW_MAX
    return Candidates(
        due=due,
        due_ordinary=hall.by_hour(until=now, with_priority=False) if must_look_behind else None,
        first=first,
        first_ordinary=first if first is None or first.priority is None else hall.by_score(with_priority=False),
        early=hall.by_hour(after=now) if due is None and first is None else None,
    )


def waiting_for_desk(reader: Reader, *, desk: Desk, since: date, now: datetime, limit: int) -> list[Waiting]:
    """Who waits for ``desk``: appointments whose hour has come, then the rest by score, those who came early last."""
    return reader.rows(
        _LIST,
        Waiting,
        since=since,
        now=now,
        desk_id=desk.id,
        spheres=desk.spheres,
        languages=desk.languages,
        signs=desk.signs,
        limit=limit,
    )


class _Hall:
    """Who waits, as one desk sees it."""

    def __init__(self, reader: Reader, *, desk: Desk, since: date) -> None:
        self._reader, self._desk, self._since = reader, desk, since

    def by_score(self, *, with_priority: bool = True) -> Ticket | None:
        return self._first(_BY_SCORE, with_priority=with_priority)

    def by_hour(
        self, *, after: datetime | str = _NEVER, until: datetime | str = _EVER, with_priority: bool = True
    ) -> Ticket | None:
        return self._first(_BY_HOUR, after=after, until=until, with_priority=with_priority)

    def _first(self, sql: str, **bounds: object) -> Ticket | None:
        desk = self._desk
        return self._reader.row(
            sql,
            Ticket,
            desk_id=desk.id,
            spheres=desk.spheres,
            languages=desk.languages,
            signs=desk.signs,
            since=self._since,
            **bounds,
        )
