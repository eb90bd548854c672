"""``/desk/copying``: how many copies, and go."""

import asyncio
import shutil
from datetime import datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Template
from PIL import Image

from device_drivers.client import DevicesClient
from device_drivers.errors import DeviceError, OutcomeUnknown, Unavailable
from device_drivers.scanner.protocol import Pages
from edge_node.copying import commands, queries
from edge_node.copying.model import (
    COPIES_MAX,
    PRINTER,
    SHEETS_MAX,
    CopyRun,
    CopySettlement,
    CopyState,
    ended_as,
)
from edge_node.devices.model import EXCHANGED
from edge_node.queue import queries as queue
from edge_node.settings import NodeSettings
from sync.ambient import Clock, Ids
from sync.storage import Store
from sync.vocabulary.staff import Permission
from sync.vocabulary.working_days import KYIV, local_day
from sync.web.access import may, signed_in
from sync.web.forms import form_at

PAGE = "/desk/copying"
RESOLUTION_DPI = 200
SCANNER = "scanner"
DAYS_SHOWN = 14
AnyRequest = Request[Any, Any, Any]


class CopyForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many copies of what lies in the feeder."""

    copies: Annotated[int, msgspec.Meta(ge=1, le=COPIES_MAX)] = 1


class CopyingPages(Controller):
    """Copies for a visitor."""

    include_in_schema = False
    guards = (may(Permission.SERVE_AT_DESK),)

    @get(PAGE)
    async def page(self, store: NamedDependency[Store], clock: NamedDependency[Clock]) -> Template:
        today = datetime.combine(local_day(clock.now()), time(), tzinfo=KYIV)
        days = partial(queries.copied_by_day, since=today - timedelta(days=DAYS_SHOWN - 1))
        context = {
            "runs": await store.read(queries.last_runs),
            "open_runs": await store.read(queries.open_runs),
            "sheets_today": await store.read(partial(queries.sheets_printed, since=today)),
            "days": await store.read(days),
            "desks": {desk.id: desk.number for desk in await store.read(queue.desks)},
            "copies_max": COPIES_MAX,
        }
        return Template(template_name="copying/copying.html", context=context)

    @post(PAGE, opt=form_at(PAGE))
    async def copy(
        self,
        *,
        data: URLEncodedBody[CopyForm],
        request: AnyRequest,
        store: NamedDependency[Store],
        devices: NamedDependency[DevicesClient],
        settings: NamedDependency[NodeSettings],
        clock: NamedDependency[Clock],
        ids: NamedDependency[Ids],
    ) -> Redirect:
        desk_id = signed_in(request).desk_id
        run = CopyRun(run_id=ids.new(), copies=data.copies, begun_at=clock.now(), desk_id=desk_id)
        await store.run(partial(queries.write_run, run=run))
        ended = await copied(devices, run, folder=settings.folder / "copying" / run.run_id)
        await store.run(partial(queries.write_run, run=ended))
        return Redirect(PAGE, status_code=303)

    @post(PAGE + "/{run_id:str}/settlement", opt=form_at(PAGE))
    async def settle(
        self,
        run_id: FromPath[str],
        data: URLEncodedBody[CopySettlement],
        request: AnyRequest,
        store: NamedDependency[Store],
    ) -> Redirect:
        state, by = CopyState(data.outcome), signed_in(request).staff_id
        await store.run(partial(commands.settle, run_id=run_id, state=state, by=by))
        return Redirect(PAGE, status_code=303)


async def copied(devices: DevicesClient, run: CopyRun, *, folder: Path) -> CopyRun:
    """Scan and print once; how the run ended. Nothing is printed of a stack that was not read to its end."""
    await asyncio.to_thread(folder.mkdir, mode=EXCHANGED, parents=True)
    try:
        pages = await _ask(devices, SCANNER, "scan", ref=run.run_id, folder=str(folder), resolution_dpi=RESOLUTION_DPI)
        if not isinstance(pages, Pages):
            raise TypeError(f"a scanner answered {type(pages).__name__}")
        run = msgspec.structs.replace(run, sheets=len(pages.files))
        if pages.stopped_by or len(pages.files) > SHEETS_MAX:
            return _ended(run, CopyState.FAILED, pages.stopped_by or "too-many-pages")
        pdf = await asyncio.to_thread(_one_pdf, [Path(file) for file in pages.files], folder / "copy.pdf")
        told = await _ask(
            devices, PRINTER, "print_pdf", ref=run.run_id, pdf_path=str(pdf), title="copy", copies=run.copies
        )
    except OutcomeUnknown as error:
        return _ended(run, CopyState.UNKNOWN, error.reason)
    except DeviceError as error:
        return _ended(run, CopyState.FAILED, error.reason)
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    return _ended(run, *ended_as(told))


async def _ask(devices: DevicesClient, family: str, method: str, **facts: str | int) -> object:
    known = await devices.devices()
    name = next((each.name for each in known.devices if each.family == family), None)
    if name is None:
        raise Unavailable("no-device")
    return await devices.call(name, method, **facts)


def _ended(run: CopyRun, state: CopyState, reason: str | None) -> CopyRun:
    return msgspec.structs.replace(run, state=state, reason=reason)


def _one_pdf(pages: list[Path], pdf: Path) -> Path:
    first, *rest = [Image.open(page) for page in pages]
    first.save(pdf, format="PDF", save_all=True, append_images=rest, resolution=float(RESOLUTION_DPI))
    return pdf


controllers = [CopyingPages]
