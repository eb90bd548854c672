"""Codes held before a reader: each opens the page of what it names."""

from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody
from litestar.response import Redirect, ServerSentEvent

from edge_node.front_office import queries
from edge_node.front_office.model import CODE_LETTERS_MAX, CallerChanged, CodeScanned, NoDesk, devices_topic
from edge_node.queue import queries as queue
from sync.ambient import Clock
from sync.storage import Store
from sync.vocabulary.staff import Permission
from sync.web.access import any_staff, may, signed_in
from sync.web.forms import form_at
from sync.web.live import live_moments

SEARCH_PAGE = "/desk/cases"  # where a code that names nothing is looked for by hand
AnyRequest = Request[Any, Any, Any]


class ScanForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the reader read; posted, since the address of a ticket's page is the visitor's alone."""

    scanned: Annotated[str, msgspec.Meta(min_length=1, max_length=CODE_LETTERS_MAX)]


class ScanPages(Controller):
    """Where a scan leads, and what the devices on one's own desk say."""

    include_in_schema = False

    @post("/desk/scanned", opt=form_at(SEARCH_PAGE), guards=[any_staff])
    async def scanned(
        self, data: URLEncodedBody[ScanForm], store: NamedDependency[Store], clock: NamedDependency[Clock]
    ) -> Redirect:
        """Open what the code names; the page itself decides whether it is this person's to see."""
        path = await store.read(partial(queries.page_of_code, code=data.scanned, now=clock.now()))
        return Redirect(path, status_code=303)

    @get("/live/desk/devices", guards=[may(Permission.SERVE_AT_DESK)])
    async def devices(self, request: AnyRequest, store: NamedDependency[Store]) -> ServerSentEvent:
        """What the devices on the person's desk say from now on; nothing of what they said before."""
        desk = await store.read(partial(queue.desk_of, staff_id=signed_in(request).staff_id))
        if desk is None:
            raise NoDesk
        return live_moments(request, devices_topic(desk.number), _event)


def _event(said: CodeScanned | CallerChanged) -> tuple[str, str]:
    return ("scan", said.code) if isinstance(said, CodeScanned) else ("caller", "")
