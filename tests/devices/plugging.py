"""Runs under umockdev-wrapper: a USB device of a test bed is plugged in twice and pulled out; prints what was heard.

The bindings of the system's Python are not this environment's, so libumockdev is called as the C library that it is.
"""

import asyncio
import ctypes
import sys
from pathlib import Path

from device_drivers.hot_plug import hot_plug

WAIT_SECONDS = 10.0


class TestBed:
    """What of libumockdev is needed here."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL("libumockdev.so.0")
        for name in ("umockdev_testbed_new", "umockdev_testbed_add_devicev"):
            getattr(self._library, name).restype = ctypes.c_void_p
        self._bed = ctypes.c_void_p(self._library.umockdev_testbed_new())

    def add(self, name: str) -> bytes:
        """A USB device; its path in sysfs. Adding sends the event ``add``."""
        strings = ctypes.c_char_p * 5
        attributes = strings(b"idVendor", b"04b8", b"idProduct", b"0e15", None)
        nothing = (ctypes.c_char_p * 1)(None)
        path = self._library.umockdev_testbed_add_devicev(self._bed, b"usb", name.encode(), None, attributes, nothing)
        found = ctypes.cast(path, ctypes.c_char_p).value
        assert found is not None
        return found

    def say(self, path: bytes, action: str) -> None:
        """Send an event of the device."""
        self._library.umockdev_testbed_uevent(self._bed, path, action.encode())


async def story(bed: TestBed) -> list[str]:
    heard: asyncio.Queue[str] = asyncio.Queue()
    listening = asyncio.create_task(hot_plug(lambda: heard.put_nowait("changed"), udev=Path("/")))
    await asyncio.sleep(0)  # the monitor listens from here on
    told = []
    path = bed.add("printer")
    bed.say(path, "add")
    told.append("added: " + await asyncio.wait_for(heard.get(), WAIT_SECONDS))
    bed.say(path, "remove")
    told.append("removed: " + await asyncio.wait_for(heard.get(), WAIT_SECONDS))
    listening.cancel()
    assert heard.empty()
    return told


if __name__ == "__main__":
    sys.stdout.write("\n".join(asyncio.run(story(TestBed()))) + "\n")
