"""The app of one office: all slices in the order of their rows, and what runs beside the pages."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from importlib.metadata import version

import msgspec
import stamina.instrumentation
import uvicorn
from babel.support import LazyProxy
from litestar import Controller, Litestar, Router
from litestar.di import Provide

import edge_node.appointments.controllers
import edge_node.appointments.schema
import edge_node.archive.controllers
import edge_node.archive.schema
import edge_node.back_office.controllers
import edge_node.back_office.listeners
import edge_node.case_register.controllers
import edge_node.case_register.schema
import edge_node.catalogue.controllers
import edge_node.catalogue.schema
import edge_node.copying.controllers
import edge_node.copying.schema
import edge_node.devices.schema
import edge_node.display_board.controllers
import edge_node.display_board.listeners
import edge_node.display_board.schema
import edge_node.front_office.controllers
import edge_node.intake.controllers
import edge_node.intake.schema
import edge_node.kiosk.controllers
import edge_node.payments.controllers
import edge_node.payments.schema
import edge_node.printing.controllers
import edge_node.printing.schema
import edge_node.queue.controllers
import edge_node.queue.listeners
import edge_node.queue.schema
import edge_node.replication.controllers
import edge_node.replication.schema
import edge_node.staff.controllers
import edge_node.staff.schema
import edge_node.statistics.controllers
import edge_node.statistics.listeners
import edge_node.statistics.schema
import edge_node.supervisor.controllers
import edge_node.supervisor.listeners
import edge_node.supervisor.schema
import edge_node.technician.controllers
from edge_node.appointments.listeners import AppointmentKeeper
from edge_node.archive.controllers.shelf import ScanShelf
from edge_node.archive.listeners.recognising import Recogniser
from edge_node.archive.listeners.text import TextRunner
from edge_node.catalogue import queries as catalogue_queries
from edge_node.catalogue.model import UnknownOffice
from edge_node.copying.listeners import CopyWatch
from edge_node.devices.listeners import JournaledDevices, watch_health
from edge_node.devices.queries import devices_down
from edge_node.front_office.listeners import watch_readers
from edge_node.front_office.model import Switchboard
from edge_node.kiosk.controllers.taking import TicketDesk
from edge_node.kiosk.model import Followed
from edge_node.kiosk.queries import followed_tickets
from edge_node.payments.listeners import ChargeRunner
from edge_node.printing.listeners.composing import PaperMaker
from edge_node.printing.listeners.pdf import PdfSetter
from edge_node.printing.listeners.rendering import PaperRenderer
from edge_node.printing.listeners.runner import PrintRunner
from edge_node.replication.commands import note_restoration
from edge_node.replication.listeners import Surroundings, connect_hub, own_replica, run_hub
from edge_node.replication.queries import truth
from edge_node.settings import NodeSettings
from edge_node.voice.listeners import Voice
from sync.ambient import Clock, Ids, SystemClock, SystemIds, machine_id
from sync.documents.document import self_test
from sync.replication import upkeep
from sync.replication.blobs import BlobFolder
from sync.replication.client import HubClient
from sync.replication.sentinel import Watch, live_on
from sync.replication.verification import VerifyReport
from sync.storage import Store, indices, replica
from sync.storage.disk_failure import outlive_disk_failures
from sync.vocabulary.live import LiveTicket
from sync.web.health import Check
from sync.web.i18n import current_language
from sync.web.middleware import TEXTS_STATE
from sync.web.pages import PageSettings, folders_of
from sync.web.parts import WebParts, WebSettings
from sync.web.serving import Server
from sync.web.supervised import Sign, log_here, writes

GREETED_SECONDS_MAX = 60
MIGRATIONS = (
    replica.migrations,
    indices.migrations,
    edge_node.catalogue.schema.migrations,
    edge_node.staff.schema.migrations,
    edge_node.devices.schema.migrations,
    edge_node.queue.schema.migrations,
    edge_node.case_register.schema.migrations,
    edge_node.printing.schema.migrations,
    edge_node.payments.schema.migrations,
    edge_node.archive.schema.migrations,
    edge_node.appointments.schema.migrations,
    edge_node.intake.schema.migrations,
    edge_node.copying.schema.migrations,
    edge_node.display_board.schema.migrations,
    edge_node.statistics.schema.migrations,
    edge_node.replication.schema.migrations,
    edge_node.supervisor.schema.migrations,
)
CONTROLLERS: tuple[type[Controller], ...] = (
    *edge_node.catalogue.controllers.controllers,
    *edge_node.staff.controllers.controllers,
    *edge_node.queue.controllers.controllers,
    *edge_node.case_register.controllers.controllers,
    *edge_node.appointments.controllers.controllers,
    *edge_node.archive.controllers.controllers,
    *edge_node.payments.controllers.controllers,
    *edge_node.printing.controllers.controllers,
    *edge_node.technician.controllers.controllers,
    *edge_node.intake.controllers.controllers,
    *edge_node.back_office.controllers.controllers,
    *edge_node.statistics.controllers.controllers,
    *edge_node.kiosk.controllers.controllers,
    *edge_node.display_board.controllers.controllers,
    *edge_node.copying.controllers.controllers,
    *edge_node.front_office.controllers.controllers,
    *edge_node.supervisor.controllers.controllers,
    *edge_node.replication.controllers.controllers,
)


class Services(msgspec.Struct, frozen=True, kw_only=True):
    """What handlers may ask for by name."""

    settings: NodeSettings
    store: Store
    clock: Clock
    ids: Ids
    devices: JournaledDevices
    hub: HubClient
    charges: ChargeRunner
    scan_shelf: ScanShelf
    switchboard: Switchboard
    ticket_desk: TicketDesk
    followed: Followed


def open_store(settings: NodeSettings) -> Store:
    """The node's database with every slice's tables."""
    return Store(settings.database, MIGRATIONS)


def journaled_devices(settings: NodeSettings, store: Store, *, clock: Clock) -> JournaledDevices:
    """The drivers' process, with every act in the node's journal."""
    return JournaledDevices(settings.devices_socket, store=store, clock=clock)


def make_services(settings: NodeSettings, store: Store, *, clock: Clock, ids: Ids) -> Services:
    """Everything behind the pages; nothing runs yet."""
    devices = journaled_devices(settings, store, clock=clock)
    hub = connect_hub(Surroundings(settings=settings, store=store, clock=clock, ids=ids))
    blobs = BlobFolder(settings.blob_folder)
    return Services(
        settings=settings,
        store=store,
        clock=clock,
        ids=ids,
        devices=devices,
        hub=hub,
        charges=ChargeRunner(store, devices=devices, clock=clock, ids=ids),
        switchboard=Switchboard(),
        followed=Followed(),
        ticket_desk=TicketDesk(store, clock=clock, ids=ids, settings=settings),
        scan_shelf=ScanShelf(
            store, blobs=blobs, fetch=hub.fetch_blob, clock=clock, quota_bytes=settings.blobs.quota_bytes
        ),
    )


def create_app(services: Services) -> Litestar:
    """The application over an open store; its loops run from start-up to shutdown."""
    names = (field.name for field in msgspec.structs.fields(services))
    app = Litestar(
        route_handlers=[
            Router("/", route_handlers=[*CONTROLLERS])
        ],  # a router lets slices share a path; the app does not
        dependencies={
            name: Provide(_giver(getattr(services, name)), sync_to_thread=False, use_cache=True) for name in names
        },
        lifespan=[partial(_beside_the_pages, services=services)],
        plugins=[WebParts(_web_settings(services))],
    )
    for listeners in (
        edge_node.queue.listeners,
        edge_node.back_office.listeners,
        edge_node.display_board.listeners,
        edge_node.supervisor.listeners,
    ):
        listeners.listen(services.store, app.state["broadcaster"])
    return app


def serve(settings: NodeSettings) -> None:
    """Serve the office until stopped."""
    self_test()
    stamina.instrumentation.set_on_retry_hooks([])  # a cut line is said once, by the client itself
    log_here("edge-node", OFFICE=settings.office_id)
    store = open_store(settings)
    try:
        if not live_on(store, Watch(settings.folder, machine_id=machine_id()), incarnation=SystemIds().new()):
            logging.getLogger("edge_node").warning("the database is not as this node left it: a new incarnation begins")
            store.run_now(partial(note_restoration, now=SystemClock().now()))
        services = make_services(settings, store, clock=SystemClock(), ids=SystemIds())
        app = create_app(services)
        listen = settings.listen
        config = uvicorn.Config(app, host=listen.host, port=listen.port, log_level="warning", access_log=False)
        Server(app, config, signs=_signs_of_progress(services)).run()
    finally:
        store.close()


def _signs_of_progress(services: Services) -> dict[str, Sign]:
    async def probe() -> None:
        await services.store.run(lambda _: None)

    return {"writer": partial(writes, probe), "devices": services.devices.rounds.are_going}


@asynccontextmanager
async def _beside_the_pages(app: Litestar, *, services: Services) -> AsyncIterator[None]:
    """Run the line to the hub, the printers, the terminals and the watch over the devices while the app serves."""
    store = services.store
    store.bind_loop(asyncio.get_running_loop())
    papers = PaperMaker(
        store,
        office_id=services.settings.office_id,
        renderer=PaperRenderer(app.state[TEXTS_STATE]),
        setter=PdfSetter(services.settings.folder / "spool"),
    )
    printer = PrintRunner(store, devices=services.devices, clock=services.clock, papers=papers)
    languages = services.settings.archive.text_languages
    texts = TextRunner(
        store,
        recogniser=Recogniser(services.settings.folder / "recognising", languages=languages),
        shelf=services.scan_shelf,
        clock=services.clock,
        ids=services.ids,
    )
    voice = Voice(store, devices=services.devices, clock=services.clock, volume_at=services.settings.voice.volume_at)
    folder = services.settings.folder / "copying"
    copies = CopyWatch(store, devices=services.devices, clock=services.clock, folder=folder)

    appointments = AppointmentKeeper(
        store, office_id=services.settings.office_id, clock=services.clock, ids=services.ids
    )

    async def down() -> tuple[str, ...]:
        return await store.read(devices_down)

    async def followed() -> tuple[LiveTicket, ...]:
        tokens, now = services.followed.tokens, services.clock.now()
        return await store.read(partial(followed_tickets, tokens=tokens, now=now))

    around = Surroundings(settings=services.settings, store=store, clock=services.clock, ids=services.ids)
    async with AsyncExitStack() as running:
        running.push_async_callback(papers.close)
        for loop in (
            partial(watch_health, services.devices, store=store, clock=services.clock),
            printer.run,
            services.charges.run,
            voice.run,
            appointments.run,
            copies.run,
            partial(edge_node.queue.listeners.refresh, app.state["broadcaster"]),
            partial(edge_node.queue.listeners.return_parked, store, services.clock),
            partial(edge_node.queue.listeners.foresee_waits, store, services.clock),
            partial(edge_node.statistics.listeners.keep_figures, store),
            partial(edge_node.supervisor.listeners.watch_waits, store, services.clock),
            partial(watch_readers, services.devices, services.settings, app.state["broadcaster"]),
            partial(run_hub, services.hub, around, devices_down=down, followed=followed),
        ):
            await running.enter_async_context(_running(outlive_disk_failures(loop)))
        if services.settings.archive.recognises_text:
            await running.enter_async_context(_running(outlive_disk_failures(texts.run)))
        yield
    store.bind_loop(None)


@asynccontextmanager
async def _running(loop: Coroutine[object, object, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(loop)
    task.add_done_callback(_stop_on_failure)
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def _stop_on_failure(task: "asyncio.Task[None]") -> None:
    """A loop that ends by a bug ends the process: systemd starts it anew, and nothing runs half."""
    if task.cancelled() or (error := task.exception()) is None:
        return
    logging.getLogger("edge_node").critical("a loop failed", exc_info=error)
    asyncio.get_running_loop().call_soon(_end_process)


def _end_process() -> None:
    raise SystemExit(1)


def _web_settings(services: Services) -> WebSettings:
    settings, store = services.settings, services.store
    pages = PageSettings(
        site_name=LazyProxy(_office_name, services, enable_cache=False),
        packages=folders_of(["edge_node"]),
        truth=lambda: store.read_now(partial(truth, health=services.hub.health, now=services.clock.now())),
    )

    async def checks() -> tuple[Check, ...]:
        await store.read(lambda reader: reader.scalar("select 1"))
        return (Check(name="database", is_ok=True),)

    return WebSettings(
        pages=pages,
        version=version("vikno"),
        sessions_path=settings.sessions_database,
        session_cookie=f"session-{settings.office_id.lower()}",
        is_https=settings.listen.is_https,
        clock=services.clock,
        checks=checks,
    )


def _office_name(services: Services) -> str:
    """The office's name in the language of who reads; its code until the hub has told it."""
    try:
        office = services.store.read_now(partial(catalogue_queries.office, office_id=services.settings.office_id))
    except UnknownOffice:
        return f"Vikno {services.settings.office_id}"
    return office.name_en if current_language() == "en" else office.name_uk


def _giver(value: object) -> Callable[[], object]:
    return lambda: value


def rebuild_figures(store: Store) -> int:
    """Make the hall's figures again out of the log of the queue; how many differed and were put right."""
    return edge_node.statistics.listeners.rebuild(store)


async def compare_with_hub(settings: NodeSettings, store: Store) -> VerifyReport:
    """Compare this node with its hub and heal what differs, through a session of its own beside the running node's.

    Raises:
        TimeoutError: the hub does not answer.
    """
    around = Surroundings(settings=settings, store=store, clock=SystemClock(), ids=SystemIds())
    client = connect_hub(around)
    exchange = asyncio.create_task(client.exchange())
    try:
        async with asyncio.timeout(GREETED_SECONDS_MAX):
            await client.greeted()
        return await upkeep.verify(own_replica(client, around), client)
    finally:
        exchange.cancel()
