"""Hears of what is plugged in or pulled out: from udev where it runs, by looking where it does not.

It only says that something changed. Devices were made once from the settings and stay; each is looked at anew, so that
an event that comes twice, or never, changes nothing but the time.
"""

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path

import pyudev
import structlog

from device_drivers.ports import BY_ID

UDEV = Path("/run/udev/control")
SUBSYSTEMS = ("tty", "usb", "usbmisc")
SETTLE_SECONDS = 0.3  # one plug is a dozen events
LOOK_SECONDS = 2.0
USB_PRINTERS = Path("/dev/usb")

log = structlog.get_logger("devices")


async def hot_plug(changed: Callable[[], None], *, ports: Iterable[str] = (), udev: Path = UDEV) -> None:
    """Call ``changed`` after what is plugged in has changed, until cancelled; ``ports`` are looked at by name."""
    monitor = _monitor(udev)
    if monitor is None:
        await _look_for_ever(changed, [BY_ID, USB_PRINTERS, *map(Path, ports)])
    else:
        await _hear_for_ever(changed, monitor)


def _monitor(udev: Path) -> pyudev.Monitor | None:
    """What udev says from now on; None where it does not run or cannot be heard."""
    if not udev.exists():
        return None
    try:
        monitor = pyudev.Monitor.from_netlink(pyudev.Context())
        for subsystem in SUBSYSTEMS:
            monitor.filter_by(subsystem)
        monitor.start()
    except (ImportError, OSError) as error:  # no libudev, or no netlink in this container
        log.warning("no udev", why=str(error))
        return None
    return monitor


async def _hear_for_ever(changed: Callable[[], None], monitor: pyudev.Monitor) -> None:
    loop, heard = asyncio.get_running_loop(), asyncio.Event()

    def hear() -> None:
        while monitor.poll(timeout=0) is not None:
            heard.set()

    loop.add_reader(monitor.fileno(), hear)
    try:
        while True:
            await heard.wait()
            await asyncio.sleep(SETTLE_SECONDS)
            heard.clear()
            changed()
    finally:
        loop.remove_reader(monitor.fileno())


async def _look_for_ever(changed: Callable[[], None], places: list[Path]) -> None:
    seen = _there(places)
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        now = _there(places)
        if now != seen:
            seen = now
            changed()


def _there(places: list[Path]) -> frozenset[tuple[str, int]]:
    """The names that are there, each with its device: the same name may be another one's."""
    found = set()
    for place in places:
        for path in place.iterdir() if place.is_dir() else [place]:
            if path.exists():
                found.add((str(path), path.stat().st_rdev))
    return frozenset(found)
