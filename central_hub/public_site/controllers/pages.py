"""The catalogue, the offices, tracking a case, for people and for programs."""

from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter, URLEncodedBody
from litestar.response import Template

from central_hub.appointments import queries as appointments
from central_hub.directory import queries as directory
from central_hub.node_gateway.model import LiveOffices
from central_hub.public_site import queries
from central_hub.public_site.model import OfficeQueue, TrackedCase, opening_spans
from central_hub.statistics.model import CityNow
from central_hub.statistics.queries import city_now
from central_hub.storage import HubStore
from sync.ambient import Clock
from sync.vocabulary.catalogue import SPHERES, Sphere
from sync.vocabulary.errors import NotFound
from sync.vocabulary.identifiers.tracking import check_second_factor
from sync.vocabulary.money import subsistence_minimum
from sync.web.forms import form_at
from sync.web.passwords import Throttle

WORDS_LETTERS_MAX = 100
AnyRequest = Request[Any, Any, Any]


class Tracking(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The number of a case, and the last four digits of the telephone or document given with it."""

    number: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    second_factor: Annotated[str, msgspec.Meta(min_length=1, max_length=10)]


class Tracker:
    """Answers who tracks a case, and slows down who guesses: by where the request comes from, and by the number."""

    def __init__(self, store: HubStore, clock: Clock, trackings: Throttle) -> None:
        self._store = store
        self._clock = clock
        self._trackings = trackings

    async def find(self, request: AnyRequest, tracking: Tracking) -> TrackedCase:
        """The case; raises CaseNotTracked, or TooManyRequests after several wrong tries."""
        source, now = request.client.host if request.client else "", self._clock.now()
        attempts = [("track", source), ("track", tracking.number.strip().upper())]
        factor = check_second_factor(tracking.second_factor)
        for account, device in attempts:
            self._trackings.admit(account=account, device=device, now=now)
        for account, device in attempts:
            self._trackings.attempt(account=account, device=device, now=now)
        find = partial(queries.tracked_case, number=tracking.number, second_factor=factor)
        found = await self._store.read(find)
        for account, device in attempts:
            self._trackings.withdraw(account=account, device=device, at=now)
        return found


def provide_tracker(
    store: NamedDependency[HubStore], clock: NamedDependency[Clock], trackings: NamedDependency[Throttle]
) -> Tracker:
    """The tracker of this app."""
    return Tracker(store, clock, trackings)


async def provide_city(
    store: NamedDependency[HubStore], live_offices: NamedDependency[LiveOffices], clock: NamedDependency[Clock]
) -> CityNow:
    """The offices as they are."""
    return await store.read(partial(city_now, live_offices=live_offices, now=clock.now()))


CITY = {"city": Provide(provide_city)}


class PublicPages(Controller):
    """``/``, the services, the offices, tracking."""

    include_in_schema = False
    dependencies = CITY

    @get("/")
    async def home(self, store: NamedDependency[HubStore], city: NamedDependency[CityNow]) -> Template:
        service_count = await store.read(directory.count_services)
        context = {"spheres": SPHERES, "city": city, "service_count": service_count}
        return Template("public_site/home.html", context=context)

    @get("/services")
    async def services(
        self,
        store: NamedDependency[HubStore],
        words: Annotated[str, QueryParameter(name="q", max_length=WORDS_LETTERS_MAX)] = "",
        sphere: FromQuery[Sphere | None] = None,
    ) -> Template:
        if words.strip():
            found = await store.read(partial(directory.services_found, words=words))
        elif sphere is not None:
            found = await store.read(partial(directory.services_of, sphere=sphere))
        else:
            found = []
        context = {"found": found, "words": words, "sphere": SPHERES[sphere] if sphere else None, "spheres": SPHERES}
        return Template("public_site/services.html", context=context)

    @get("/services/{code:str}")
    async def service(
        self,
        code: FromPath[str],
        store: NamedDependency[HubStore],
        city: NamedDependency[CityNow],
        clock: NamedDependency[Clock],
    ) -> Template:
        service = await store.read(partial(directory.service, service_code=code))
        if service is None:
            raise NotFound(what="service")
        receiving = await store.read(partial(appointments.offices_receiving, service=service))
        context = {
            "service": service,
            "city": city,
            "minimum": subsistence_minimum(clock.now().year),
            "is_bookable": bool(receiving),
        }
        return Template("public_site/service.html", context=context)

    @get("/offices")
    async def offices(self, city: NamedDependency[CityNow]) -> Template:
        spans = {each.office.id: opening_spans(each.office) for each in city.offices}
        return Template("public_site/offices.html", context={"city": city, "spans": spans})

    @get("/track")
    async def track_page(self) -> Template:
        return Template("public_site/track.html", context={})

    @post("/track", status_code=200, opt=form_at("/track"))
    async def track(
        self,
        data: URLEncodedBody[Tracking],
        request: AnyRequest,
        tracker: NamedDependency[Tracker],
    ) -> Template:
        found = await tracker.find(request, data)
        return Template("public_site/tracked.html", context={"case": found})


class PublicFigures(Controller):
    """The same for programs."""

    path = "/api"
    dependencies = CITY
    tags = ("public",)

    @get("/queues")
    async def queues(self, city: NamedDependency[CityNow]) -> list[OfficeQueue]:
        """People waiting and open desks of every office; ``is_current`` is false where the office is silent."""
        return queries.halls(city)

    @post("/trackings", status_code=200)
    async def track(
        self, data: JSONBody[Tracking], request: AnyRequest, tracker: NamedDependency[Tracker]
    ) -> TrackedCase:
        """Where a case stands, for who knows its number and second factor; the same 404 for unknown and wrong."""
        return await tracker.find(request, data)
