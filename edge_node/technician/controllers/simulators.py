"""``/technician/simulators``, only in the demo: what came out of the devices, and what may go wrong with them."""

from pathlib import Path
from typing import Annotated

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import File, Redirect, Template

from device_drivers.client import SimulatorsClient
from device_drivers.errors import Unavailable
from edge_node.settings import NodeSettings
from edge_node.technician.model import SimulatorsSilent
from sync.vocabulary.errors import InvalidInput, NotFound
from sync.vocabulary.staff import Permission
from sync.web.access import may
from sync.web.forms import form_at

PAGE = "/technician/simulators"
PAPERS_SHOWN_MAX = 4
CODE_LETTERS_MAX = 64
MADE = {"tickets": "*.png", "documents": "*.pdf", "voice": "*.wav"}  # by folder beside the control socket


class FaultWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What shall go wrong; nothing makes the device well again."""

    fault: str = ""


class CodeHeld(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is held before the barcode reader."""

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=CODE_LETTERS_MAX)]


class SimulatorPages(Controller):
    """Outside the demo nothing of this is there."""

    include_in_schema = False
    guards = (may(Permission.SERVICE_NODE),)

    @get(PAGE)
    async def page(self, settings: NamedDependency[NodeSettings]) -> Template:
        return Template("technician/simulators.html", context=await _context(settings))

    @get("/live/technician/simulators")
    async def live(self, settings: NamedDependency[NodeSettings]) -> Template:
        return Template("technician/_simulators.html", context=await _context(settings))

    @post(PAGE + "/{device:str}/fault", opt=form_at(PAGE))
    async def set_fault(
        self, device: FromPath[str], data: URLEncodedBody[FaultWanted], settings: NamedDependency[NodeSettings]
    ) -> Redirect:
        try:
            await SimulatorsClient(_socket(settings)).set_fault(device, data.fault or None)
        except ValueError as error:
            raise InvalidInput(field="fault", rule="choice") from error
        except Unavailable as error:
            raise SimulatorsSilent from error
        return Redirect(f"{PAGE}#{device}", status_code=303)

    @post(PAGE + "/barcode-reader/code", opt=form_at(PAGE))
    async def hold(self, data: URLEncodedBody[CodeHeld], settings: NamedDependency[NodeSettings]) -> Redirect:
        try:
            await SimulatorsClient(_socket(settings)).scan(data.code)
        except (ValueError, Unavailable) as error:
            raise SimulatorsSilent from error
        return Redirect(f"{PAGE}#barcode-reader", status_code=303)

    @get(PAGE + "/made/{folder:str}/{name:str}")
    async def made(self, folder: FromPath[str], name: FromPath[str], settings: NamedDependency[NodeSettings]) -> File:
        """A paper or a sound that came out of a simulator."""
        found = {path.name: path for path in _made(settings, folder)}.get(name)
        if found is None:
            raise NotFound(what="file")
        return File(found, filename=name, content_disposition_type="inline")


def _socket(settings: NodeSettings) -> Path:
    if settings.simulators_socket is None:
        raise NotFound(what="simulators")
    return settings.simulators_socket


def _made(settings: NodeSettings, folder: str) -> list[Path]:
    """What came out, newest first."""
    if folder not in MADE:
        return []
    paths = (_socket(settings).parent / folder).glob(MADE[folder])
    return sorted(paths, key=lambda path: path.stat().st_mtime, reverse=True)


async def _context(settings: NodeSettings) -> dict[str, object]:
    try:
        simulators = await SimulatorsClient(_socket(settings)).list()
    except Unavailable:
        simulators = None
    newest = {folder: [path.name for path in _made(settings, folder)[:PAPERS_SHOWN_MAX]] for folder in MADE}
    return {"simulators": simulators, "made": newest}
