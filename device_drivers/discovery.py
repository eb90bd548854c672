"""Looks for devices that nobody has configured yet: print queues, scanners, serial ports, what the network announces.

What is found is a proposal: the driver, and the keys that ``devices.toml`` would need. Nothing is opened, printed or
moved, and what cannot be asked (no print system, no scanimage) finds nothing.
"""

import asyncio
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
from zeroconf import InterfaceChoice, IPVersion, ServiceBrowser, ServiceInfo, ServiceListener, Zeroconf

from device_drivers.document_printer.cups_driver import CupsChild, CupsRefused
from device_drivers.ports import BY_ID, ports_by_id
from device_drivers.wire import Discovered, Found

SCANIMAGE_SECONDS_MAX = 30.0  # some backends ask the whole network
CUPS_SECONDS_MAX = 10.0
NETWORK_SECONDS = 3.0
CUPS_SERVER = "localhost:631"
# what may be at the end of a serial line: a person says which
SERIAL_DRIVERS = ("escpos-serial", "privat-serial", "telium-serial", "serial-reader")
RAW_PRINTING, SCANNING = "_pdl-datastream._tcp.local.", "_uscan._tcp.local."
_DRIVERS_BY_SERVICE = {RAW_PRINTING: ("escpos-tcp",), SCANNING: ("scanimage",)}


async def discover(*, cups_server: str = CUPS_SERVER, scanimage: str = "scanimage") -> Discovered:
    """Look everywhere at once; some seconds."""
    looks: tuple[Callable[[], list[Found]], ...] = (
        lambda: print_queues(cups_server),
        lambda: scanners(scanimage),
        serial_ports,
        on_the_network,
    )
    found = await asyncio.gather(*(asyncio.to_thread(look) for look in looks))
    return Discovered(found=tuple(each for some in found for each in some))


def print_queues(server: str = CUPS_SERVER) -> list[Found]:
    """The queues of the print system."""
    child = CupsChild(server)
    try:
        answer = child.ask("queues", wait_seconds=CUPS_SECONDS_MAX)
    except (OSError, CupsRefused):
        return []
    finally:
        child.close()
    queues = msgspec.convert(answer["queues"], dict[str, str])
    return [
        Found(label=label, drivers=("cups",), keys={"queue": queue, "server": server})
        for queue, label in sorted(queues.items())
    ]


def scanners(scanimage: str = "scanimage") -> list[Found]:
    """What SANE finds on this machine and in the network."""
    command = [scanimage, "--formatted-device-list=%d\t%v %m%n"]
    try:
        done = subprocess.run(  # noqa: S603 - the command of the settings, and no word of anybody else
            command, capture_output=True, timeout=SCANIMAGE_SECONDS_MAX, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return []
    lines = (line.split("\t") for line in done.stdout.decode(errors="replace").splitlines())
    named = (line for line in lines if len(line) == len(("device", "name")))
    return [Found(label=name, drivers=("scanimage",), keys={"device": device}) for device, name in named]


def serial_ports(folder: Path = BY_ID) -> list[Found]:
    """Ports by their ids: the names stay when they are plugged in elsewhere."""
    return [Found(label=Path(port).name, drivers=SERIAL_DRIVERS, keys={"port": port}) for port in ports_by_id(folder)]


def on_the_network(seconds: float = NETWORK_SECONDS, *, interfaces: tuple[str, ...] = ()) -> list[Found]:
    """Ticket printers and scanners that announce themselves (mDNS, RFC 6763); ``interfaces`` are addresses of ours."""
    heard = _Heard()
    try:
        zeroconf = Zeroconf(interfaces=list(interfaces) or InterfaceChoice.All, ip_version=IPVersion.V4Only)
    except OSError:  # no network at all
        return []
    with zeroconf:
        ServiceBrowser(zeroconf, list(_DRIVERS_BY_SERVICE), heard)
        time.sleep(seconds)  # who announces itself does it within a second or two; nobody says when all have
        known = [zeroconf.get_service_info(kind, name) for kind, name in sorted(heard.names)]
    return [_announced(info) for info in known if info is not None and info.parsed_addresses()]


class _Heard(ServiceListener):
    """Remembers the names it is told; zeroconf calls it from a thread of its own."""

    def __init__(self) -> None:
        self.names: set[tuple[str, str]] = set()

    def add_service(self, zc: Zeroconf, type_: str, name: str) -> None:  # noqa: ARG002 - as zeroconf calls it
        self.names.add((type_, name))

    def update_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        """What it says of itself is asked for later."""

    def remove_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        """Whoever has left by the end is asked in vain."""


def _announced(info: ServiceInfo) -> Found:
    address = info.parsed_addresses()[0]
    label = f"{info.name.removesuffix('.' + info.type)} ({address})"
    if info.type == SCANNING:  # sane-airscan names a device by its kind, name and address
        root = (info.decoded_properties.get("rs") or "eSCL").strip("/")
        name = info.name.removesuffix("." + info.type)
        keys = {"device": f"airscan:e0:{name}:http://{address}:{info.port}/{root}/"}
        return Found(label=label, drivers=_DRIVERS_BY_SERVICE[SCANNING], keys=keys)
    return Found(label=label, drivers=_DRIVERS_BY_SERVICE[info.type], keys={"address": f"{address}:{info.port}"})
