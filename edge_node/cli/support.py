"""``support-bundle``: how this node is, for whoever helps, without anybody's data."""

import asyncio
from functools import partial
from pathlib import Path

import msgspec
import rich_click as click

from device_drivers.client import DevicesClient
from edge_node.cli.opening import folder_option, open_store, settings_of
from edge_node.devices.queries import last_acts
from edge_node.doctor import devices, node
from edge_node.replication.queries import disk_use, recorded_health, sync_status
from edge_node.settings import NodeSettings
from sync.ambient import SystemClock
from sync.cli.speaking import console
from sync.storage import Reader, support

ACTS_MAX = 1_000
ACT_FIELDS = ("id", "device", "method", "asked_at", "state", "settled_at")
UNITS = ("edge-node", "edge-devices")


@click.command("support-bundle")
@folder_option
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
def support_bundle(folder: Path, target: Path) -> None:
    """Write into the ZIP file TARGET how this node is: versions, settings, checks, line, devices, sizes, logs.

    No name, number, address or text of a person is in it; read it before it is sent.
    """
    settings = settings_of(folder)
    support.pack(target, {**asyncio.run(_looked_at(settings)), **_read(settings), **_logs()})
    console.print(f"{target} may be sent to whoever helps: nobody's data are in it.")


async def _looked_at(settings: NodeSettings) -> dict[str, object]:
    found = [*await node.examine(settings), *await devices.examine(DevicesClient(settings.devices_socket))]
    said = msgspec.json.encode(found).decode()
    return {"doctor.json": support.scrubbed(said)}


def _read(settings: NodeSettings) -> dict[str, object]:
    store, now = open_store(settings), SystemClock().now()
    try:
        health = store.read_now(recorded_health)
        status = store.read_now(partial(sync_status, health=health, disk=disk_use(settings), now=now))
        acts = store.read_now(_acts)
    finally:
        store.close()
    return {
        "about.json": {**support.about(), "office": settings.office_id, "taken_at": now.isoformat()},
        "configuration.json": support.without_secrets(settings),
        "sync-status.json": msgspec.to_builtins(status),
        "tables.json": support.anatomy(settings.database),
        "device-journal.json": acts,
        "sizes.json": support.sizes(settings.folder),
    }


def _logs() -> dict[str, object]:
    return {f"{unit}.log": support.log_of(unit) for unit in UNITS}


def _acts(reader: Reader) -> object:
    """What devices were asked for and how it ended; what was printed, read or paid is not told."""
    told = [msgspec.to_builtins(each) for each in last_acts(reader, limit=ACTS_MAX)]
    return [{name: each[name] for name in ACT_FIELDS} for each in told]
