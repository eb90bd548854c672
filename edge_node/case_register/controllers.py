"""Cases over HTTP: one, or found by what the applicant knows."""

from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from edge_node.case_register import commands
from edge_node.case_register.model import Case, CaseDetails, CaseNotYours
from sync.ambient import Clock
from sync.storage import Store
from sync.vocabulary.staff import Permission
from sync.web.access import may, signed_in

SEARCH_CHARACTERS_MAX = 120
AnyRequest = Request[Any, Any, Any]


class CaseSearch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A number of a case, the beginning of a name, an RNOKPP or a phone; posted, to stay out of addresses."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=SEARCH_CHARACTERS_MAX)]


class CaseController(Controller):
    """``/api/cases``: reading."""

    path = "/api"
    tags = ("cases",)
    guards = (may(Permission.READ_CASES),)

    @get("/cases/{case_id:str}")
    async def one(
        self,
        case_id: FromPath[str],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
    ) -> CaseDetails:
        """A case of one's office or body, with its path sheet; that it was opened goes into the access log."""
        by = signed_in(request)
        file = await store.run(partial(commands.look, by=by, case_id=case_id, now=clock.now()))
        if isinstance(file, CaseNotYours):
            raise file
        return await store.read(partial(commands.details, file=file))

    @post("/case-searches", status_code=200)
    async def search(
        self,
        data: JSONBody[CaseSearch],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
    ) -> list[Case]:
        """Cases of one's office or body, latest first; at most fifty."""
        return await store.run(partial(commands.find, by=signed_in(request), text=data.text, now=clock.now()))


controllers = [CaseController]
