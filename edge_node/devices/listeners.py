"""The client of the drivers' process that journals every act, and the watch over the devices' health."""

import asyncio
import hashlib
from datetime import datetime
from functools import partial
from pathlib import Path

import msgspec
import structlog

from device_drivers.client import DevicesClient
from device_drivers.errors import DeviceError
from device_drivers.wire import ACTS, DeviceStatus, Result
from edge_node.devices import commands, queries
from edge_node.devices.model import ActState, DeviceHealth, Intent, Outcome, failed_by
from sync.ambient import Clock
from sync.storage import Store
from sync.web.supervised import Rounds

JOURNALED = ACTS | {"announce", "scan"}  # what moves paper, money or the hall's attention
POLL_SECONDS = 5.0  # the drivers look at a device every 15 s and more; asking them costs one local call
ASKED_SECONDS_MAX = 10.0  # what they believe they say at once; who does not hangs, and its own watchdog ends it
ROUND_SECONDS_MAX = 60.0  # a look, its pause, and a database that another process holds for a moment
DRIVERS = "drivers"
NOT_RUNNING = "offline"

_log = structlog.get_logger("devices")


class JournaledDevices(DevicesClient):
    """The drivers' client with a journal: the intent is durable before the device hears of it, the outcome after.

    A ``ref`` among the arguments names the act; without one the digest does. Arguments stand there as a digest only.
    """

    def __init__(self, socket_path: Path | str, *, store: Store, clock: Clock) -> None:
        super().__init__(socket_path)
        self.rounds = Rounds(seconds_max=ROUND_SECONDS_MAX)
        self._store = store
        self._clock = clock

    async def call(self, device: str, method: str, **arguments: object) -> Result:
        """As DevicesClient.call."""
        if method not in JOURNALED:
            return await super().call(device, method, **arguments)
        digest = _digest(arguments)
        ref = str(arguments.get("ref") or digest[:16])
        intent = Intent(ref=ref, device=device, method=method, arguments_digest=digest)
        act_id = await self._store.run(partial(commands.intend, intent=intent, now=self._clock.now()))
        outcome = Outcome(state=ActState.UNKNOWN, facts={"reason": "interrupted"})
        try:
            result = await super().call(device, method, **arguments)
            outcome = Outcome(state=ActState.DONE, facts={"result": type(result).__name__})
        except DeviceError as error:
            outcome = failed_by(error)
            raise
        else:
            return result
        finally:
            settle = partial(commands.settle, act_id=act_id, outcome=outcome, now=self._clock.now())
            await asyncio.shield(self._store.run(settle))


async def watch_health(client: JournaledDevices, *, store: Store, clock: Clock) -> None:
    """Keep the last word on every device, until cancelled; acts of an earlier life without an end become unknown.

    The client's ``rounds`` hear of each look, whatever came of it: a dead printer, or a dead drivers' process, is no
    standstill here.
    """
    client.rounds.begin()
    await store.run(partial(commands.doubt_interrupted, now=clock.now()))
    while True:
        client.rounds.begin()
        await look(client, store=store, clock=clock)
        await asyncio.sleep(POLL_SECONDS)


async def look(client: DevicesClient, *, store: Store, clock: Clock) -> None:
    """Ask the drivers once what they believe of every device."""
    try:
        async with asyncio.timeout(ASKED_SECONDS_MAX):
            known = await client.devices()
    except (DeviceError, TimeoutError):
        devices = await _all_lost(store, now=clock.now())
    else:
        devices = [_health(status) for status in known.devices]
    if await store.run(partial(commands.note_health, devices=devices, now=clock.now())):
        down = await store.read(queries.devices_down)
        _log.info("devices changed", down=down)


def _health(status: DeviceStatus) -> DeviceHealth:
    return DeviceHealth(
        name=status.name,
        family=status.family,
        driver=status.driver,
        state=status.health.state.value,
        reasons=status.health.reasons,
        since=_to_milliseconds(status.health.since),
    )


def _to_milliseconds(moment: datetime) -> datetime:
    """As the store keeps it, so that what did not change compares equal."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


async def _all_lost(store: Store, *, now: datetime) -> list[DeviceHealth]:
    """The drivers do not run: every device known so far is down, and so are they."""
    known = {device.name: device for device in await store.read(queries.health)}
    drivers = known.pop(DRIVERS, None) or DeviceHealth(
        name=DRIVERS,
        family=DRIVERS,
        driver=DRIVERS,
        state=NOT_RUNNING,
        reasons=("devices-not-running",),
        since=_to_milliseconds(now),
    )
    lost = [
        device
        if device.state == NOT_RUNNING
        else msgspec.structs.replace(
            device, state=NOT_RUNNING, reasons=("devices-not-running",), since=_to_milliseconds(now)
        )
        for device in known.values()
    ]
    return [drivers, *lost]


def _digest(arguments: dict[str, object]) -> str:
    encoded: bytes = msgspec.json.encode(msgspec.to_builtins(arguments), order="sorted")
    return hashlib.sha256(encoded).hexdigest()
