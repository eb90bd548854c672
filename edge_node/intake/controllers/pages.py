"""The intake, page by page: applicant, service, papers, check, registered."""

import secrets
from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter, URLEncodedBody
from litestar.response import Redirect, Template

from edge_node.case_register import commands as register
from edge_node.case_register.model import CaseFile, CaseNotYours
from edge_node.catalogue import queries as catalogue
from edge_node.intake import commands, queries
from edge_node.intake.controllers import forms, views
from edge_node.intake.model import Draft, RegisteredCase
from edge_node.printing import queries as printing
from edge_node.printing.model import PaperKind, PrintJob
from edge_node.settings import NodeSettings
from sync.ambient import Clock, Ids
from sync.storage import Reader, Store, Transaction
from sync.storage.idempotency import Ask, once
from sync.vocabulary import applicant as applicants
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.ids import OfficeId, ServiceCode, TicketId
from sync.vocabulary.staff import Permission
from sync.vocabulary.working_days import local_day
from sync.web.access import may, signed_in
from sync.web.entries import kopecks_in
from sync.web.forms import form_at

SALT_BYTES = 16
AnyRequest = Request[Any, Any, Any]
Words = Annotated[str, QueryParameter(max_length=100)]
START, APPLICANT, SERVICE, PAPERS, CHECK = (
    "/desk/intake",
    *(f"/desk/intake/{{draft_id}}/{page}" for page in ("applicant", "service", "papers", "check")),
)


class RegisterPost(msgspec.Struct, frozen=True, kw_only=True):
    """What makes two presses of the button the same."""

    draft_id: str
    staff_id: str


class IntakePages(Controller):
    """Each page keeps what it was told in the draft, so that a reload or the next desk loses nothing."""

    path = "/desk/intake"
    include_in_schema = False
    guards = (may(Permission.REGISTER_CASES),)

    @get()
    async def start(
        self,
        request: AnyRequest,
        store: NamedDependency[Store],
        ticket: Annotated[str, QueryParameter(max_length=32)] = "",
    ) -> Template:
        """Find the applicant among this office's cases, or begin with a new one."""
        drafts = await store.read(partial(queries.drafts, staff_id=signed_in(request).staff_id))
        return Template("intake/start.html", context={"drafts": drafts, "ticket_id": ticket, "found": None})

    @post("/search", opt=form_at(START), status_code=200)
    async def search(
        self,
        data: URLEncodedBody[forms.SearchForm],
        *,
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
    ) -> Template:
        """People who filed here before."""
        by = signed_in(request)
        cases = await store.run(partial(register.find, by=by, text=data.text, now=clock.now()))
        context = {"drafts": [], "ticket_id": data.ticket_id, "found": views.one_per_person(cases), "text": data.text}
        return Template("intake/start.html", context=context)

    @post(opt=form_at(START))
    async def begin(
        self,
        data: URLEncodedBody[forms.BeginForm],
        *,
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        ids: NamedDependency[Ids],
    ) -> Redirect:
        """A new application."""
        begin = partial(commands.begin_draft, by=signed_in(request), now=clock.now(), ids=ids)
        ticket_id = TicketId(data.ticket_id) if data.ticket_id else None
        draft = await store.run(partial(begin, ticket_id=ticket_id, like_case_id=data.like_case_id or None))
        return _to(APPLICANT, draft.draft_id)

    @get("/{draft_id:str}/applicant")
    async def applicant_page(
        self, draft_id: FromPath[str], request: AnyRequest, store: NamedDependency[Store]
    ) -> Template:
        draft = await _draft(store, request, draft_id)
        return Template("intake/applicant.html", context={"draft": draft, "applicant": draft.applicant})

    @post("/{draft_id:str}/applicant", opt=form_at(APPLICANT))
    async def keep_applicant(
        self,
        draft_id: FromPath[str],
        data: URLEncodedBody[forms.ApplicantForm],
        *,
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
    ) -> Redirect:
        """Checked by the rules of each identifier."""
        draft = await _draft(store, request, draft_id)
        person, _warnings = applicants.checked(forms.applicant_in(data), today=local_day(clock.now()))
        await _keep(store, msgspec.structs.replace(draft, applicant=person), clock)
        return _to(SERVICE, draft_id)

    @get("/{draft_id:str}/service")
    async def service_page(
        self,
        draft_id: FromPath[str],
        *,
        request: AnyRequest,
        store: NamedDependency[Store],
        q: Words = "",
        sphere: Annotated[Sphere | None, QueryParameter()] = None,
    ) -> Template:
        """By words or code, or through the spheres."""
        draft = await _draft(store, request, draft_id)
        choice = await store.read(partial(views.choice_of_service, text=q, sphere=sphere))
        return Template("intake/service.html", context={"draft": draft, "choice": choice, "q": q, "sphere": sphere})

    @post("/{draft_id:str}/service", opt=form_at(SERVICE))
    async def keep_service(
        self,
        draft_id: FromPath[str],
        data: URLEncodedBody[forms.ServiceForm],
        *,
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
    ) -> Redirect:
        """Another service than before forgets the papers and the price of that one."""
        draft = await _draft(store, request, draft_id)
        service = await store.read(partial(catalogue.service_chosen, code=data.service_code))
        if service.code != draft.service_code:
            fresh = {"papers": None, "applicant_insists": False, "fee_variant": None, "fee_kopecks": None}
            draft = msgspec.structs.replace(draft, service_code=ServiceCode(service.code), **fresh)
        await _keep(store, draft, clock)
        return _to(PAPERS, draft_id)

    @get("/{draft_id:str}/papers")
    async def papers_page(
        self,
        draft_id: FromPath[str],
        *,
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        settings: NamedDependency[NodeSettings],
    ) -> Template:
        """The papers asked for, the prices, where and how the answer is wanted."""
        draft = await _draft(store, request, draft_id)
        view = partial(views.papers_view, draft=draft, office_id=settings.office_id, now=clock.now())
        return Template("intake/papers.html", context={"draft": draft, "view": await store.read(view)})

    @post("/{draft_id:str}/papers", opt=form_at(PAPERS))
    async def keep_papers(
        self,
        draft_id: FromPath[str],
        data: URLEncodedBody[forms.PapersForm],
        *,
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
    ) -> Redirect:
        """The whole application is checked here, but for what only registering can tell."""
        draft = await _draft(store, request, draft_id)
        kept = await store.read(partial(_with_papers, draft=draft, form=data, clock=clock))
        await _keep(store, kept, clock)
        return _to(CHECK, draft_id)

    @get("/{draft_id:str}/check")
    async def check_page(
        self,
        draft_id: FromPath[str],
        *,
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        settings: NamedDependency[NodeSettings],
    ) -> Template:
        """Everything once more, before it gets a number."""
        draft = await _draft(store, request, draft_id)
        view = partial(views.check_view, draft=draft, office_id=settings.office_id, now=clock.now())
        return Template("intake/check.html", context={"draft": draft, "view": await store.read(view)})

    @post("/{draft_id:str}/check", opt=form_at(CHECK))
    async def register(
        self,
        draft_id: FromPath[str],
        *,
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        ids: NamedDependency[Ids],
    ) -> Redirect:
        """The number; pressing the button twice registers once."""
        by, now = signed_in(request), clock.now()
        seal = partial(commands.seal_draft, by=by, draft_id=draft_id, salt=secrets.token_hex(SALT_BYTES))
        sealed = await store.read(seal)
        command = partial(commands.register_draft, draft_id=draft_id, by=by, sealed=sealed, now=now, ids=ids)
        ask = Ask(key=f"draft-{draft_id}"[:64], request=RegisterPost(draft_id=draft_id, staff_id=by.staff_id), now=now)
        case = await store.run(partial(_once, command=command, ask=ask))
        return Redirect(f"/desk/intake/registered/{case.case_id}", status_code=303)

    @get("/registered/{case_id:str}")
    async def registered(
        self,
        case_id: FromPath[str],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
    ) -> Template:
        """The number in large, the print on its way, and what comes next."""
        look = partial(register.look, by=signed_in(request), case_id=case_id, now=clock.now())
        file = await store.run(look)
        if isinstance(file, CaseNotYours):
            raise file
        return Template("intake/registered.html", context=await store.read(partial(_registered, file=file)))


class IntakeLive(Controller):
    """What of the intake moves by itself."""

    include_in_schema = False

    @get("/live/intake/{case_id:str}/printing", guards=[may(Permission.REGISTER_CASES)])
    async def printing(self, case_id: FromPath[str], request: AnyRequest, store: NamedDependency[Store]) -> Template:
        """How far the inventory is on the printer."""
        await store.read(partial(register.case_for, by=signed_in(request), case_id=case_id))
        papers = await store.read(partial(inventories, case_id=case_id))
        return Template("intake/_printing.html", context={"papers": papers, "case_id": case_id})


def inventories(reader: Reader, *, case_id: str) -> list[PrintJob]:
    """The print jobs of the case's inventory, latest first."""
    return [job for job in printing.papers_of(reader, subject_id=case_id) if job.kind is PaperKind.INVENTORY]


def _once(tx: Transaction, *, command: "partial[RegisteredCase]", ask: Ask) -> RegisteredCase:
    return once(tx, command, ask=ask, answer_type=RegisteredCase)


def _registered(reader: Reader, *, file: CaseFile) -> dict[str, object]:
    service = catalogue.service(reader, code=file.case.service_code, version=file.case.service_version)
    papers = inventories(reader, case_id=file.case.case_id)
    return {"file": file, "service": service, "papers": papers, "case_id": file.case.case_id}


async def _draft(store: Store, request: AnyRequest, draft_id: str) -> Draft:
    return await store.read(partial(commands.draft_for, by=signed_in(request), draft_id=draft_id))


async def _keep(store: Store, draft: Draft, clock: Clock) -> None:
    await store.run(partial(commands.save_draft, draft=draft, now=clock.now()))


def _with_papers(reader: Reader, *, draft: Draft, form: forms.PapersForm, clock: Clock) -> Draft:
    service = views.service_of(reader, draft)
    kept = msgspec.structs.replace(
        draft,
        papers=forms.papers_in(form, service),
        applicant_insists=bool(form.applicant_insists),
        fee_variant=form.fee_variant or None,
        fee_kopecks=kopecks_in(form.fee_kopecks, field="fee_kopecks"),
        pickup_office_id=OfficeId(form.pickup_office_id) if form.pickup_office_id else None,
        notify_by=form.notify_by,
    )
    commands.check_whole(commands.application_of(kept), service, today=local_day(clock.now()))
    return kept


def _to(page: str, draft_id: str) -> Redirect:
    return Redirect(page.format(draft_id=draft_id), status_code=303)
