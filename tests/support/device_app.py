"""Payments, papers, scans and the technician's page over a test store, with a door that lets in anybody."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import httpx
from litestar import Litestar, Request, Router, post
from litestar.di import Provide
from litestar.params import FromPath

from device_drivers.client import DevicesClient
from edge_node.archive.controllers import controllers as archive
from edge_node.archive.controllers.shelf import ScanShelf
from edge_node.copying.controllers import controllers as copying
from edge_node.payments.controllers import controllers as payments
from edge_node.payments.listeners import ChargeRunner
from edge_node.printing.controllers import controllers as printing
from edge_node.settings import DemoSettings, NodeSettings
from edge_node.technician.controllers import controllers as technician
from sync.replication.blob_rows import PendingBlob
from sync.replication.blobs import BlobFolder
from sync.replication.transport import Unreachable
from sync.vocabulary.ids import OfficeId, StaffId
from sync.vocabulary.staff import Role
from sync.web import sessions
from sync.web.access import SignedIn
from sync.web.pages import PageSettings, folders_of
from sync.web.parts import WebParts, WebSettings
from tests.support.case_office import OLENA, CaseOffice


@post("/let-in/{office_id:str}/{role:str}", include_in_schema=False)
async def let_in(office_id: FromPath[OfficeId], role: FromPath[Role], request: Request[Any, Any, Any]) -> None:
    """Sign somebody in, whoever asks; at SHV it is Olena's session."""
    staff_id = OLENA.staff_id if office_id == "SHV" else StaffId("01TARAS")
    person = SignedIn(staff_id=staff_id, name="Олена", roles=frozenset({role}), office_id=office_id)
    await sessions.begin(request, person)


async def line_is_cut(blob: PendingBlob) -> None:
    """This office has no line to a hub."""
    raise Unreachable(blob.sha256)


NO_DEMO = DemoSettings()


def device_app(office: CaseOffice, *, devices: DevicesClient, folder: Path, demo: DemoSettings = NO_DEMO) -> Litestar:
    """The app; its clock is the office's."""
    given: dict[str, object] = {
        "store": office.store,
        "clock": office.clock,
        "ids": office.ids,
        "settings": NodeSettings(office_id=OfficeId("SHV"), folder=folder, demo=demo),
        "devices": devices,
        "charges": ChargeRunner(office.store, devices=devices, clock=office.clock, ids=office.ids),
        "scan_shelf": ScanShelf(
            office.store, blobs=BlobFolder(folder / "blobs"), fetch=line_is_cut, clock=office.clock
        ),
    }
    pages = PageSettings(site_name="Шевченківський ЦНАП", packages=folders_of(["edge_node"]))
    web = WebSettings(pages=pages, version="0", sessions_path=":memory:", clock=office.clock)
    return Litestar(
        route_handlers=[Router("/", route_handlers=[let_in, *payments, *printing, *archive, *technician, *copying])],
        dependencies={name: Provide(_giver(value), sync_to_thread=False) for name, value in given.items()},
        plugins=[WebParts(web)],
    )


@asynccontextmanager
async def working_as(app: Litestar, role: Role, *, office_id: str = "SHV") -> AsyncIterator[httpx.AsyncClient]:
    """A browser or program signed in under this role, on the loop of the test: the devices answer on it too."""
    transport = httpx.ASGITransport(app=cast("Any", app), raise_app_exceptions=False)
    async with app.lifespan(), httpx.AsyncClient(transport=transport, base_url="http://shv.test") as client:
        assert (await client.post(f"/let-in/{office_id}/{role}")).status_code == 201
        yield client


def _giver(value: object) -> Callable[[], Any]:
    def give() -> Any:
        return value

    return give
