"""``/technician``: the page, its live part, and the buttons on it."""

import shutil
from functools import partial
from importlib.metadata import version
from typing import Any

import httpx
import msgspec
from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Template

from edge_node.printing import commands as printing
from edge_node.printing.model import PrintSettlement
from edge_node.settings import NodeSettings
from edge_node.technician import commands, queries
from edge_node.technician.model import (
    DiskFacts,
    LineControlSilent,
    LineNotSimulated,
    LineWanted,
    NodeView,
    SimulatedLine,
)
from sync.ambient import Clock, Ids
from sync.storage import Store
from sync.vocabulary.ids import ScanId
from sync.vocabulary.staff import Permission
from sync.web.access import may, signed_in
from sync.web.acts import ACT_OF_PERSON, Act
from sync.web.forms import form_at

PAGE = "/technician"
LINE_CONTROL_SECONDS_MAX = 20.0  # the demonstration runs eight processes on one machine, whatever else it does
LINE_LOOK_SECONDS_MAX = 1.0  # the page must not wait for a demo's part
AnyRequest = Request[Any, Any, Any]


class NodeController(Controller):
    """The same as JSON, for a watch over many offices."""

    path = "/api/node"
    tags = ("technician",)
    guards = (may(Permission.SERVICE_NODE),)

    @get()
    async def view(self, store: NamedDependency[Store], clock: NamedDependency[Clock]) -> NodeView:
        """Devices, papers that need a person, and the line to the hub."""
        return await store.read(partial(queries.node_view, now=clock.now()))


class TechnicianPages(Controller):
    """The page."""

    path = PAGE
    include_in_schema = False
    guards = (may(Permission.SERVICE_NODE),)
    dependencies = ACT_OF_PERSON

    @get()
    async def page(
        self, store: NamedDependency[Store], clock: NamedDependency[Clock], settings: NamedDependency[NodeSettings]
    ) -> Template:
        context = await _context(store, clock=clock, settings=settings)
        control = settings.demo.line_control
        context["simulated_line"] = None if control is None else await _simulated_line(control)
        return Template("technician/technician.html", context=context)

    @post("/print-jobs/{job_id:str}/copies", opt=form_at(PAGE))
    async def copy(self, job_id: FromPath[str], act: NamedDependency[Act], ids: NamedDependency[Ids]) -> Redirect:
        await act.do(partial(printing.reprint_by, job_id=job_id, order_id=ids.new()))
        return Redirect(PAGE, status_code=303)

    @post("/print-jobs/{job_id:str}/settlement", opt=form_at(PAGE))
    async def settle(
        self,
        *,
        job_id: FromPath[str],
        data: URLEncodedBody[PrintSettlement],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
    ) -> Redirect:
        by = signed_in(request).staff_id
        await store.run(partial(printing.settle, job_id=job_id, state=data.as_state(), by=by, now=clock.now()))
        return Redirect(PAGE, status_code=303)

    @post("/quarantined/{operation_id:str}/anew", opt=form_at(PAGE))
    async def make_anew(
        self, operation_id: FromPath[str], act: NamedDependency[Act], ids: NamedDependency[Ids]
    ) -> Redirect:
        await act.do(partial(commands.make_anew, operation_id=operation_id, ids=ids))
        return Redirect(PAGE, status_code=303)

    @post("/quarantined/{operation_id:str}/discard", opt=form_at(PAGE))
    async def discard(self, operation_id: FromPath[str], act: NamedDependency[Act]) -> Redirect:
        await act.do(partial(commands.discard, operation_id=operation_id))
        return Redirect(PAGE, status_code=303)

    @post("/texts/{scan_id:str}/again", opt=form_at(PAGE))
    async def recognise_again(self, scan_id: FromPath[ScanId], act: NamedDependency[Act]) -> Redirect:
        await act.do(partial(commands.recognise_again, scan_id=scan_id))
        return Redirect(PAGE, status_code=303)

    @post("/texts/{scan_id:str}/given-up", opt=form_at(PAGE))
    async def leave_without_text(self, scan_id: FromPath[ScanId], act: NamedDependency[Act]) -> Redirect:
        await act.do(partial(commands.leave_without_text, scan_id=scan_id))
        return Redirect(PAGE, status_code=303)

    @post("/alarms/{alarm_id:int}/seen", opt=form_at(PAGE))
    async def see_alarms(self, alarm_id: FromPath[int], act: NamedDependency[Act]) -> Redirect:
        await act.do(partial(commands.see_alarms, up_to=alarm_id))
        return Redirect(PAGE, status_code=303)

    @post("/line", opt=form_at(PAGE))
    async def line(
        self,
        data: URLEncodedBody[LineWanted],
        settings: NamedDependency[NodeSettings],
    ) -> Redirect:
        control = settings.demo.line_control
        if control is None:
            raise LineNotSimulated
        try:
            async with httpx.AsyncClient(timeout=LINE_CONTROL_SECONDS_MAX, trust_env=False) as client:
                answer = await client.post(control, json={"state": data.state})
                answer.raise_for_status()
        except httpx.HTTPError as error:
            raise LineControlSilent from error
        return Redirect(PAGE, status_code=303)


class TechnicianLive(Controller):
    """The part of the page that is asked for again by itself."""

    include_in_schema = False
    guards = (may(Permission.SERVICE_NODE),)

    @get("/live/technician")
    async def live(
        self, store: NamedDependency[Store], clock: NamedDependency[Clock], settings: NamedDependency[NodeSettings]
    ) -> Template:
        return Template("technician/_state.html", context=await _context(store, clock=clock, settings=settings))


async def _simulated_line(control: str) -> str:
    """What the demo's line is now, ``cut`` or ``mended``; ``unknown`` when its control does not answer."""
    try:
        async with httpx.AsyncClient(timeout=LINE_LOOK_SECONDS_MAX) as client:
            answer = await client.get(control)
            answer.raise_for_status()
            return msgspec.json.decode(answer.content, type=SimulatedLine).state
    except (httpx.HTTPError, msgspec.DecodeError):
        return "unknown"


async def _context(store: Store, *, clock: Clock, settings: NodeSettings) -> dict[str, object]:
    usage = shutil.disk_usage(settings.folder)
    size = settings.database.stat().st_size if settings.database.exists() else 0
    return {
        "view": await store.read(partial(queries.node_view, now=clock.now())),
        "disk": DiskFacts(total_bytes=usage.total, free_bytes=usage.free, database_bytes=size),
        "office_id": settings.office_id,
        "version": version("vikno"),
        "has_simulators": settings.simulators_socket is not None,
        "has_line_control": settings.demo.line_control is not None,
        "now": clock.now(),
    }
