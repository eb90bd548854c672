"""``/technician/devices/…``: one device, how it has been, what it was asked, and a try of it."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from functools import partial
from typing import Any

from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Template

from device_drivers.client import DevicesClient
from device_drivers.errors import DeviceError
from device_drivers.trials import Trials
from device_drivers.wire import ALL_DEVICES, DeviceSettings
from edge_node.devices.model import ActState, Outcome, failed_by
from edge_node.settings import NodeSettings
from edge_node.technician import commands, queries
from edge_node.technician.model import TRIAL_METHODS, NumberToTry
from sync.ambient import Clock, Ids
from sync.storage import Store
from sync.vocabulary.errors import NotFound
from sync.vocabulary.staff import Permission
from sync.web.access import may, signed_in
from sync.web.forms import form_at

PAGE = "/technician/devices/{name}"
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
        by, ref, now = signed_in(request), ids.new(), clock.now()
        device = (await store.read(partial(queries.device_view, name=name))).device
        if device.family == "document_printer":
            await store.run(partial(commands.order_trial_page, name=name, by=by, order_id=ref, now=now))
            return _back(name)
        if device.family not in TRIAL_METHODS or device.family == "telephone":
            raise NotFound(what="trial")
        trials = Trials(devices, words=queries.trial_words(), spool=settings.folder / "spool")
        act_id = await store.run(partial(commands.begin_trial, device=device, by=by, ref=ref, now=now))
        await _tried(trials.run(name, family=device.family, ref=ref, now=now), act_id, store=store, clock=clock)
        return _back(name)

    @post("/{name:str}/call", opt=form_at(PAGE))
    async def try_telephone(
        self,
        *,
        name: FromPath[str],
        data: URLEncodedBody[NumberToTry],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        ids: NamedDependency[Ids],
        devices: NamedDependency[DevicesClient],
    ) -> Redirect:
        by = signed_in(request)
        device = (await store.read(partial(queries.device_view, name=name))).device
        if device.family != "telephone":
            raise NotFound(what="trial")
        begin = partial(commands.begin_trial, device=device, by=by, ref=ids.new(), now=clock.now())
        act_id = await store.run(begin)
        await _tried(devices.call(name, "dial", number=data.phone), act_id, store=store, clock=clock)
        return _back(name)


class DeviceLive(Controller):
    """The part of the page that is asked for again by itself."""

    include_in_schema = False
    guards = (may(Permission.SERVICE_NODE),)

    @get("/live/technician/devices/{name:str}")
    async def live(self, name: FromPath[str], store: NamedDependency[Store]) -> Template:
        view = await store.read(partial(queries.device_view, name=name))
        return Template("technician/_device.html", context={"view": view})


async def _tried(act: Awaitable[object], act_id: int | None, *, store: Store, clock: Clock) -> None:
    """Wait for the trial's end; the page tells how it ended."""
    outcome = Outcome(state=ActState.UNKNOWN, facts={"reason": "interrupted"})
    try:
        await act
        outcome = Outcome(state=ActState.DONE)
    except DeviceError as error:
        outcome = failed_by(error)
    finally:
        if act_id is not None:
            end = partial(commands.end_trial, act_id=act_id, outcome=outcome, now=clock.now())
            await asyncio.shield(store.run(end))


async def _settings(devices: DevicesClient, name: str) -> DeviceSettings | None:
    """What the drivers' file says of the device; None when they do not run or may not tell."""
    try:
        settings = await devices.call(ALL_DEVICES, "settings", name=name)
    except DeviceError:
        return None
    return settings if isinstance(settings, DeviceSettings) else None


def _back(name: str) -> Redirect:
    return Redirect(PAGE.format(name=name), status_code=303)
