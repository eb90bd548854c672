"""Handing a result out at any office: the case is fetched by its number and what only the applicant knows."""

from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, URLEncodedBody
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


class CheckoutWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The number on the applicant's paper, and the second factor she was given."""

    number: Annotated[str, msgspec.Meta(max_length=40)] = ""
    second_factor: Annotated[str, msgspec.Meta(max_length=20)] = ""


class CheckedOut(msgspec.Struct, frozen=True, kw_only=True):
    """The case that is here now."""

    case_id: CaseId


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
        data: URLEncodedBody[CheckoutWanted],
        *,
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        ids: NamedDependency[Ids],
        hub: NamedDependency[CaseSource],
    ) -> Redirect:
        """A case of this office is opened at once; another office's comes from the hub and stays here."""
        case = await Checkout(hub, store, clock, ids).take(data, by=signed_in(request))
        return Redirect(f"/cases/{case.case_id}", status_code=303)


class CheckoutController(Controller):
    """``/api/checkouts``: the same for a program."""

    path = "/api/checkouts"
    tags = ("cases",)
    guards = (may(Permission.CHECK_OUT_CASES),)

    @post()
    async def check_out(
        self,
        data: JSONBody[CheckoutWanted],
        *,
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        ids: NamedDependency[Ids],
        hub: NamedDependency[CaseSource],
    ) -> CheckedOut:
        """Fetch a case by its number and second factor; it stays here and follows what happens to it."""
        return await Checkout(hub, store, clock, ids).take(data, by=signed_in(request))


class Checkout:
    """Fetches a case for who stands here; whoever asks, and for what, is in the access log before the hub is asked."""

    def __init__(self, hub: CaseSource, store: Store, clock: Clock, ids: Ids) -> None:
        self._hub = hub
        self._store = store
        self._clock = clock
        self._ids = ids

    async def take(self, wanted: CheckoutWanted, *, by: Person) -> CheckedOut:
        """The case that is now here, or was all along.

        Raises:
            InvalidInput: the number or the factor is malformed.
            LineCut: the hub cannot be asked now.
            CaseNotFetched: no such case, or a wrong factor; which of the two is not said.
        """
        number = normalised_official_number(wanted.number)
        here = await self._store.read(partial(_case_here, number=number, by=by))
        if here is not None:
            return CheckedOut(case_id=here)
        factor = check_second_factor(wanted.second_factor)
        now = self._clock.now()
        await self._store.run(partial(staff.log_access, by=by, action="check-out", subject=number, now=now))
        case_id = await self._fetch(CheckoutRequest(number=number, second_factor=factor))
        note = partial(register.note_check_out, case_id=case_id, by=by, now=self._clock.now(), ids=self._ids)
        await self._store.run(note)
        return CheckedOut(case_id=case_id)

    async def _fetch(self, request: CheckoutRequest) -> CaseId:
        try:
            item = await self._hub.checkout(request)
        except Unreachable as cut:
            raise LineCut from cut
        except HubRefusal as refusal:
            raise CaseNotFetched from refusal
        return CaseId(item.document_id)


def _case_here(reader: Reader, *, number: str, by: Person) -> CaseId | None:
    case_id = cases.case_id_of(reader, number=number)
    case = None if case_id is None else cases.case(reader, case_id=case_id)
    return case_id if case is not None and register.may_see(reader, by=by, case=case) else None
