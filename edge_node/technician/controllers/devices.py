"""``/technician/devices/…``: one device, how it has been, what it was asked, and a try of it."""

import asyncio
import shutil
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Template

from device_drivers.client import DevicesClient
from device_drivers.errors import DeviceError
from device_drivers.scanner.protocol import RESOLUTIONS_DPI
from device_drivers.ticket_printer.protocol import LineSize, PaperLine, TicketPaper
from device_drivers.wire import ALL_DEVICES, DeviceSettings
from edge_node.devices.model import DeviceHealth
from edge_node.settings import NodeSettings
from edge_node.technician import commands, queries
from edge_node.technician.model import TRIABLE
from sync.ambient import Clock, Ids
from sync.storage import Store
from sync.vocabulary.errors import NotFound
from sync.vocabulary.staff import Permission
from sync.web.access import may, signed_in
from sync.web.forms import form_at
from sync.web.i18n import current_language, gettext

PAGE = "/technician/devices/{name}"
CODE_PAGE_LETTERS = "Ґ ґ Ї ї Є є І і №"  # what printers of other countries leave out; ₴ stands in no page
AnyRequest = Request[Any, Any, Any]


class DevicePages(Controller):
    """A device is known by the name it has in ``devices.toml``."""

    path = "/technician/devices"
    include_in_schema = False
    guards = (may(Permission.SERVICE_NODE),)

    @get("/{name:str}")
    async def page(
        self, name: FromPath[str], store: NamedDependency[Store], devices: NamedDependency[DevicesClient]
    ) -> Template:
        view = await store.read(partial(queries.device_view, name=name))
        return Template("technician/device.html", context={"view": view, "settings": await _settings(devices, name)})

    @post("/{name:str}/look", opt=form_at(PAGE))
    async def look_now(
        self,
        name: FromPath[str],
        store: NamedDependency[Store],
        devices: NamedDependency[DevicesClient],
    ) -> Redirect:
        """The watch over all devices hears what came of it within seconds."""
        device = (await store.read(partial(queries.device_view, name=name))).device
        with suppress(DeviceError):  # the page tells it
            await devices.call(device.name, "probe")
        return _back(name)

    @post("/{name:str}/trial", opt=form_at(PAGE))
    async def try_out(
        self,
        *,
        name: FromPath[str],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        ids: NamedDependency[Ids],
        devices: NamedDependency[DevicesClient],
        settings: NamedDependency[NodeSettings],
    ) -> Redirect:
        by = signed_in(request)
        device = (await store.read(partial(queries.device_view, name=name))).device
        if device.family not in TRIABLE:
            raise NotFound(what="trial")
        await store.run(partial(commands.note_trial, name=device.name, by=by, now=clock.now()))
        trial = Trial(device, devices=devices, ref=ids.new(), clock=clock, spool=settings.folder / "spool")
        with suppress(DeviceError):  # the page tells it
            await trial.run()
        return _back(name)


class DeviceLive(Controller):
    """The part of the page that is asked for again by itself."""

    include_in_schema = False
    guards = (may(Permission.SERVICE_NODE),)

    @get("/live/technician/devices/{name:str}")
    async def live(self, name: FromPath[str], store: NamedDependency[Store]) -> Template:
        view = await store.read(partial(queries.device_view, name=name))
        return Template("technician/_device.html", context={"view": view})


class Trial:
    """A harmless act that shows a person in the hall that the device works; its outcome stands in the journal."""

    def __init__(self, device: DeviceHealth, *, devices: DevicesClient, ref: str, clock: Clock, spool: Path) -> None:
        self._device = device
        self._devices = devices
        self._ref = ref
        self._clock = clock
        self._spool = spool

    async def run(self) -> None:
        """Raises DeviceError."""
        match self._device.family:
            case "ticket_printer":
                await self._devices.call(self._device.name, "print_ticket", paper=trial_paper(), ref=self._ref)
            case "scanner":
                await self._scan()
            case "loudspeaker":
                text, language = gettext("This is a check of the sound."), current_language()
                asked_at = self._clock.now()
                await self._devices.call(self._device.name, "announce", text=text, language=language, asked_at=asked_at)

    async def _scan(self) -> None:
        """What lay in the feeder was shown to nobody and is not kept."""
        folder = self._spool / f"trial-{self._ref}"
        folder.mkdir(mode=0o700, parents=True)
        try:
            await self._devices.call(
                self._device.name, "scan", ref=self._ref, folder=str(folder), resolution_dpi=RESOLUTIONS_DPI[0]
            )
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def trial_paper() -> TicketPaper:
    """A ticket that nobody can take for one."""
    return TicketPaper(
        number="***",
        lines=(
            PaperLine(text=gettext("A check of the printer"), size=LineSize.LARGE),
            PaperLine(text=gettext("This is not a ticket.")),
            PaperLine(text=CODE_PAGE_LETTERS),
        ),
    )


async def _settings(devices: DevicesClient, name: str) -> DeviceSettings | None:
    """What the drivers' file says of the device; None when they do not run or may not tell."""
    try:
        settings = await devices.call(ALL_DEVICES, "settings", name=name)
    except DeviceError:
        return None
    return settings if isinstance(settings, DeviceSettings) else None


def _back(name: str) -> Redirect:
    return Redirect(PAGE.format(name=name), status_code=303)
