"""``/api/cases/{case_id}/scans``: scan, list, read."""

from functools import partial
from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody

from device_drivers.client import DevicesClient
from edge_node.archive import commands, queries
from edge_node.archive.controllers.feeder import ScanFeeder
from edge_node.archive.controllers.scanning import ScanDesk
from edge_node.archive.controllers.shelf import ScanShelf
from edge_node.archive.model import BatchDecision, Scan, ScanOutcome, ScanWanted
from edge_node.case_register.model import CaseNotYours
from edge_node.settings import NodeSettings
from edge_node.staff.model import Person
from sync.ambient import Clock, Ids
from sync.storage import Store
from sync.vocabulary.ids import CaseId, ScanId
from sync.vocabulary.staff import Permission
from sync.web.access import may, signed_in

AnyRequest = Request[Any, Any, Any]
SCAN = (Permission.REGISTER_CASES, Permission.RECEIVE_RESULTS)


def scan_desk(
    store: NamedDependency[Store],
    *,
    devices: NamedDependency[DevicesClient],
    scan_shelf: NamedDependency[ScanShelf],
    settings: NamedDependency[NodeSettings],
    clock: NamedDependency[Clock],
    ids: NamedDependency[Ids],
) -> ScanDesk:
    """The desk from which this node scans."""
    feeder = ScanFeeder(devices, folder=settings.folder / "scanning")
    return ScanDesk(store, feeder=feeder, shelf=scan_shelf, clock=clock, ids=ids)


class ScanController(Controller):
    """Scanned papers of a case."""

    path = "/api/cases"
    tags = ("archive",)
    dependencies = {"scan_desk": Provide(scan_desk, sync_to_thread=False)}  # noqa: RUF012 - read by Litestar alone

    @post("/{case_id:str}/scans", guards=[may(*SCAN)])
    async def scan(
        self,
        *,
        case_id: FromPath[CaseId],
        data: JSONBody[ScanWanted],
        request: AnyRequest,
        scan_desk: NamedDependency[ScanDesk],
    ) -> ScanOutcome:
        """Scan what lies in the feeder; the answer comes when the pages are part of the case, or wait as a batch."""
        return await scan_desk.scan(case_id, data, by=signed_in(request))

    @post("/{case_id:str}/scan-batches/{scan_id:str}", guards=[may(*SCAN)])
    async def finish(
        self,
        *,
        case_id: FromPath[CaseId],
        scan_id: FromPath[ScanId],
        data: JSONBody[BatchDecision],
        request: AnyRequest,
        scan_desk: NamedDependency[ScanDesk],
    ) -> ScanOutcome:
        """Scan the rest of a batch, keep its pages as they are, or discard them."""
        return await scan_desk.finish(case_id, scan_id, data.do, by=signed_in(request))

    @get("/{case_id:str}/scans", guards=[may(Permission.READ_CASES)])
    async def scans(self, case_id: FromPath[CaseId], request: AnyRequest, store: NamedDependency[Store]) -> list[Scan]:
        """The scans of a case, oldest first."""
        return await store.read(partial(queries.scans_for, case_id=case_id, by=signed_in(request)))

    @get("/{case_id:str}/scans/{scan_id:str}", guards=[may(Permission.READ_CASES)], media_type="application/pdf")
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
        """The file itself, checked against its hash; that it was opened goes into the access log."""
        by = signed_in(request)
        return await show(store, scan_shelf, scan_id=scan_id, case_id=case_id, by=by, clock=clock)


async def show(
    store: Store, shelf: ScanShelf, *, case_id: CaseId, scan_id: ScanId, by: Person, clock: Clock
) -> Response[bytes]:
    """A scan for this person's eyes; raises as ``ScanShelf.take`` and ``case_for``."""
    look = partial(commands.look_at_scan, case_id=case_id, scan_id=scan_id, by=by, now=clock.now())
    scan = await store.run(look)
    if isinstance(scan, CaseNotYours):
        raise scan
    content = await shelf.take(scan)
    headers = {"Content-Disposition": f'inline; filename="{scan.scan_id}.pdf"', "Cache-Control": "no-store"}
    return Response(content, media_type=scan.media_type, headers=headers)
