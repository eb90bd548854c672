"""The page of a case's scans: what there is, and the button of the scanner."""

from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Template

from edge_node.archive import queries
from edge_node.archive.controllers.api import SCAN, scan_desk, show
from edge_node.archive.controllers.scanning import ScanDesk
from edge_node.archive.controllers.shelf import ScanShelf
from edge_node.archive.model import TITLE_LETTERS_MAX, BatchDecision, ScanKind, ScanWanted
from edge_node.case_register import commands as register
from edge_node.case_register.model import CaseNotYours
from sync.ambient import Clock
from sync.storage import Store
from sync.vocabulary.ids import CaseId, ScanId
from sync.vocabulary.staff import Permission
from sync.vocabulary.staff import may as roles_may
from sync.web.access import may, signed_in
from sync.web.forms import form_at

PAGE = "/cases/{case_id}/scans"
AnyRequest = Request[Any, Any, Any]


class ScanForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What lies in the feeder."""

    kind: ScanKind = ScanKind.DOCUMENT
    title: Annotated[str, msgspec.Meta(max_length=TITLE_LETTERS_MAX)] = ""
    pages_expected: Annotated[str, msgspec.Meta(pattern="^([1-9]|[1-4][0-9]|50)?$")] = ""  # an empty field is no number


class ScanPages(Controller):
    """``/cases/{case_id}/scans``."""

    include_in_schema = False
    dependencies = {"scan_desk": Provide(scan_desk, sync_to_thread=False)}  # noqa: RUF012 - read by Litestar alone

    @get("/cases/{case_id:str}/scans", guards=[may(Permission.READ_CASES)])
    async def page(
        self,
        case_id: FromPath[CaseId],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
    ) -> Template:
        by = signed_in(request)
        file = await store.run(partial(register.look, by=by, case_id=case_id, now=clock.now()))
        if isinstance(file, CaseNotYours):
            raise file
        may_scan = any(roles_may(by.roles, permission) for permission in SCAN)
        context = {
            "file": file,
            "scans": queries.scans_of(file),
            "renditions": queries.renditions_of(file),
            "kinds": list(ScanKind),
            "may_scan": may_scan,
            "batches": await store.read(partial(queries.batches_of, case_id=case_id)) if may_scan else [],
        }
        return Template(template_name="archive/scans.html", context=context)

    @post("/cases/{case_id:str}/scans", opt=form_at(PAGE), guards=[may(*SCAN)])
    async def scan(
        self,
        *,
        case_id: FromPath[CaseId],
        data: URLEncodedBody[ScanForm],
        request: AnyRequest,
        scan_desk: NamedDependency[ScanDesk],
    ) -> Redirect:
        count = int(data.pages_expected) if data.pages_expected else None
        wanted = ScanWanted(kind=data.kind, title=data.title.strip(), pages_expected=count)
        await scan_desk.scan(case_id, wanted, by=signed_in(request))
        return Redirect(PAGE.format(case_id=case_id), status_code=303)

    @post("/cases/{case_id:str}/scan-batches/{scan_id:str}", opt=form_at(PAGE), guards=[may(*SCAN)])
    async def finish(
        self,
        *,
        case_id: FromPath[CaseId],
        scan_id: FromPath[ScanId],
        data: URLEncodedBody[BatchDecision],
        request: AnyRequest,
        scan_desk: NamedDependency[ScanDesk],
    ) -> Redirect:
        await scan_desk.finish(case_id, scan_id, data.do, by=signed_in(request))
        return Redirect(PAGE.format(case_id=case_id), status_code=303)

    @get("/cases/{case_id:str}/scans/{scan_id:str}", guards=[may(Permission.READ_CASES)])
    async def read(
        self,
        *,
        case_id: FromPath[CaseId],
        scan_id: FromPath[ScanId],
        request: AnyRequest,
        store: NamedDependency[Store],
        scan_shelf: NamedDependency[ScanShelf],
        clock: NamedDependency[Clock],
    ) -> Response[bytes]:
        by = signed_in(request)
        return await show(store, scan_shelf, case_id=case_id, scan_id=scan_id, by=by, clock=clock)
