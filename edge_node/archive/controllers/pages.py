"""The page of a case's scans: what there is, and the button of the scanner."""

from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect, Template

from device_drivers.client import DevicesClient
from edge_node.archive import queries
from edge_node.archive.controllers.api import show
from edge_node.archive.controllers.scanning import ScanDesk
from edge_node.archive.controllers.shelf import ScanShelf
from edge_node.archive.model import TITLE_LETTERS_MAX, ScanKind, ScanWanted
from edge_node.case_register import commands as register
from edge_node.case_register.model import CaseNotYours
from edge_node.settings import NodeSettings
from sync.ambient import Clock, Ids
from sync.storage import Store
from sync.vocabulary.ids import CaseId, ScanId
from sync.vocabulary.staff import Permission
from sync.vocabulary.staff import may as roles_may
from sync.web.access import may, signed_in
from sync.web.forms import form_at

PAGE = "/cases/{case_id}/scans"
SCAN = (Permission.REGISTER_CASES, Permission.RECEIVE_RESULTS)
AnyRequest = Request[Any, Any, Any]


class ScanForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What lies in the feeder."""

    kind: ScanKind = ScanKind.DOCUMENT
    title: Annotated[str, msgspec.Meta(max_length=TITLE_LETTERS_MAX)] = ""


class ScanPages(Controller):
    """``/cases/{case_id}/scans``."""

    include_in_schema = False

    @get("/cases/{case_id:str}/scans", guards=[may(Permission.READ_CASES)])
    async def page(
        self,
        case_id: FromPath[CaseId],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        stopped: FromQuery[str | None] = None,
    ) -> Template:
        by = signed_in(request)
        file = await store.run(partial(register.look, by=by, case_id=case_id, now=clock.now()))
        if isinstance(file, CaseNotYours):
            raise file
        context = {
            "file": file,
            "scans": queries.scans_of(file),
            "kinds": list(ScanKind),
            "may_scan": any(roles_may(by.roles, permission) for permission in SCAN),
            "stopped": stopped,
        }
        return Template(template_name="archive/scans.html", context=context)

    @post("/cases/{case_id:str}/scans", opt=form_at(PAGE), guards=[may(*SCAN)])
    async def scan(
        self,
        *,
        case_id: FromPath[CaseId],
        data: URLEncodedBody[ScanForm],
        request: AnyRequest,
        store: NamedDependency[Store],
        devices: NamedDependency[DevicesClient],
        scan_shelf: NamedDependency[ScanShelf],
        settings: NamedDependency[NodeSettings],
        clock: NamedDependency[Clock],
        ids: NamedDependency[Ids],
    ) -> Redirect:
        desk = ScanDesk(store, devices=devices, shelf=scan_shelf, clock=clock, ids=ids)
        wanted = ScanWanted(kind=data.kind, title=data.title.strip())
        outcome = await desk.scan(case_id, wanted, by=signed_in(request), folder=settings.folder / "scanning")
        query = f"?stopped={outcome.stopped_by}" if outcome.stopped_by else ""
        return Redirect(PAGE.format(case_id=case_id) + query, status_code=303)

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
