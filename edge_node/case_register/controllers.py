"""Cases over HTTP: one, found by number or by what the applicant knows."""

from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from edge_node.case_register import commands, queries
from edge_node.case_register.model import Case, CaseDetails, CaseFile, CaseNotHere, CaseNotYours
from edge_node.staff.model import Person
from sync.ambient import Clock
from sync.storage import Reader, Store
from sync.vocabulary.case import next_steps
from sync.vocabulary.identifiers.official_number import normalised_official_number
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
        return await look(store, by=by, case_id=case_id, clock=clock)

    @get("/cases")
    async def by_number(
        self,
        number: FromQuery[str],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
    ) -> CaseDetails:
        """The case of an official number, however it was typed."""
        canonical = normalised_official_number(number)
        case_id = await store.read(partial(queries.case_id_of, number=canonical))
        if case_id is None:
            raise CaseNotHere(number=canonical)
        return await look(store, by=signed_in(request), case_id=case_id, clock=clock)

    @post("/case-searches", status_code=200)
    async def search(
        self,
        data: CaseSearch,
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
    ) -> list[Case]:
        """Cases of one's office or body, latest first; at most fifty."""
        return await store.run(partial(commands.find, by=signed_in(request), text=data.text, now=clock.now()))


async def look(store: Store, *, by: Person, case_id: str, clock: Clock) -> CaseDetails:
    """The case for this person's eyes; raises as ``commands.case_for``."""
    file = await store.run(partial(commands.look, by=by, case_id=case_id, now=clock.now()))
    if isinstance(file, CaseNotYours):
        raise file
    return await store.read(partial(_details, file=file))


def _details(reader: Reader, *, file: CaseFile) -> CaseDetails:
    return CaseDetails(
        case=file.case,
        applicant=file.applicant,
        path=tuple(commands.path_sheet(reader, file)),
        receipts=(*file.state.receipts, *file.state.refunds),
        next_steps=tuple(sorted(next_steps(file.state))),
    )


controllers = [CaseController]
