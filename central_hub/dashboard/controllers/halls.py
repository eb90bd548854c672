"""``/city/halls``: the halls of the offices in figures, side by side; no desk and no person."""

from datetime import date
from enum import StrEnum
from functools import partial
from typing import Annotated

import msgspec
from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Template

from central_hub.directory import queries as directory
from central_hub.storage import HubStore, halls, ingest
from central_hub.storage.transaction import Reader
from sync.ambient import Clock
from sync.vocabulary.hall import WAIT_TARGET_MINUTES, Figures, total
from sync.vocabulary.staff import Permission
from sync.web.access import may
from sync.web.hall_figures import BARS_MAX, COLUMNS, Line, days_asked, file_name, line_name, sheet_of
from sync.web.i18n import current_language, keyed
from sync.web.sheets import Ending, download

OFFICE_LETTERS = 3


class Grouping(StrEnum):
    """By what figures are put side by side; read through ``grouping:<value>``."""

    OFFICE = "office"
    DAY = "day"
    HOUR = "hour"
    SPHERE = "sphere"


class HallsView(msgspec.Struct, frozen=True, kw_only=True):
    """The days from ``since`` to ``until``, of all offices or of one, side by side."""

    since: date
    until: date
    by: Grouping
    office_id: str | None
    lines: tuple[Line, ...]
    whole: Figures
    heard: tuple[halls.HeardOffice, ...]

    @property
    def first(self) -> str:
        """The head of the names."""
        return keyed("grouping", self.by)

    @property
    def query(self) -> str:
        """The same view as an address."""
        return f"since={self.since}&until={self.until}&by={self.by.value}&office={self.office_id or ''}"


OfficeAsked = Annotated[str, QueryParameter(max_length=OFFICE_LETTERS)]


class HallPages(Controller):
    """Figures of the halls on a page and as files."""

    path = "/city/halls"
    include_in_schema = False
    guards = (may(Permission.WATCH_CITY),)

    @get()
    async def page(
        self,
        *,
        store: NamedDependency[HubStore],
        clock: NamedDependency[Clock],
        since: FromQuery[date | None] = None,
        until: FromQuery[date | None] = None,
        by: FromQuery[Grouping] = Grouping.OFFICE,
        office: OfficeAsked = "",
    ) -> Template:
        first, last = days_asked(since, until, now=clock.now())
        view = await store.read(partial(_view, since=first, until=last, by=by, office_id=office or None))
        context = {
            "view": view,
            "columns": COLUMNS,
            "groupings": tuple(Grouping),
            "target": WAIT_TARGET_MINUTES,
            "bars_max": BARS_MAX,
            "offices": await store.read(partial(directory.office_names, language=current_language())),
            "unseen_alarms": await store.read(ingest.count_unseen_alarms),
        }
        return Template("dashboard/halls.html", context=context)

    @get("/{ending:str}")
    async def file(
        self,
        *,
        store: NamedDependency[HubStore],
        clock: NamedDependency[Clock],
        ending: FromPath[Ending],
        since: FromQuery[date | None] = None,
        until: FromQuery[date | None] = None,
        by: FromQuery[Grouping] = Grouping.OFFICE,
        office: OfficeAsked = "",
    ) -> Response[bytes]:
        """The same table as a file."""
        first, last = days_asked(since, until, now=clock.now())
        view = await store.read(partial(_view, since=first, until=last, by=by, office_id=office or None))
        sheet = sheet_of(view.lines, columns=COLUMNS, first=view.first, name=file_name(first, last))
        return download(sheet, ending=ending)


def _view(reader: Reader, *, since: date, until: date, by: Grouping, office_id: str | None) -> HallsView:
    found = halls.sums(reader, by=by.value, since=since, until=until, office_id=office_id)
    offices = directory.office_names(reader, language=current_language())
    lines = [Line(name=_name(row.key, by=by, offices=offices), figures=row) for row in found]
    return HallsView(
        since=since,
        until=until,
        by=by,
        office_id=office_id,
        lines=tuple(lines),
        whole=total(line.figures for line in lines),
        heard=tuple(halls.heard(reader)),
    )


def _name(key: str, *, by: Grouping, offices: dict[str, str]) -> str:
    return offices.get(key, key) if by is Grouping.OFFICE else line_name(key, by=by)
