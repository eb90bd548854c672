"""Readers of codes that stand on desks: what they read goes to the page of their desk."""

import asyncio

import structlog

from device_drivers.barcode_reader.protocol import CodeRead
from device_drivers.client import DevicesClient
from device_drivers.errors import DeviceError
from edge_node.front_office.model import CodeScanned, devices_topic
from edge_node.settings import NodeSettings
from sync.web.live import Broadcaster

WAIT_SECONDS = 5.0  # how long one question holds the reader; the next follows at once, a look at its health between
PAUSE_SECONDS = 5.0  # a reader that is not there comes back when somebody plugs it in

_log = structlog.get_logger("scans")


async def watch_readers(devices: DevicesClient, settings: NodeSettings, broadcaster: Broadcaster) -> None:
    """Pass on what every desk's reader reads, until cancelled."""
    async with asyncio.TaskGroup() as group:
        for number, own in settings.desks.items():
            if own.reader is not None:
                group.create_task(watch_reader(devices, own.reader, broadcaster, topic=devices_topic(int(number))))


async def watch_reader(
    devices: DevicesClient,
    reader: str,
    broadcaster: Broadcaster,
    *,
    topic: str,
    pause_seconds: float = PAUSE_SECONDS,
) -> None:
    """Pass on the codes of one reader; that it is lost, and that it is back, is said once."""
    is_lost = False
    while True:
        try:
            outcome = await devices.call(reader, "next_code", wait_seconds=WAIT_SECONDS)
        except DeviceError as error:
            if not is_lost:
                _log.warning("the reader is silent", device=reader, why=error.reason)
            is_lost = True
            await asyncio.sleep(pause_seconds)
            continue
        if is_lost:
            _log.info("the reader reads again", device=reader)
        is_lost = False
        if isinstance(outcome, CodeRead):
            broadcaster.publish(topic, CodeScanned(outcome.code))
