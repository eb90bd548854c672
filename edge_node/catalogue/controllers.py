"""The catalogue over HTTP."""

from functools import partial
from typing import Annotated

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from edge_node.catalogue import queries
from sync.storage import Reader, Store
from sync.vocabulary.catalogue import AdministrativeService, Sphere
from sync.vocabulary.office import Office

SEARCH_CHARACTERS_MAX = 100
VERSION_MAX = 1_000_000


class ServiceController(Controller):
    """Services and offices are public: anyone may read them."""

    path = "/api"
    tags = ("catalogue",)

    @get("/services")
    async def services(
        self,
        store: NamedDependency[Store],
        sphere: FromQuery[Sphere | None] = None,
        q: Annotated[str | None, QueryParameter(max_length=SEARCH_CHARACTERS_MAX)] = None,
    ) -> list[AdministrativeService]:
        """The services in force: of one sphere, or found by words or code."""
        return await store.read(partial(_services, sphere=sphere, text=q))

    @get("/services/{code:str}")
    async def service(
        self,
        code: FromPath[str],
        store: NamedDependency[Store],
        version: Annotated[int | None, QueryParameter(ge=1, le=VERSION_MAX)] = None,
    ) -> AdministrativeService:
        """One service, in the version asked for or in force."""
        return await store.read(partial(queries.service, code=code, version=version))

    @get("/offices")
    async def offices(self, store: NamedDependency[Store]) -> list[Office]:
        """Every office of the city."""
        return await store.read(queries.offices)


def _services(reader: Reader, *, sphere: Sphere | None, text: str | None) -> list[AdministrativeService]:
    if text:
        return [each for each in queries.search(reader, text=text) if sphere is None or each.sphere is sphere]
    return queries.services(reader, sphere=sphere)


controllers = [ServiceController]
