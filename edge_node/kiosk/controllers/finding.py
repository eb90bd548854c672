"""A service found by its words, what to bring for it, and that list on paper: no ticket needed."""

from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter, URLEncodedBody
from litestar.response import Redirect, Template

from edge_node.catalogue import queries as catalogue
from edge_node.kiosk import commands, queries
from edge_node.printing.model import PrintJob
from edge_node.queue import queries as queue
from edge_node.settings import NodeSettings
from sync.ambient import Clock, Ids
from sync.storage import Reader, Store
from sync.storage.idempotency import KEY_LETTERS_MAX, Ask, once
from sync.vocabulary.catalogue import SPHERES, AdministrativeService, Sphere
from sync.vocabulary.ids import ServiceCode
from sync.web.forms import form_at
from sync.web.i18n import current_language

WORDS_LETTERS_MAX = 60
SHOWN_MAX = 12  # what a visitor looks through; more is a reason for another word
AnyRequest = Request[Any, Any, Any]
Words = Annotated[str, QueryParameter(name="q", max_length=WORDS_LETTERS_MAX)]


class MemoForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A touch on "print"; ``key`` makes a second touch give the same paper."""

    key: Annotated[str, msgspec.Meta(min_length=1, max_length=KEY_LETTERS_MAX)]


class MemoWanted(msgspec.Struct, frozen=True, kw_only=True):
    """What the key of a touch stands for."""

    service_code: ServiceCode


class FindingPages(Controller):
    """Search, one service, its memo."""

    include_in_schema = False

    @get("/kiosk/search")
    async def search(
        self, store: NamedDependency[Store], words: Words = "", sphere: FromQuery[Sphere | None] = None
    ) -> Template:
        """Words and what they find; without words the spheres, and the services of one."""
        found = await store.read(partial(_found, words=words, sphere=sphere))
        context = {"found": found, "words": words, "sphere": sphere, "spheres": SPHERES}
        back = "/kiosk/search" if sphere else "/kiosk"
        return Template("kiosk/search.html", context={**context, "back": back})

    @get("/live/kiosk/search")
    async def found(self, store: NamedDependency[Store], words: Words = "") -> Template:
        """What the words find so far, while they are typed."""
        found = await store.read(partial(_found, words=words, sphere=None))
        return Template(
            "kiosk/_found.html", context={"found": found, "words": words, "sphere": None, "spheres": SPHERES}
        )

    @get("/kiosk/services/{code:str}")
    async def service(
        self,
        *,
        code: FromPath[ServiceCode],
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        ids: NamedDependency[Ids],
        settings: NamedDependency[NodeSettings],
    ) -> Template:
        """What to bring, how long it takes, and the ways to a ticket and to a place on another day."""
        service = await store.read(partial(catalogue.service, code=code))
        paces = await store.read(partial(queue.paces, now=clock.now()))
        is_bookable = partial(queries.is_bookable, service=service, office_id=settings.office_id)
        context = {
            "is_bookable": await store.read(is_bookable),
            "service": service,
            "card": SPHERES[service.sphere],
            "pace": paces.get(service.sphere),
            "key": ids.new(),
        }
        return Template("kiosk/service.html", context={**context, "back": "/kiosk/search"})

    @post("/kiosk/services/{code:str}/memo", opt=form_at("/kiosk/services/{code}"))
    async def memo(
        self,
        code: FromPath[ServiceCode],
        data: URLEncodedBody[MemoForm],
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        ids: NamedDependency[Ids],
    ) -> Redirect:
        """Print the list, then say how the paper is doing."""
        now = clock.now()
        order = partial(commands.order_memo, code=code, language=current_language(), order_id=ids.new(), now=now)
        ask = Ask(key=data.key, request=MemoWanted(service_code=code), now=now)
        job = await store.run(lambda tx: once(tx, order, ask=ask, answer_type=PrintJob))
        return Redirect(f"/kiosk/memos/{job.id}", status_code=303)

    @get("/kiosk/memos/{job_id:str}")
    async def memo_page(self, job_id: FromPath[str], store: NamedDependency[Store]) -> Template:
        """The memo comes out of the printer."""
        view = await store.read(partial(queries.memo_view, job_id=job_id))
        return Template("kiosk/memo.html", context={"view": view, "back": f"/kiosk/services/{view.service_code}"})

    @get("/live/kiosk/memos/{job_id:str}")
    async def memo_paper(self, job_id: FromPath[str], store: NamedDependency[Store]) -> Template:
        """How its paper is doing."""
        view = await store.read(partial(queries.memo_view, job_id=job_id))
        return Template("kiosk/_memo.html", context={"view": view})


def _found(reader: Reader, *, words: str, sphere: Sphere | None) -> list[AdministrativeService]:
    if words.strip():
        return catalogue.near(reader, text=words, limit=SHOWN_MAX)
    return catalogue.services(reader, sphere=sphere) if sphere else []
