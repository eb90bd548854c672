"""``/technician/find-devices`` and the settings of each device: what there is, and which driver speaks with it."""

from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Template

from device_drivers.client import DevicesClient
from device_drivers.errors import DeviceError
from device_drivers.registry import driver_names
from device_drivers.wire import ALL_DEVICES, Discovered
from edge_node.technician import commands
from edge_node.technician.model import DevicesRefused
from sync.ambient import Clock
from sync.storage import Store
from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.staff import Permission
from sync.web.access import may, signed_in
from sync.web.forms import form_at

FIND, DEVICE = "/technician/find-devices", "/technician/devices/{name}"
KEYS_LETTERS_MAX = 2_000
AnyRequest = Request[Any, Any, Any]


class SettingsForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A driver and its keys, as TOML."""

    driver: str
    keys: Annotated[str, msgspec.Meta(max_length=KEYS_LETTERS_MAX)] = ""


class NewDeviceForm(SettingsForm, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A device that has no name yet."""

    name: Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9-]{0,39}$")]


class ConfiguringPages(Controller):
    """The drivers' process writes its own file; here is only asked for it."""

    include_in_schema = False
    guards = (may(Permission.SERVICE_NODE),)

    @get(FIND)
    async def find(self, devices: NamedDependency[DevicesClient]) -> Template:
        """What there is that nobody has configured; takes some seconds."""
        try:
            discovered = await _asked(devices, "discover")
        except DevicesRefused:
            discovered = None
        found = discovered.found if isinstance(discovered, Discovered) else ()
        context = {"found": found, "is_running": discovered is not None, "known_drivers": driver_names()}
        return Template("technician/find_devices.html", context=context)

    @post(FIND, opt=form_at(FIND))
    async def add(
        self,
        *,
        data: URLEncodedBody[NewDeviceForm],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        devices: NamedDependency[DevicesClient],
    ) -> Redirect:
        await _asked(devices, "configure", name=data.name, driver=data.driver, keys=data.keys)
        await _note(store, name=data.name, request=request, clock=clock)
        return Redirect("/technician#devices", status_code=303)

    @post("/technician/devices/{name:str}/settings", opt=form_at(DEVICE))
    async def change(
        self,
        *,
        name: FromPath[str],
        data: URLEncodedBody[SettingsForm],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        devices: NamedDependency[DevicesClient],
    ) -> Redirect:
        await _asked(devices, "configure", name=name, driver=data.driver, keys=data.keys)
        await _note(store, name=name, request=request, clock=clock)
        return Redirect(DEVICE.format(name=name), status_code=303)

    @post("/technician/devices/{name:str}/removal", opt=form_at(DEVICE))
    async def remove(
        self,
        *,
        name: FromPath[str],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        devices: NamedDependency[DevicesClient],
    ) -> Redirect:
        await _asked(devices, "forget", name=name)
        await _note(store, name=name, request=request, clock=clock)
        return Redirect("/technician#devices", status_code=303)


async def _asked(devices: DevicesClient, method: str, **arguments: object) -> object:
    """What the drivers' process answers; its refusal is said to the technician as it is."""
    try:
        return await devices.call(ALL_DEVICES, method, **arguments)
    except ValueError as error:
        raise InvalidInput(field="keys", rule="device-settings", why=str(error)) from error
    except DeviceError as error:
        raise DevicesRefused(why=error.reason) from error


async def _note(store: Store, *, name: str, request: AnyRequest, clock: Clock) -> None:
    by = signed_in(request)
    await store.run(partial(commands.note_settings, name=name, by=by, now=clock.now()))
