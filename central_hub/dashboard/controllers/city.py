"""The city's pages, and their figures for programs."""

from datetime import date, datetime, time
from functools import partial
from typing import Annotated, Any

from litestar import Controller, Request, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import ServerSentEvent, Template
from msgspec import structs

from central_hub.case_register import queries as case_register
from central_hub.case_register.model import CaseCounts, CaseNumber, CaseRow, CaseSearch
from central_hub.directory import queries as directory
from central_hub.directory.commands import log_access
from central_hub.node_gateway.model import LiveOffices
from central_hub.settings import HubSettings
from central_hub.statistics import queries
from central_hub.statistics.model import CityNow
from central_hub.statistics.queries import KYIV, day_of
from central_hub.storage import HubStore, ingest
from sync.ambient import Clock
from sync.vocabulary.catalogue import SPHERES
from sync.vocabulary.errors import Forbidden, InvalidInput, NotFound
from sync.vocabulary.identifiers.official_number import normalised_official_number
from sync.vocabulary.staff import Permission
from sync.web.access import SignedIn, may, signed_in
from sync.web.i18n import current_language
from sync.web.live import live_fragment
from sync.web.pages import fragment

AnyRequest = Request[Any, Any, Any]
LIVE_TOPIC = "offices"
NUMBER_LETTERS_MAX = 40
OFFICE_LETTERS = 3
DAYS_FROM, DAYS_TO = date(2000, 1, 1), date(2199, 12, 31)


class CityPages(Controller):
    """``/city``: the offices live; the cases of a day; one case."""

    include_in_schema = False

    @get("/city", guards=[may(Permission.WATCH_CITY)])
    async def city(
        self,
        store: NamedDependency[HubStore],
        live_offices: NamedDependency[LiveOffices],
        clock: NamedDependency[Clock],
    ) -> Template:
        city = await store.read(partial(queries.city_now, live_offices=live_offices, now=clock.now()))
        unseen = await store.read(ingest.count_unseen_alarms)
        context = {"city": city, "spheres": SPHERES, "unseen_alarms": unseen}
        return Template("dashboard/city.html", context=context)

    @get("/live/city", guards=[may(Permission.WATCH_CITY)])
    async def live_city(
        self,
        request: AnyRequest,
        store: NamedDependency[HubStore],
        live_offices: NamedDependency[LiveOffices],
        clock: NamedDependency[Clock],
    ) -> ServerSentEvent:
        async def render() -> str:
            city = await store.read(partial(queries.city_now, live_offices=live_offices, now=clock.now()))
            return fragment(request, "dashboard/_offices.html", {"city": city, "spheres": SPHERES})

        return live_fragment(request, LIVE_TOPIC, render)

    @get("/city/cases", guards=[may(Permission.READ_CASES)])
    async def cases(
        self,
        *,
        request: AnyRequest,
        store: NamedDependency[HubStore],
        settings: NamedDependency[HubSettings],
        clock: NamedDependency[Clock],
        number: Annotated[str, QueryParameter(max_length=NUMBER_LETTERS_MAX)] = "",
        day: FromQuery[date | None] = None,
        in_conflict: FromQuery[bool] = False,
    ) -> Template:
        person, now = signed_in(request), clock.now()
        shown = _within_reason(day or now.astimezone(KYIV).date())
        search = CaseSearch(is_in_conflict=True) if in_conflict else _search(number, shown)
        if search is not None and not sees_all(person, settings):
            search = structs.replace(search, office_id=person.office_id or "", provider_id=person.provider_id)
        found = [] if search is None else await store.read(partial(case_register.found_cases, search=search))
        entry = partial(
            log_access,
            actor_id=person.staff_id,
            office_id=person.office_id,
            action="list_cases",
            subject=_subject(search, shown),
            now=now,
        )
        await store.run(entry)
        context = {
            "offices": await store.read(partial(directory.office_names, language=current_language())),
            "services": await store.read(partial(directory.service_names, language=current_language())),
            "unseen_alarms": await store.read(ingest.count_unseen_alarms),
            "cases": found,
            "number": number,
            "is_number_wrong": search is None,
            "in_conflict": in_conflict,
            "day": shown,
            "limit": case_register.LISTED_MAX,
        }
        return Template("dashboard/cases.html", context=context)

    @get("/city/cases/{case_id:str}", guards=[may(Permission.READ_CASES)])
    async def case(
        self,
        request: AnyRequest,
        case_id: FromPath[str],
        store: NamedDependency[HubStore],
        settings: NamedDependency[HubSettings],
        clock: NamedDependency[Clock],
    ) -> Template:
        person = signed_in(request)
        sheet = await store.read(partial(case_register.case_sheet, case_id=case_id))
        if sheet is None:
            raise NotFound(what="case")
        is_allowed = sees_all(person, settings) or _is_theirs(sheet.case, person)
        entry = partial(
            log_access,
            actor_id=person.staff_id,
            office_id=person.office_id,
            action="view_case" if is_allowed else "view_case_denied",
            subject=sheet.case.number,
            now=clock.now(),
        )
        await store.run(entry)
        if not is_allowed:
            raise Forbidden
        offices = await store.read(partial(directory.office_names, language=current_language()))
        unseen = await store.read(ingest.count_unseen_alarms)
        context = {"sheet": sheet, "offices": offices, "unseen_alarms": unseen}
        return Template("dashboard/case.html", context=context)


class CityFigures(Controller):
    """The same figures for programs."""

    path = "/api/city"
    tags = ("city",)
    guards = (may(Permission.WATCH_CITY),)

    @get("/offices")
    async def offices(
        self,
        store: NamedDependency[HubStore],
        live_offices: NamedDependency[LiveOffices],
        clock: NamedDependency[Clock],
    ) -> CityNow:
        """Every office: live state, last contact, counts of cases."""
        return await store.read(partial(queries.city_now, live_offices=live_offices, now=clock.now()))

    @get("/case-counts")
    async def case_counts(self, store: NamedDependency[HubStore], clock: NamedDependency[Clock]) -> list[CaseCounts]:
        """What the hub holds, by home office: cases, issued, archived, receipts, money, conflicts."""
        begins_at, ends_at = day_of(clock.now())
        read = partial(case_register.counts_by_office, begins_at=begins_at, ends_at=ends_at)
        return list((await store.read(read)).values())

    @get("/case-numbers", guards=[may(Permission.READ_CASES)])
    async def case_numbers(
        self,
        request: AnyRequest,
        store: NamedDependency[HubStore],
        settings: NamedDependency[HubSettings],
        office_id: Annotated[str, QueryParameter(max_length=OFFICE_LETTERS)],
        after: Annotated[str, QueryParameter(max_length=NUMBER_LETTERS_MAX)] = "",
    ) -> list[CaseNumber]:
        """Numbers and money of the cases an office registered, a thousand at a time: registers are compared by it."""
        person = signed_in(request)
        if not (sees_all(person, settings) or person.office_id == office_id):
            raise Forbidden
        return await store.read(partial(case_register.case_numbers, office_id=office_id, after=after))

    @get("/cases", guards=[may(Permission.READ_CASES)])
    async def case_by_number(
        self,
        request: AnyRequest,
        store: NamedDependency[HubStore],
        settings: NamedDependency[HubSettings],
        number: Annotated[str, QueryParameter(max_length=NUMBER_LETTERS_MAX)],
        clock: NamedDependency[Clock],
    ) -> CaseRow:
        """One case by its official number; of another office only for who sees the whole city."""
        person = signed_in(request)
        canonical = normalised_official_number(number)
        found = await store.read(partial(case_register.case_of_number, number=canonical))
        entry = partial(
            log_access,
            actor_id=person.staff_id,
            office_id=person.office_id,
            action="view_case",
            subject=canonical,
            now=clock.now(),
        )
        await store.run(entry)
        if found is None or not (sees_all(person, settings) or _is_theirs(found, person)):
            raise NotFound(what="case")
        return found


def sees_all(person: SignedIn, settings: HubSettings) -> bool:
    """Whether the person works for the city itself; all others see the cases of their own office."""
    return person.office_id == settings.city_office_id


def _is_theirs(case: CaseRow, person: SignedIn) -> bool:
    return case.is_of(person.office_id or "", provider_id=person.provider_id)


def _within_reason(day: date) -> date:
    """A day that cases can have; raises InvalidInput."""
    if not DAYS_FROM <= day <= DAYS_TO:
        raise InvalidInput(field="day", rule="date-range", minimum=DAYS_FROM.isoformat())
    return day


def _subject(search: CaseSearch | None, day: date) -> str:
    """What the access log says was looked for."""
    if search is not None and search.is_in_conflict:
        return "in-conflict"
    return search.number if search and search.number else day.isoformat()


def _search(number: str, day: date) -> CaseSearch | None:
    """What to look for; ``None`` when what was typed is no number."""
    if not number.strip():
        begins_at, ends_at = day_of(datetime.combine(day, time(12), tzinfo=KYIV))
        return CaseSearch(begins_at=begins_at, ends_at=ends_at)
    try:
        return CaseSearch(number=normalised_official_number(number))
    except InvalidInput:
        return None
