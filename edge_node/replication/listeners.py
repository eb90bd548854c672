"""The loop that keeps this node in touch with the hub, fed with the office's live state."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from importlib.metadata import version

import msgspec

from edge_node.queue.queries import queue_now
from edge_node.replication.commands import project_change
from edge_node.replication.queries import live_state
from edge_node.settings import NodeSettings
from edge_node.statistics import queries as statistics
from edge_node.statistics.commands import note_told
from sync.ambient import Clock, Ids, machine_id
from sync.replication import upkeep
from sync.replication.blobs import BlobFolder
from sync.replication.budget import Budget
from sync.replication.budget import parse as parse_budget
from sync.replication.client import HubClient
from sync.replication.engine import Engine
from sync.replication.inbox import DocumentChanged
from sync.replication.keys import KeyFiles, KeyRing
from sync.replication.sentinel import LAG_SECONDS_MAX, Watch
from sync.replication.transport import HubRefusal, Transport, Unreachable, new_client
from sync.replication.trust import Trust
from sync.storage import Store, Transaction, replica
from sync.vocabulary.hall import DAYS_TOLD_MAX, HallHeld, HallReport
from sync.vocabulary.live import LiveState, LiveTicket

HALL_SECONDS = 60  # how often the hub hears the figures of the hall, while they change
NO_HUB = "http://localhost"  # never called: without enrolment nothing is greeted


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What the line needs of the app around it."""

    settings: NodeSettings
    store: Store
    clock: Clock
    ids: Ids


def connect_hub(around: Surroundings) -> HubClient:
    """This node's client of the hub; it says nothing until ``run_hub`` runs."""
    keys = KeyRing(KeyFiles(around.settings.key_file))
    stream = around.store.read_now(replica.stream)
    hub, pinned = around.settings.hub, around.settings.authority_file
    trust = Trust(pinned) if pinned.exists() else None

    def project(tx: Transaction, changed: DocumentChanged) -> None:
        now = around.clock.now()
        project_change(tx, changed, office_id=around.settings.office_id, now=now, ids=around.ids)

    client = HubClient(
        store=around.store,
        transport=Transport(
            new_client(hub.url if hub else NO_HUB, trust=trust), node_id=stream.node_id, key=keys.key, trust=trust
        ),
        engine=Engine(sign=keys.key.sign, version=version("vikno")),
        project=project,
        clock=around.clock,
        ids=around.ids,
        blob_folder=BlobFolder(around.settings.blob_folder),
    )
    client.keys = keys
    if hub is not None:
        client.retry_seconds_max = hub.retry_seconds_max
        client.blobs.budget = Budget(parse_budget(hub.budget))
    return client


def own_replica(client: HubClient, around: Surroundings) -> upkeep.Replica:
    """What is looked after by night."""
    return upkeep.Replica(
        store=around.store, blobs=client.blobs.folder, project=client.project, clock=around.clock, ids=around.ids
    )


async def run_hub(
    client: HubClient,
    around: Surroundings,
    *,
    devices_down: Callable[[], Awaitable[Iterable[str]]],
    followed: Callable[[], Awaitable[tuple[LiveTicket, ...]]],
) -> None:
    """Keep the line until cancelled; a node that is not enrolled has none."""
    if around.settings.hub is None:
        return

    async def tell() -> LiveState:
        down, now = await devices_down(), around.clock.now()
        office_id = around.settings.office_id
        told = await around.store.read(partial(live_state, office_id=office_id, devices_down=down, now=now))
        return msgspec.structs.replace(told, tickets=await followed())

    async def is_hall_quiet() -> bool:
        return not (await around.store.read(partial(queue_now, now=around.clock.now()))).open_desks

    await client.blobs.sweep()
    watch = Watch(around.settings.folder, machine_id=machine_id())
    async with asyncio.TaskGroup() as group:
        group.create_task(client.run(live_state=tell))
        group.create_task(_keep_watch(around.store, watch))
        group.create_task(tell_of_hall(client, around.store))
        group.create_task(upkeep.run(own_replica(client, around), client, is_hall_quiet=is_hall_quiet))


async def tell_of_hall(client: HubClient, store: Store) -> None:
    """Tell the hub of the hall's days, the latest first, until cancelled; told twice, a day counts once."""
    while True:
        await client.greeted()
        if not await tell_untold_days(client, store):
            await asyncio.sleep(HALL_SECONDS)


async def tell_untold_days(client: HubClient, store: Store) -> bool:
    """Tell of a few days that the hub does not hold as they are; whether there may be more at once."""
    hub = (await store.read(replica.link)).hub_incarnation
    if hub is None:
        return False
    days = await store.read(partial(statistics.untold_days, to=hub, limit=DAYS_TOLD_MAX))
    if not days:
        return False
    try:
        held = await client.ask("PUT", "/sync/halls", message=HallReport(days=tuple(days)), answer=HallHeld)
    except (Unreachable, HubRefusal):  # the client's own loops say so; an older hub hears of no hall
        return False
    await store.run(partial(note_told, days=days, to=held.hub_incarnation))
    return len(days) == DAYS_TOLD_MAX


async def _keep_watch(store: Store, watch: Watch) -> None:
    """Write down beside the database how far it stands, so that one brought back from a backup is told apart."""
    while True:
        await asyncio.to_thread(watch.note, await store.read(replica.stream))
        await asyncio.sleep(LAG_SECONDS_MAX)
