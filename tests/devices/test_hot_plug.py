"""Cables pulled and plugged in: every change is heard, and none makes a second driver."""

import asyncio
import shutil
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from device_drivers.barcode_reader.protocol import CodeRead
from device_drivers.barcode_reader.serial_reader import SerialReader
from device_drivers.barcode_reader.simulator import BarcodeReaderSimulator
from device_drivers.client import DevicesClient
from device_drivers.driver import HealthState
from device_drivers.errors import Unavailable
from device_drivers.hot_plug import hot_plug
from device_drivers.ports import PortLock, ports_by_id
from device_drivers.registry import DevicesFile, make_devices
from device_drivers.service import DeviceService

ROOT = Path(__file__).parents[2]
NO_UDEV = Path("/nonexistent")


def test_what_udev_says_twice_is_one_change():
    """A real netlink monitor of libudev in a test bed of umockdev, which says every ``add`` twice."""
    if shutil.which("umockdev-wrapper") is None:
        pytest.skip("umockdev is not installed: .ci/system-packages names it")
    command = ["umockdev-wrapper", sys.executable, "-m", "tests.devices.plugging"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.splitlines() == ["added: changed", "removed: changed"], done.stderr


def test_without_udev_a_name_that_comes_or_goes_is_seen(tmp_path):
    port = tmp_path / "usb-reader"

    async def story() -> None:
        heard: asyncio.Queue[None] = asyncio.Queue()
        looking = asyncio.create_task(hot_plug(lambda: heard.put_nowait(None), ports=[str(port)], udev=NO_UDEV))
        await asyncio.sleep(0)
        for change in (lambda: port.symlink_to("/dev/null"), port.unlink):
            change()
            await asyncio.wait_for(heard.get(), 20)
        looking.cancel()

    asyncio.run(story())


def test_a_reader_plugged_in_again_and_again_is_one_driver_lost_and_back_once(tmp_path):
    paper = BarcodeReaderSimulator(tmp_path / "by-id" / "usb-reader")

    async def story() -> None:
        file = DevicesFile(socket=str(tmp_path / "s"), devices={"reader": SerialReader(port=paper.address)})
        service = DeviceService(make_devices(file), now=lambda: datetime.now(UTC))
        client = DevicesClient(file.socket)
        await service.start(Path(file.socket))
        await _until(client, HealthState.READY)
        paper.set_fault("unplugged")
        service.stir()
        await _until(client, HealthState.OFFLINE)
        paper.set_fault(None)
        for _ in range(2):
            service.stir()
        await _until(client, HealthState.READY)
        paper.scan("A1")
        assert await client.call("reader", "next_code", wait_seconds=10) == CodeRead(code="A1")
        assert [thread.name for thread in threading.enumerate()].count("barcode-reader") == 1
        await service.close()

    with capture_logs() as lines:
        asyncio.run(story())
    paper.close()
    assert [line["event"] for line in lines if line["event"] in {"lost", "back"}] == ["lost", "back"]


async def _until(client: DevicesClient, state: HealthState) -> None:
    async with asyncio.timeout(30):
        while (await client.devices()).devices[0].health.state is not state:
            pass


def test_a_lock_belongs_to_the_device_and_not_to_its_name(tmp_path):
    link = tmp_path / "by-id"
    link.symlink_to("/dev/null")
    with PortLock("/dev/null"), pytest.raises(Unavailable, match="port-busy"):
        PortLock(str(link))
    PortLock(str(link)).release()


def test_a_process_that_dies_leaves_no_lock(tmp_path):
    script = "import os, device_drivers.ports as p; held = p.PortLock('/dev/zero'); os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False, timeout=30)
    PortLock("/dev/zero").release()


def test_there_are_the_ports_that_are_plugged_in(tmp_path):
    (tmp_path / "usb-b").touch()
    (tmp_path / "usb-a").touch()
    assert ports_by_id(tmp_path) == (str(tmp_path / "usb-a"), str(tmp_path / "usb-b"))
    assert ports_by_id(tmp_path / "none") == ()
