"""The pages of a case on its way: what waits, one case, finding one, handing a result out."""

from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, ServerSentEvent, Template

from edge_node.back_office import queries
from edge_node.back_office.controllers.api import Steps
from edge_node.back_office.controllers.views import case_view, list_view
from edge_node.back_office.model import (
    BATCH_MAX,
    CASES_TOPIC,
    Batch,
    Decision,
    Handing,
    Resolution,
    StepKey,
    Verdict,
    topic_of,
)
from edge_node.case_register import commands as register
from edge_node.case_register.model import CaseNotYours
from edge_node.settings import NodeSettings
from edge_node.staff import commands as staff
from sync.ambient import Clock, Ids
from sync.storage import Store
from sync.vocabulary.applicant import DocumentKind
from sync.vocabulary.ids import CaseId
from sync.vocabulary.staff import Permission, permissions
from sync.vocabulary.working_days import local_day
from sync.web.access import may, signed_in
from sync.web.forms import form_at
from sync.web.live import live_fragment
from sync.web.pages import fragment

AnyRequest = Request[Any, Any, Any]
CASE_PAGE, LIST_PAGE, SEARCH_PAGE = "/cases/{case_id}", "/back-office", "/desk/cases"
TICKED = "to-hand-over"


class Form(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A form takes the fields it names and no others."""


class SearchForm(Form, frozen=True, kw_only=True):
    text: Annotated[str, msgspec.Meta(max_length=120)]


class BatchForm(Form, frozen=True, kw_only=True):
    case_ids: str | Annotated[list[CaseId], msgspec.Meta(max_length=BATCH_MAX)] = ""


class DecisionForm(Form, frozen=True, kw_only=True):
    verdict: Verdict
    act_number: Annotated[str, msgspec.Meta(max_length=40)] = ""
    reasons: Annotated[str, msgspec.Meta(max_length=2000)] = ""


class HandingForm(Form, frozen=True, kw_only=True):
    document_kind: DocumentKind
    document_number: Annotated[str, msgspec.Meta(max_length=40)] = ""


class CasePages(Controller):
    """Reading: lists, a search, one case."""

    include_in_schema = False
    guards = (may(Permission.READ_CASES),)

    @get(LIST_PAGE)
    async def at_work(
        self, request: AnyRequest, store: NamedDependency[Store], clock: NamedDependency[Clock]
    ) -> Template:
        """What waits for this person, most urgent first."""
        by = signed_in(request)
        context = await self._list(request, store, clock)
        shown = sum(len(pile["lines"]) for pile in context["piles"])
        log = partial(staff.log_access, by=by, action="cases-listed", subject=str(shown), now=clock.now())
        await store.run(log)
        return Template("back_office/list.html", context=context)

    @get("/live/back-office")
    async def live_list(
        self, request: AnyRequest, store: NamedDependency[Store], clock: NamedDependency[Clock]
    ) -> ServerSentEvent:
        """The same, again whenever a case moves."""

        async def render() -> str:
            return fragment(request, "back_office/_piles.html", await self._list(request, store, clock))

        return live_fragment(request, CASES_TOPIC, render)

    @get(SEARCH_PAGE)
    async def search_page(self, request: AnyRequest) -> Template:
        """Find a case of this office."""
        context = {"found": None, "text": "", "may_fetch": _may_fetch(request)}
        return Template("back_office/search.html", context=context)

    @post(SEARCH_PAGE, opt=form_at(SEARCH_PAGE), status_code=200)
    async def search(
        self,
        data: URLEncodedBody[SearchForm],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
    ) -> Template:
        """Posted, so that names and numbers stay out of addresses."""
        by, now = signed_in(request), clock.now()
        found = await store.run(partial(register.find, by=by, text=data.text, now=now))
        view = await store.read(partial(list_view, cases=found, today=local_day(now)))
        context = {"found": view, "text": data.text, "may_fetch": _may_fetch(request)}
        return Template("back_office/search.html", context=context)

    @get(CASE_PAGE.replace("}", ":str}"))
    async def one(
        self,
        case_id: FromPath[str],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        settings: NamedDependency[NodeSettings],
    ) -> Template:
        """The case with its path sheet, and what this person may do with it now."""
        by, now = signed_in(request), clock.now()
        file = await store.run(partial(register.look, by=by, case_id=case_id, now=now))
        if isinstance(file, CaseNotYours):
            raise file
        view = await store.read(partial(case_view, file=file, by=by, today=local_day(now)))
        has_telephone = any(own.telephone for own in settings.desks.values())
        return Template("back_office/case.html", context={"view": view, "has_telephone": has_telephone})

    @get("/live/cases/{case_id:str}/path")
    async def live_path(
        self,
        case_id: FromPath[str],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
    ) -> ServerSentEvent:
        """Status and path sheet, again at every line; opening the page was logged, its refreshing is not."""
        by = signed_in(request)
        await store.read(partial(register.case_for, by=by, case_id=case_id))

        async def render() -> str:
            file = await store.read(partial(register.open_file, by=by, case_id=case_id))
            view = await store.read(partial(case_view, file=file, by=by, today=local_day(clock.now())))
            return fragment(request, "back_office/_path.html", {"view": view})

        return live_fragment(request, topic_of(case_id), render)

    async def _list(self, request: AnyRequest, store: Store, clock: Clock) -> dict[str, Any]:
        by, today = signed_in(request), local_day(clock.now())
        piles = await store.read(partial(queries.piles, by=by))
        views = [
            {"key": pile.key, "lines": await store.read(partial(list_view, cases=pile.cases, today=today))}
            for pile in piles
        ]
        # the pile one ticks stands still: a live page would take the ticks away
        held = permissions(by.roles)
        chosen = next((each for each in views if each["key"] == TICKED and Permission.HAND_OVER_CASES in held), None)
        return {"piles": [each for each in views if each is not chosen], "to_hand_over": chosen}


class StepPages(Controller):
    """The buttons of the case page; each is a plain form and leads back to the case."""

    include_in_schema = False

    @post("/back-office/hand-over", opt=form_at(LIST_PAGE), guards=[may(Permission.HAND_OVER_CASES)])
    async def hand_over_all(
        self,
        data: URLEncodedBody[BatchForm],
        *,
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        ids: NamedDependency[Ids],
    ) -> Redirect:
        """The cases ticked go with the courier."""
        chosen = data.case_ids if isinstance(data.case_ids, list) else [CaseId(data.case_ids)] if data.case_ids else []
        if chosen:
            await Steps(request, store, clock, ids).hand_over_all(Batch(case_ids=tuple(chosen)))
        return Redirect(LIST_PAGE, status_code=303)

    @post("/cases/{case_id:str}/steps/{step:str}", opt=form_at(CASE_PAGE), guards=[may(Permission.READ_CASES)])
    async def take(
        self,
        case_id: FromPath[CaseId],
        *,
        step: FromPath[StepKey],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        ids: NamedDependency[Ids],
    ) -> Redirect:
        """Hand over, accept, start, receive the result."""
        await Steps(request, store, clock, ids).take(case_id, step)
        return _back(case_id)

    @post("/cases/{case_id:str}/decision", opt=form_at(CASE_PAGE), guards=[may(Permission.DECIDE_CASES)])
    async def decide(
        self,
        case_id: FromPath[CaseId],
        data: URLEncodedBody[DecisionForm],
        *,
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        ids: NamedDependency[Ids],
    ) -> Redirect:
        """The decision of the body."""
        decision = Decision(verdict=data.verdict, act_number=data.act_number, reasons=data.reasons)
        await Steps(request, store, clock, ids).decide(case_id, decision)
        return _back(case_id)

    @post("/cases/{case_id:str}/issue", opt=form_at(CASE_PAGE), guards=[may(Permission.ISSUE_RESULTS)])
    async def issue(
        self,
        case_id: FromPath[CaseId],
        data: URLEncodedBody[HandingForm],
        *,
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        ids: NamedDependency[Ids],
    ) -> Redirect:
        """The result to the person who stands here."""
        handing = Handing(document_kind=data.document_kind, document_number=data.document_number)
        await Steps(request, store, clock, ids).issue(case_id, handing, key=None)
        return _back(case_id)

    @post("/cases/{case_id:str}/resolution", opt=form_at(CASE_PAGE), guards=[may(Permission.RESOLVE_CONFLICTS)])
    async def resolve(
        self,
        case_id: FromPath[CaseId],
        data: URLEncodedBody[Resolution],
        *,
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        ids: NamedDependency[Ids],
    ) -> Redirect:
        """The head says which side of a dispute holds."""
        await Steps(request, store, clock, ids).resolve(case_id, data)
        return _back(case_id)


def _may_fetch(request: AnyRequest) -> bool:
    return Permission.CHECK_OUT_CASES in permissions(signed_in(request).roles)


def _back(case_id: str) -> Redirect:
    return Redirect(CASE_PAGE.format(case_id=case_id), status_code=303)
