"""devices.toml and the command: what is wrong is named."""

import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from device_drivers.cli import main
from device_drivers.client import DevicesClient
from device_drivers.registry import _MAKERS, WrongSettings, driver_name, make_devices, read_settings

README = Path(__file__).parents[2] / "device_drivers" / "README.md"
GOOD = """
socket = "/run/vikno/devices.sock"
[devices.kiosk]
driver = "escpos-tcp"
address = "192.168.10.21:9100"
[devices.desk-1]
driver = "privat-tcp"
address = "192.168.10.31:2000"
"""

ON_PORT = 'driver = "serial-reader"\nport = "/dev/serial/by-id/usb-1"\n'
TWICE = ("[devices.desk-1]", f"[devices.a]\n{ON_PORT}[devices.b]\n{ON_PORT}[devices.desk-1]")


@pytest.fixture
def written(tmp_path):
    def write(text: str) -> Path:
        path = tmp_path / "devices.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_good_settings_make_drivers(written):
    devices = make_devices(read_settings(written(GOOD)))
    assert [(device.name, device.family.name) for device in devices] == [
        ("kiosk", "ticket_printer"),
        ("desk-1", "payment_terminal"),
    ]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("address", "adress"), r"devices\.kiosk: .*ad?dress"),
        (('"escpos-tcp"', '"escpos"'), r"devices\.kiosk: driver 'escpos', known are escpos-tcp"),
        (('driver = "escpos-tcp"\n', ""), r"devices\.kiosk: driver None"),
        (("socket", "soket"), "soket"),
        (TWICE, "2 devices on the port /dev/serial/by-id/usb-1"),
        (('"192.168.10.21:9100"', "9100"), r"devices.kiosk: Expected `str`, got `int` - at `\$.address`"),
        (("/run/vikno", "/run/" + "v" * 100), "socket: 118 bytes"),
        (("[devices.kiosk]", "[devices.kiosk"), "devices.toml"),
    ],
)
def test_a_wrong_key_is_named(written, change, named):
    with pytest.raises(WrongSettings, match=named):
        read_settings(written(GOOD.replace(*change, 1)))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(WrongSettings, match=r"none\.toml"):
        read_settings(tmp_path / "none.toml")


def test_every_driver_and_every_key_stands_in_the_readme():
    text = README.read_text("utf-8")
    for kind in _MAKERS:
        row = next(line for line in text.splitlines() if line.startswith(f"| `{driver_name(kind)}`"))
        missing = [name for name in kind.__struct_fields__ if f"`{name}`" not in row]
        assert missing == [], driver_name(kind)


def test_check_lists_the_devices_and_fails_with_2_when_wrong(written):
    runner = CliRunner()
    good = runner.invoke(main, ["check", "--config", str(written(GOOD))])
    assert (good.exit_code, good.output.splitlines()) == (0, ["desk-1: privat-tcp", "kiosk: escpos-tcp"])
    bad = runner.invoke(main, ["check", "--config", str(written(GOOD.replace("address", "adress")))])
    assert bad.exit_code == 2


def test_calls_without_the_process_end_with_3(tmp_path):
    result = CliRunner().invoke(main, ["call", "--socket", str(tmp_path / "none.sock"), "kiosk", "probe"])
    assert (result.exit_code, result.stderr) == (3, "unavailable: devices-not-running\n")


def test_a_spool_folder_too_deep_for_sockets_is_refused(tmp_path):
    result = CliRunner().invoke(main, ["simulate", "--spool", str(tmp_path / ("x" * 100))])
    assert result.exit_code == 2
    assert "at most 107" in result.stderr


def test_a_simulated_office_is_one_command_and_ends_on_sigterm(tmp_path):
    command = [
        sys.executable,
        "-c",
        "from device_drivers.cli import main; main()",
        "simulate",
        "--spool",
        str(tmp_path),
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        assert process.stdout.readline().startswith("devices.toml: ")
        assert json.loads(process.stderr.readline())["event"] == "listening"
        devices = asyncio.run(DevicesClient(tmp_path / "devices.sock").devices()).devices
        assert len(devices) == 7
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    assert process.returncode == 0
    assert not (tmp_path / "devices.sock").exists()
