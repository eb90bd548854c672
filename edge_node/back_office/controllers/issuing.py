"""Handing a result out at any office: the case is fetched by its number and what only the applicant knows."""

from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody
from litestar.response import Redirect, Template

from edge_node.back_office.model import CaseNotFetched, CaseSource, LineCut
from edge_node.case_register import commands as register
from edge_node.case_register import queries as cases
from edge_node.staff import commands as staff
from edge_node.staff.model import Person
from sync.ambient import Clock, Ids
from sync.replication.messages import CheckoutRequest
from sync.replication.transport import HubRefusal, Unreachable
from sync.storage import Reader, Store
from sync.vocabulary.identifiers.official_number import normalised_official_number
from sync.vocabulary.identifiers.tracking import check_second_factor
from sync.vocabulary.ids import CaseId
from sync.vocabulary.staff import Permission
from sync.web.access import may, signed_in
from sync.web.forms import form_at

AnyRequest = Request[Any, Any, Any]
PAGE = "/desk/issue"


class FetchForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    number: Annotated[str, msgspec.Meta(max_length=40)] = ""
    second_factor: Annotated[str, msgspec.Meta(max_length=20)] = ""


class IssuePages(Controller):
    """``/desk/issue``."""

    include_in_schema = False
    guards = (may(Permission.ISSUE_RESULTS),)

    @get(PAGE)
    async def page(self) -> Template:
        """The number on the applicant's copy of the inventory, and the four digits."""
        return Template("back_office/issue.html")

    @post(PAGE, opt=form_at(PAGE))
    async def fetch(
        self,
        data: URLEncodedBody[FetchForm],
        *,
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        ids: NamedDependency[Ids],
        hub: NamedDependency[CaseSource],
    ) -> Redirect:
        """A case of this office is opened at once; another office's comes from the hub and stays here."""
        by, number = signed_in(request), normalised_official_number(data.number)
        here = await store.read(partial(_case_here, number=number, by=by))
        if here is None:
            factor = check_second_factor(data.second_factor)
            log = partial(staff.log_access, by=by, action="check-out", subject=number, now=clock.now())
            await store.run(log)
            here = await _fetched(hub, number=number, factor=factor)
            note = partial(register.note_check_out, case_id=here, by=by, now=clock.now(), ids=ids)
            await store.run(note)
        return Redirect(f"/cases/{here}", status_code=303)


def _case_here(reader: Reader, *, number: str, by: Person) -> CaseId | None:
    case_id = cases.case_id_of(reader, number=number)
    case = None if case_id is None else cases.case(reader, case_id=case_id)
    return case_id if case is not None and register.may_see(reader, by=by, case=case) else None


async def _fetched(hub: CaseSource, *, number: str, factor: str) -> CaseId:
    try:
        item = await hub.checkout(CheckoutRequest(number=number, second_factor=factor))
    except Unreachable as cut:
        raise LineCut from cut
    except HubRefusal as refusal:
        raise CaseNotFetched from refusal
    return CaseId(item.document_id)
