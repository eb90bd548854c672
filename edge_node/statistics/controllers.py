"""``/statistics``: the hall in figures; all of it for the head of the office, one's own for an administrator."""

from datetime import date, datetime
from functools import partial
from typing import Any

import msgspec
from litestar import Controller, Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from edge_node.queue import queries as queue
from edge_node.staff import queries as staff
from edge_node.statistics import queries
from edge_node.statistics.model import Group, Grouping, Period
from sync.ambient import Clock
from sync.storage import Reader, Store
from sync.vocabulary.hall import WAIT_TARGET_MINUTES, Figures, total
from sync.vocabulary.staff import Permission
from sync.vocabulary.staff import may as roles_may
from sync.web.access import SignedIn, may, signed_in
from sync.web.hall_figures import (
    BARS_MAX,
    COLUMNS,
    OWN_COLUMNS,
    Column,
    Line,
    days_asked,
    file_name,
    line_name,
    sheet_of,
)
from sync.web.i18n import gettext, keyed
from sync.web.sheets import Ending, download

AnyRequest = Request[Any, Any, Any]
OWN_GROUPINGS = (Grouping.DAY, Grouping.HOUR, Grouping.SPHERE, Grouping.DESK)


class View(msgspec.Struct, frozen=True, kw_only=True):
    """What a person is shown: the period, side by side, and the whole of it."""

    period: Period
    by: Grouping
    columns: tuple[Column, ...]
    groupings: tuple[Grouping, ...]
    lines: tuple[Line, ...]
    whole: Figures

    @property
    def first(self) -> str:
        """The head of the names."""
        return keyed("grouping", self.by)

    @property
    def query(self) -> str:
        """The same view as an address."""
        return f"since={self.period.since}&until={self.period.until}&by={self.by.value}"


class StatisticsPages(Controller):
    """Figures on a page and as files."""

    path = "/statistics"
    include_in_schema = False
    guards = (may(Permission.WATCH_OFFICE, Permission.SERVE_AT_DESK),)

    @get()
    async def page(
        self,
        *,
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        since: FromQuery[date | None] = None,
        until: FromQuery[date | None] = None,
        by: FromQuery[Grouping | None] = None,
    ) -> Template:
        period = _period(signed_in(request), since=since, until=until, now=clock.now())
        view = await store.read(partial(_view, period=period, by=by))
        context = {"view": view, "target": WAIT_TARGET_MINUTES, "bars_max": BARS_MAX}
        return Template("statistics/hall.html", context=context)

    @get("/{ending:str}")
    async def file(
        self,
        *,
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        ending: FromPath[Ending],
        since: FromQuery[date | None] = None,
        until: FromQuery[date | None] = None,
        by: FromQuery[Grouping | None] = None,
    ) -> Response[bytes]:
        """The same table as a file."""
        period = _period(signed_in(request), since=since, until=until, now=clock.now())
        view = await store.read(partial(_view, period=period, by=by))
        name = file_name(period.since, period.until)
        return download(sheet_of(view.lines, columns=view.columns, first=view.first, name=name), ending=ending)


def _period(person: SignedIn, *, since: date | None, until: date | None, now: datetime) -> Period:
    """The days that may be seen; an administrator sees their own work. Raises InvalidInput."""
    first, last = days_asked(since, until, now=now)
    sees_all = roles_may(person.roles, Permission.WATCH_OFFICE)
    return Period(since=first, until=last, staff_id=None if sees_all else person.staff_id)


def _view(reader: Reader, *, period: Period, by: Grouping | None) -> View:
    is_own = period.staff_id is not None
    groupings = OWN_GROUPINGS if is_own else tuple(Grouping)
    grouping = by if by in groupings else Grouping.DAY
    groups = queries.groups(reader, period=period, by=grouping)
    names = _names(reader, groups, by=grouping)
    return View(
        period=period,
        by=grouping,
        columns=OWN_COLUMNS if is_own else COLUMNS,
        groupings=groupings,
        lines=tuple(Line(name=names[group.key], figures=group.figures) for group in groups),
        whole=total(group.figures for group in groups),
    )


def _names(reader: Reader, groups: list[Group], *, by: Grouping) -> dict[str, str]:
    """What the keys are called; the sphere of a ticket that was never at a desk is known, its desk is nobody's."""
    keys = [group.key for group in groups]
    known: dict[str, str]
    match by:
        case Grouping.DAY | Grouping.HOUR | Grouping.SPHERE:
            return {key: line_name(key, by=by) for key in keys}
        case Grouping.DESK:
            text = gettext("Desk %(number)s")
            known = {desk.id: text % {"number": desk.number} for desk in queue.desks(reader)}
        case Grouping.STAFF:
            known = dict(staff.names(reader, staff_ids=keys))
    nobody = gettext("Before any desk")
    return {key: known.get(key, key) if key else nobody for key in keys}


controllers = (StatisticsPages,)
