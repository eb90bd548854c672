"""The print journal and the papers of a case over HTTP."""

from functools import partial
from typing import Any

from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, URLEncodedBody
from litestar.response import Redirect

from edge_node.printing import commands, queries
from edge_node.printing.model import PaperWanted, PrintJob, PrintSettlement
from sync.ambient import Clock, Ids
from sync.storage import Store
from sync.vocabulary.ids import CaseId
from sync.vocabulary.staff import Permission
from sync.web.access import may, signed_in
from sync.web.forms import form_at

CASE_PAGE = "/cases/{case_id}"
AnyRequest = Request[Any, Any, Any]


class PrintJobController(Controller):
    """Jobs that need a person: at a desk or the technician."""

    path = "/api/print-jobs"
    tags = ("printing",)
    guards = (may(Permission.SERVICE_DEVICES, Permission.SERVE_AT_DESK),)

    @get()
    async def needing_attention(self, store: NamedDependency[Store]) -> list[PrintJob]:
        """Unknown jobs, and failed ones nobody printed again, newest first."""
        return await store.read(queries.needing_attention)

    @post("/{job_id:str}/copies")
    async def copy(
        self,
        job_id: FromPath[str],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        ids: NamedDependency[Ids],
    ) -> PrintJob:
        """Print the same paper again, marked as a copy; refused while the first may still come out."""
        by = signed_in(request)
        return await store.run(partial(commands.reprint_by, job_id=job_id, by=by, order_id=ids.new(), now=clock.now()))

    @post("/{job_id:str}/settlement", status_code=200)
    async def settle(
        self,
        *,
        job_id: FromPath[str],
        data: JSONBody[PrintSettlement],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
    ) -> PrintJob:
        """Say whether there is paper."""
        by = signed_in(request).staff_id
        return await store.run(partial(commands.settle, job_id=job_id, state=data.as_state(), by=by, now=clock.now()))


class CasePapersController(Controller):
    """Papers of one case."""

    tags = ("printing",)
    guards = (may(Permission.READ_CASES),)

    @get("/api/cases/{case_id:str}/papers")
    async def papers(
        self, case_id: FromPath[CaseId], request: AnyRequest, store: NamedDependency[Store]
    ) -> list[PrintJob]:
        """What was printed for a case, oldest first."""
        return await store.read(partial(commands.papers_for, case_id=case_id, by=signed_in(request)))

    @post("/api/cases/{case_id:str}/papers")
    async def order(
        self,
        *,
        case_id: FromPath[CaseId],
        data: JSONBody[PaperWanted],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        ids: NamedDependency[Ids],
    ) -> PrintJob:
        """Print the path sheet as it stands, or the mark of receipt to be signed."""
        command = partial(commands.order_for_case, case_id=case_id, kind=data.kind, by=signed_in(request))
        return await store.run(partial(command, order_id=ids.new(), now=clock.now()))

    @post("/cases/{case_id:str}/papers", opt=form_at(CASE_PAGE), include_in_schema=False)
    async def order_from_page(
        self,
        *,
        case_id: FromPath[CaseId],
        data: URLEncodedBody[PaperWanted],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        ids: NamedDependency[Ids],
    ) -> Redirect:
        command = partial(commands.order_for_case, case_id=case_id, kind=data.kind, by=signed_in(request))
        await store.run(partial(command, order_id=ids.new(), now=clock.now()))
        return Redirect(CASE_PAGE.format(case_id=case_id), status_code=303)


controllers = [PrintJobController, CasePapersController]
