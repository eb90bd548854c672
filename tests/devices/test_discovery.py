"""Devices that nobody configured are found: in the print system, by SANE, on serial lines, in the network."""

import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from zeroconf import ServiceInfo, Zeroconf

from device_drivers import discovery
from device_drivers.wire import Found
from tests.devices import print_system

LOOPBACK = "127.0.0.1"


def announced(kind: str, name: str, *, port: int, **properties: str) -> ServiceInfo:
    return ServiceInfo(
        kind,
        f"{name}.{kind}",
        addresses=[socket.inet_aton(LOOPBACK)],
        port=port,
        properties=dict(properties),
        server=f"{name.replace(' ', '-')}.local.",
    )


@pytest.fixture
def neighbours() -> Iterator[Zeroconf]:
    """A ticket printer and a scanner in the network of this machine alone."""
    zeroconf = Zeroconf(interfaces=[LOOPBACK])
    zeroconf.register_service(announced(discovery.RAW_PRINTING, "Epson TM-T20", port=9100))
    zeroconf.register_service(announced(discovery.SCANNING, "Brother MFP", port=80, rs="eSCL"))
    yield zeroconf
    zeroconf.close()


def test_the_queues_of_the_print_system_are_found() -> None:
    if why := print_system.missing():
        pytest.skip(why)
    with print_system.running_print_system() as system:
        (found,) = discovery.print_queues(system.server)
    assert found.drivers == ("cups",)
    assert found.keys == {"queue": print_system.QUEUE, "server": system.server}


def test_where_no_print_system_runs_nothing_is_found() -> None:
    assert discovery.print_queues("127.0.0.1:9") == []


def test_scanners_are_found_by_sane(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dll.conf").write_text("test\n")
    (tmp_path / "test.conf").write_text("number_of_devices 2\n")
    monkeypatch.setenv("SANE_CONFIG_DIR", str(tmp_path))
    found = discovery.scanners()
    assert [each.keys for each in found] == [{"device": "test:0"}, {"device": "test:1"}]
    assert all("frontend-tester" in each.label for each in found)


def test_a_machine_without_scanimage_has_no_scanner() -> None:
    assert discovery.scanners("no-such-scanimage") == []


def test_serial_ports_are_found_by_their_ids(tmp_path: Path) -> None:
    (tmp_path / "usb-Ingenico_iCT220-if00").touch()
    (found,) = discovery.serial_ports(tmp_path)
    assert found == Found(
        label="usb-Ingenico_iCT220-if00",
        drivers=discovery.SERIAL_DRIVERS,
        keys={"port": str(tmp_path / "usb-Ingenico_iCT220-if00")},
    )
    assert discovery.serial_ports(tmp_path / "nothing") == []


@pytest.mark.usefixtures("neighbours")
def test_what_announces_itself_in_the_network_is_found() -> None:
    found = {each.label: each for each in discovery.on_the_network(1.5, interfaces=(LOOPBACK,))}
    assert found["Epson TM-T20 (127.0.0.1)"].keys == {"address": "127.0.0.1:9100"}
    assert found["Brother MFP (127.0.0.1)"].keys == {"device": "airscan:e0:Brother MFP:http://127.0.0.1:80/eSCL/"}


def test_a_scanimage_that_says_nonsense_finds_nothing(tmp_path: Path) -> None:
    nonsense = tmp_path / "scanimage"
    nonsense.write_text("#!/bin/sh\necho no scanners were identified\n")
    nonsense.chmod(nonsense.stat().st_mode | stat.S_IXUSR)
    assert discovery.scanners(str(nonsense)) == []
