"""A dead printer, or dead drivers, are told of; they are no reason to restart the node."""

import asyncio
from pathlib import Path

import pytest

from device_drivers.errors import DeviceError
from device_drivers.ticket_printer.protocol import TicketPaper
from edge_node.devices.listeners import JournaledDevices, watch_health
from sync.web.supervised import Watchdog
from tests.support.drivers import PaperMill, running_drivers
from tests.support.hall import Hall

SECONDS = 6.0


async def fed_while_watching(client: JournaledDevices, hall: Hall) -> list[str]:
    told: list[str] = []
    watching = asyncio.create_task(watch_health(client, store=hall.store, clock=hall.clock))
    await asyncio.sleep(0)  # the watch begins its first round
    stuck = await Watchdog({"devices": client.rounds.are_going}, seconds=SECONDS, tell=told.append).look()
    watching.cancel()
    assert stuck == ()
    return told


def test_a_node_with_a_dead_printer_feeds_its_watchdog(tmp_path: Path) -> None:
    async def story() -> list[str]:
        printer = PaperMill()
        printer.trouble = "unplugged"
        client = JournaledDevices(tmp_path / "s", store=hall.store, clock=hall.clock)
        async with running_drivers(tmp_path / "s", clock=hall.clock, printer=printer):
            with pytest.raises(DeviceError):
                await client.call("kiosk", "print_ticket", paper=TicketPaper(number="Д001"), ref="job-1")
            return await fed_while_watching(client, hall)

    hall = Hall(tmp_path)
    assert asyncio.run(story()) == ["WATCHDOG=1"]
    hall.close()


def test_a_node_without_drivers_feeds_its_watchdog(tmp_path: Path) -> None:
    hall = Hall(tmp_path)
    client = JournaledDevices(tmp_path / "nobody", store=hall.store, clock=hall.clock)
    assert asyncio.run(fed_while_watching(client, hall)) == ["WATCHDOG=1"]
    hall.close()
