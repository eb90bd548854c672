"""The hub's application: all slices, one database, one process."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from functools import partial
from importlib.metadata import version
from socket import socket
from typing import Any

import msgspec
import uvicorn
from babel.support import LazyProxy
from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.types import ASGIApp
from sqlalchemy.exc import SQLAlchemyError

from central_hub.appointments.commands.reminding import Site
from central_hub.appointments.controllers import controllers as appointment_controllers
from central_hub.appointments.listeners import AppointmentKeeper
from central_hub.dashboard.controllers import controllers as dashboard_controllers
from central_hub.dashboard.listeners import beat
from central_hub.directory.controllers import controllers as directory_controllers
from central_hub.directory.controllers import provide_door
from central_hub.merging import InlineMerger, SupervisedMerger
from central_hub.message_gateways.turbosms import TurboSms
from central_hub.node_gateway import listeners as gateway_listeners
from central_hub.node_gateway.controllers import controllers as gateway_controllers
from central_hub.node_gateway.model import LiveOffices, Merger, Sessions, Waiters
from central_hub.notifications.listeners import Carrier
from central_hub.notifications.model import Gateway
from central_hub.provisioning.controllers import controllers as provisioning_controllers
from central_hub.public_site.controllers import controllers as public_controllers
from central_hub.public_site.controllers import provide_choosing, provide_tracker
from central_hub.settings import HubSettings, ListenSettings, NodeListenSettings, message_token
from central_hub.statistics.controllers import controllers as statistics_controllers
from central_hub.statistics.model import Scale
from central_hub.storage import HubStore, replica
from sync.ambient import Clock, Ids, SystemClock, SystemIds
from sync.documents.document import self_test
from sync.replication.authority import AuthorityKeeper
from sync.replication.blobs import BlobFolder
from sync.storage.disk_failure import outlive_disk_failures
from sync.web.doors import Door
from sync.web.health import Check
from sync.web.i18n import Texts, gettext
from sync.web.middleware import TEXTS_STATE
from sync.web.pages import PageSettings, folders_of
from sync.web.parts import WebParts, WebSettings
from sync.web.passwords import PasswordChecker, Throttle
from sync.web.serving import Server
from sync.web.supervised import Sign, log_here, writes

OF_NODES = ("/sync/", "/blobs/")
HEALTH = "/health/"


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What the app takes from outside; tests bring their own clock and ids, and merge in this process."""

    settings: HubSettings
    store: HubStore
    clock: Clock
    ids: Ids
    merger: Callable[[HubStore, Clock], Merger] = InlineMerger
    authority: AuthorityKeeper | None = None
    gateway: Gateway | None = None


def create_app(around: Surroundings) -> Litestar:
    """The application over an open, initialised store."""
    waiters, merger = Waiters(), around.merger(around.store, around.clock)
    gateway_listeners.listen(around.store, waiters)
    blobs = BlobFolder(around.settings.blob_folder)
    shared: dict[str, object] = {
        "store": around.store,
        "clock": around.clock,
        "ids": around.ids,
        "settings": around.settings,
        "waiters": waiters,
        "merger": merger,
        "authority": around.authority,
        "node_sessions": Sessions(around.settings.limits),
        "live_offices": LiveOffices(),
        "scale": Scale(),
        "blob_folder": blobs,
        "checkouts": Throttle(),
        "enrolments": Throttle(),
        "sign_ins": Throttle(),
        "trackings": Throttle(),
        "passwords": PasswordChecker(),
    }

    @asynccontextmanager
    async def bound(app: Litestar) -> AsyncIterator[None]:
        around.store.bind_loop(asyncio.get_running_loop())
        gateway_listeners.show(around.store, app.state["broadcaster"])
        beside = [
            _begin(beat(app.state["broadcaster"])),
            _begin(merger.run()),
            *(_begin(loop) for loop in _upkeep(around, blobs, app.state[TEXTS_STATE])),
        ]
        if around.authority is not None:
            beside.append(_begin(around.authority.run()))
        yield
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        around.store.bind_loop(None)

    dependencies = {name: Provide(_giver(value), sync_to_thread=False) for name, value in shared.items()}
    dependencies["door"] = Provide(provide_door, sync_to_thread=False)
    dependencies["choosing"] = Provide(provide_choosing, sync_to_thread=False)
    dependencies["tracker"] = Provide(provide_tracker, sync_to_thread=False)
    return Litestar(
        route_handlers=[
            *gateway_controllers,
            *provisioning_controllers,
            *directory_controllers,
            *appointment_controllers,
            *dashboard_controllers,
            *public_controllers,
            *statistics_controllers,
        ],
        dependencies=dependencies,
        lifespan=[bound],
        plugins=[WebParts(_web_settings(around))],
        state=State({"waiters": waiters}),
    )


def _upkeep(around: Surroundings, blobs: BlobFolder, texts: Texts) -> list[Coroutine[object, object, None]]:
    """What forgets, sweeps, reads scans again, keeps appointments going and reminds people of them."""
    site = Site(address=around.settings.public_url.rstrip("/"))
    loops = (
        partial(gateway_listeners.keep_compact, around.store, around.clock),
        partial(gateway_listeners.keep_whole, around.store, blobs, around.clock),
        AppointmentKeeper(around.store, clock=around.clock, ids=around.ids, site=site).run,
        Carrier(around.store, clock=around.clock, gateway=around.gateway, texts=texts).run,
    )
    sweeping = partial(gateway_listeners.keep_swept, blobs, around.clock)
    of_database = [outlive_disk_failures(loop, errors=(SQLAlchemyError, OSError)) for loop in loops]
    return [*of_database, outlive_disk_failures(sweeping)]


def _begin(loop: Coroutine[object, object, None]) -> "asyncio.Task[None]":
    """Run it beside the pages. One that fails by a bug ends the process: systemd starts it, and nothing runs half."""
    task = asyncio.create_task(loop)
    task.add_done_callback(_stop_on_failure)
    return task


def _stop_on_failure(task: "asyncio.Task[None]") -> None:
    if task.cancelled() or (error := task.exception()) is None:
        return
    logging.getLogger("central_hub").critical("a loop failed", exc_info=error)
    asyncio.get_running_loop().call_soon(_end_process)


def _end_process() -> None:
    raise SystemExit(1)


class HubServer(Server):
    """A stop does not wait for the long polls of the nodes either."""

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Called by uvicorn when a signal asked it to stop."""
        waiters: Waiters = self._state["waiters"]
        waiters.close()
        await super().shutdown(sockets)


def serve(settings: HubSettings) -> None:
    """Serve the hub until stopped."""
    self_test()
    log_here("central-hub")
    store = HubStore(settings.database)
    try:
        around = Surroundings(
            settings=settings,
            store=store,
            clock=SystemClock(),
            ids=SystemIds(),
            merger=SupervisedMerger,
            authority=authority_of(settings, SystemClock()),
            gateway=gateway_of(settings),
        )
        app = create_app(around)
        pages, *nodes = ports(app, around)
        HubServer(app, pages, beside=tuple(nodes), signs=_signs_of_progress(store)).run()
    finally:
        store.close()


def _signs_of_progress(store: HubStore) -> dict[str, Sign]:
    async def probe() -> None:
        with suppress(SQLAlchemyError):  # how this store says that the disk or PostgreSQL fails
            await store.run(lambda _: None)

    return {"writer": partial(writes, probe)}


def authority_of(settings: HubSettings, clock: Clock) -> AuthorityKeeper | None:
    """The keeper of the certificates, where nodes are served over TLS."""
    if settings.nodes is None:
        return None
    return AuthorityKeeper(settings.authority_folder, names=settings.nodes.names, clock=clock)


def gateway_of(settings: HubSettings) -> Gateway | None:
    """Who carries messages to people, where somebody does."""
    if settings.messages is None:
        return None
    return TurboSms(settings.messages, token=partial(message_token, settings, settings.messages))


def ports(app: Litestar, around: Surroundings) -> list[uvicorn.Config]:
    """The port of the pages; and, over TLS, that of the nodes, which then is the only one for them."""
    listen, nodes, authority = around.settings.listen, around.settings.nodes, around.authority
    if nodes is None or authority is None:
        return [_port(app, listen)]
    context = authority.context
    for_pages = Door(app, is_open=lambda path: not path.startswith(OF_NODES), code="tls-required")
    for_nodes = Door(app, is_open=lambda path: path.startswith((*OF_NODES, HEALTH)), code="not-here")
    return [
        _port(for_pages, listen),
        _port(for_nodes, nodes, lifespan="off", ssl_context_factory=lambda _config, _default: context),
    ]


def _port(app: ASGIApp, listen: ListenSettings | NodeListenSettings, **more: Any) -> uvicorn.Config:
    return uvicorn.Config(app, host=listen.host, port=listen.port, log_level="warning", access_log=False, **more)


def _giver(value: object) -> Callable[[], object]:
    return lambda: value


def _names_for_nodes(settings: HubSettings) -> tuple[str, ...]:
    return () if settings.nodes is None else settings.nodes.names


def _web_settings(around: Surroundings) -> WebSettings:
    listen = around.settings.listen

    async def checks() -> tuple[Check, ...]:
        begun = await around.store.read(replica.state)
        return (Check(name="database", is_ok=begun is not None),)

    return WebSettings(
        pages=PageSettings(
            site_name=LazyProxy(gettext, "Transparent Office", enable_cache=False), packages=folders_of(["central_hub"])
        ),
        checks=checks,
        version=version("vikno"),
        sessions_path=around.settings.sessions_database,
        session_cookie="session-hub",
        is_https=listen.is_https,
        allowed_hosts=(*listen.allowed_hosts, *_names_for_nodes(around.settings)) if listen.allowed_hosts else (),
        clock=around.clock,
    )
