"""The drivers' process seen from the app: a whole simulated office behind one socket."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from device_drivers.barcode_reader.protocol import CodeRead
from device_drivers.client import DevicesClient, SimulatorsClient
from device_drivers.document_printer.protocol import NotPrinted
from device_drivers.driver import Health, HealthState, Printed
from device_drivers.errors import BadCall, NeedsAttention, OutcomeUnknown, Unavailable
from device_drivers.payment_terminal.protocol import Approved, Baseline
from device_drivers.registry import make_devices, read_settings
from device_drivers.scanner.sane import Scanimage
from device_drivers.service import AlreadyRunning, DeviceService
from device_drivers.settings_file import SettingsFile
from device_drivers.simulators import CONTROL_SOCKET, SimulatedOffice
from device_drivers.ticket_printer.protocol import TicketPaper
from device_drivers.wire import ALL_DEVICES, DeviceSettings, Request, close_writer, encode_frame

PAPER = TicketPaper(number="А 001")


class Running:
    """A simulated office, its drivers' process, and a client of it."""

    def __init__(self, office: SimulatedOffice, client: DevicesClient, service: DeviceService) -> None:
        self.office = office
        self.client = client
        self.service = service
        self.faults = SimulatorsClient(office.spool / CONTROL_SOCKET)


def in_an_office(spool: Path, story: Callable[[Running], Awaitable[None]]) -> None:
    """Open the office, let the story happen, close it."""

    async def day() -> None:
        office = SimulatedOffice(spool)
        path = office.write_settings()
        file = read_settings(path)
        service = DeviceService(make_devices(file), now=lambda: datetime.now(UTC), settings=SettingsFile(path))
        await office.listen()
        await service.start(Path(file.socket))
        try:
            await story(Running(office, DevicesClient(file.socket), service))
        finally:
            await service.close()
            await office.close()

    asyncio.run(day())


def without_devices(path: Path, story: Callable[[Path], Awaitable[None]]) -> None:
    """Run a process that has no devices, for what concerns the socket alone."""

    async def day() -> None:
        service = DeviceService([], now=lambda: datetime.now(UTC))
        await service.start(path)
        try:
            await story(path)
        finally:
            await service.close()

    asyncio.run(day())


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    return tmp_path / "o"  # a unix socket's path is short


def test_every_family_works_through_the_socket_and_at_the_same_time(spool, a_pdf):
    async def story(running: Running) -> None:
        call = running.client.call
        scans = str(running.office.spool / "scans")
        results = await asyncio.gather(
            call("ticket-printer", "print_ticket", paper=PAPER, ref="t1"),
            call("document-printer", "print_pdf", ref="d1", pdf_path=str(a_pdf), title="Опис", copies=2),
            call("scanner", "scan", ref="s1", folder=scans, resolution_dpi=75),
            call("payment-terminal", "charge", amount_kopecks=100, ref="c1", merchant_id="1"),
            call("loudspeaker", "announce", text="Талон А, один", language="uk", asked_at=datetime.now(UTC)),
        )
        assert [type(result).__name__ for result in results] == ["Printed", "Printed", "Pages", "Approved", "Spoken"]

    in_an_office(spool, story)


def test_what_is_asked_twice_under_one_ref_happens_once(spool):
    async def story(running: Running) -> None:
        call = running.client.call
        charge = {"amount_kopecks": 4_542, "ref": "c1", "merchant_id": "1"}
        twice = await asyncio.gather(*(call("payment-terminal", "charge", **charge) for _ in range(2)))
        assert twice[0] == twice[1]
        for _ in range(3):
            assert await call("ticket-printer", "print_ticket", paper=PAPER, ref="t1") == Printed(ref="t1")
        assert running.office.payment_terminal.purchases_received == 1
        assert len(running.office.ticket_printer.tickets()) == 1

    in_an_office(spool, story)


def test_a_charge_of_unknown_outcome_stays_unknown_until_the_inquiry_and_is_never_repeated(spool):
    async def story(running: Running) -> None:
        call = running.client.call
        charge = {"amount_kopecks": 4_542, "ref": "c1", "merchant_id": "1"}
        baseline = await call("payment-terminal", "baseline")
        assert isinstance(baseline, Baseline)
        await running.faults.set_fault("payment-terminal", "lose-answer")
        for _ in range(2):
            with pytest.raises(OutcomeUnknown) as caught:
                await call("payment-terminal", "charge", **charge)
            assert caught.value.ref == "c1"
        await running.faults.set_fault("payment-terminal", None)
        settled = await call(
            "payment-terminal",
            "inquire",
            ref="c1",
            kind="charge",
            baseline=baseline,
            amount_kopecks=4_542,
            invoice_number="",
        )
        assert isinstance(settled, Approved)
        assert await call("payment-terminal", "charge", **charge) == settled
        assert running.office.payment_terminal.purchases_received == 1

    in_an_office(spool, story)


def test_trouble_shows_in_the_health_of_the_device_and_goes_again(spool):
    async def story(running: Running) -> None:
        call = running.client.call
        await running.faults.set_fault("ticket-printer", "paper-out")
        with pytest.raises(NeedsAttention, match="paper-out"):
            await call("ticket-printer", "print_ticket", paper=PAPER, ref="t1")
        health = await call("ticket-printer", "probe")
        assert isinstance(health, Health)
        assert (health.state, health.reasons) == (HealthState.DEGRADED, ("paper-out",))
        await running.faults.set_fault("ticket-printer", None)
        await call("ticket-printer", "probe")
        found = {device.name: device for device in (await running.client.devices()).devices}
        assert found["ticket-printer"].health.state is HealthState.READY
        assert {device.family for device in found.values()} == {
            *(
                "ticket_printer",
                "document_printer",
                "scanner",
                "payment_terminal",
                "loudspeaker",
                "barcode_reader",
                "telephone",
            )
        }
        assert await call("ticket-printer", "print_ticket", paper=PAPER, ref="t1") == Printed(ref="t1")

    in_an_office(spool, story)


def test_a_code_held_before_the_simulated_reader_is_read(spool):
    async def story(running: Running) -> None:
        code = asyncio.create_task(running.client.call("barcode-reader", "next_code", wait_seconds=10))
        await running.client.call("loudspeaker", "probe")
        await running.faults.scan("SHV-2026-0001234-7")
        assert await code == CodeRead(code="SHV-2026-0001234-7")

    in_an_office(spool, story)


def test_a_document_the_print_system_never_got_can_be_asked_for_again(spool, a_pdf):
    async def story(running: Running) -> None:
        document = {"ref": "d1", "pdf_path": str(a_pdf), "title": "Опис", "copies": 1}
        found = await running.client.call("document-printer", "inquire", ref="d1")
        assert found == NotPrinted(ref="d1", reason="not-known")
        assert await running.client.call("document-printer", "print_pdf", **document) == Printed(ref="d1")
        assert await running.client.call("document-printer", "inquire", ref="d1") == Printed(ref="d1")

    in_an_office(spool, story)


def test_a_hung_print_system_does_not_hold_up_the_tickets(spool, a_pdf):
    async def story(running: Running) -> None:
        call = running.client.call
        await running.faults.set_fault("document-printer", "silent")
        stuck = asyncio.create_task(
            call("document-printer", "print_pdf", ref="d1", pdf_path=str(a_pdf), title="Опис", copies=1)
        )
        assert await call("ticket-printer", "print_ticket", paper=PAPER, ref="t1") == Printed(ref="t1")
        assert not stuck.done()
        await running.faults.set_fault("document-printer", None)
        assert await stuck == Printed(ref="d1")

    in_an_office(spool, story)


def test_a_bad_call_is_the_callers_bug_and_says_which(spool):
    async def story(running: Running) -> None:
        with pytest.raises(ValueError, match="no method 'eject'"):
            await running.client.call("ticket-printer", "eject")
        with pytest.raises(ValueError, match="kopecks"):
            await running.client.call("payment-terminal", "charge", ref="c1", merchant_id="1", amount_kopecks=0)
        with pytest.raises(ValueError, match="no method 'restart'"):
            await running.client.call("", "restart")
        with pytest.raises(Unavailable, match="not-configured"):
            await running.client.call("second-printer", "probe")

    in_an_office(spool, story)


@pytest.mark.parametrize("noise", [b"\xff\xff\xff\xff", b"\x00\x00\x00\x02\xc1\xc1", b"\x00", b""])
def test_noise_on_the_socket_stops_nobody(tmp_path, noise):
    async def story(path: Path) -> None:
        reader, writer = await asyncio.open_unix_connection(str(path))
        writer.write(noise)
        writer.write_eof()
        assert await reader.read() == b""
        await close_writer(writer)
        assert (await DevicesClient(path).devices()).devices == ()

    without_devices(tmp_path / "d.sock", story)


def test_faults_nobody_knows_are_refused(spool):
    async def story(running: Running) -> None:
        with pytest.raises(ValueError, match="known are paper-out"):
            await running.faults.set_fault("ticket-printer", "on-fire")
        with pytest.raises(ValueError, match="known are barcode-reader"):
            await running.faults.set_fault("toaster", None)
        assert {state.fault for state in await running.faults.list()} == {None}

    in_an_office(spool, story)


def test_two_processes_never_serve_the_same_socket(tmp_path):
    async def story(path: Path) -> None:
        second = DeviceService([], now=lambda: datetime.now(UTC))
        with pytest.raises(AlreadyRunning):
            await second.start(path)
        assert (await DevicesClient(path).devices()).devices == ()

    without_devices(tmp_path / "d.sock", story)


def test_a_socket_left_by_a_killed_process_is_taken_over_and_open_to_the_group_only(tmp_path):
    path = tmp_path / "d.sock"
    path.touch()
    modes = []

    async def story(path: Path) -> None:
        modes.append(await asyncio.to_thread(path.stat))
        assert (await DevicesClient(path).devices()).devices == ()

    without_devices(path, story)
    assert [found.st_mode & 0o777 for found in modes] == [0o660]


def test_without_the_process_everything_is_unavailable(tmp_path):
    client = DevicesClient(tmp_path / "none.sock")
    with pytest.raises(Unavailable, match="devices-not-running"):
        asyncio.run(client.call("payment-terminal", "charge", ref="c1"))


@pytest.mark.parametrize(
    ("method", "error"), [("charge", OutcomeUnknown), ("print_ticket", OutcomeUnknown), ("baseline", Unavailable)]
)
def test_a_process_that_dies_in_the_middle_leaves_acts_unknown(tmp_path, method, error):
    async def story() -> None:
        async def die(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(4)
            writer.close()

        server = await asyncio.start_unix_server(die, path=str(tmp_path / "d.sock"))
        with pytest.raises(error, match="devices-lost"):
            await DevicesClient(tmp_path / "d.sock").call("device", method, ref="c1")
        server.close()

    asyncio.run(story())


def test_a_frame_has_a_size_limit():
    with pytest.raises(ValueError, match="at most"):
        encode_frame(Request(id=1, device="d", method="m", arguments={"text": "x" * (1 << 20)}))


def test_a_device_is_added_changed_and_taken_out_while_the_process_runs(tmp_path: Path) -> None:
    async def story(running: Running) -> None:
        client = running.client
        keys = f'address = "{running.office.ticket_printer.address}"\n'
        await client.call(ALL_DEVICES, "forget", name="ticket-printer")
        await client.call(ALL_DEVICES, "configure", name="second-printer", driver="escpos-tcp", keys=keys)
        assert await client.call("second-printer", "print_ticket", paper=PAPER, ref="one") == Printed(ref="one")
        await client.call(
            ALL_DEVICES, "configure", name="second-printer", driver="escpos-tcp", keys='address = "127.0.0.1:9"'
        )
        with pytest.raises(Unavailable):
            await client.call("second-printer", "print_ticket", paper=PAPER, ref="two")
        with pytest.raises(Unavailable, match="not-configured"):
            await client.call("ticket-printer", "print_ticket", paper=PAPER, ref="three")

    in_an_office(tmp_path, story)
    devices = read_settings(tmp_path / "devices.toml").devices
    assert "second-printer" in devices
    assert "ticket-printer" not in devices
    assert (tmp_path / "devices.toml").read_text("utf-8").startswith("# Written by"), "what a person wrote beside stays"


@pytest.mark.parametrize(
    ("name", "driver", "keys"),
    [
        ("Printer", "escpos-tcp", 'address = "1.2.3.4:9100"'),
        ("printer", "escpos-udp", 'address = "1.2.3.4:9100"'),
        ("printer", "escpos-tcp", 'adress = "1.2.3.4:9100"'),
        ("printer", "escpos-tcp", 'address = "1.2.3.4'),
        ("scanner", "scanimage", 'device = "x"\ncommand = ["sh", "-c", "id"]'),
    ],
)
def test_settings_that_cannot_be_change_nothing(tmp_path: Path, name: str, driver: str, keys: str) -> None:
    async def story(running: Running) -> None:
        before = (tmp_path / "devices.toml").read_bytes()
        with pytest.raises(BadCall):
            await running.client.call(ALL_DEVICES, "configure", name=name, driver=driver, keys=keys)
        assert (tmp_path / "devices.toml").read_bytes() == before

    in_an_office(tmp_path, story)
    assert [path.name for path in tmp_path.glob("devices*") if path.is_file()] == ["devices.toml"]


def test_what_is_run_stays_as_the_file_says_and_is_shown_to_nobody(tmp_path: Path) -> None:
    async def story(running: Running) -> None:
        shown = await running.client.call(ALL_DEVICES, "settings", name="scanner")
        assert isinstance(shown, DeviceSettings)
        assert "command" not in shown.keys
        keys = shown.keys + 'mode = "Color"\n'
        await running.client.call(ALL_DEVICES, "configure", name="scanner", driver=shown.driver, keys=keys)

    in_an_office(tmp_path, story)
    scanner = read_settings(tmp_path / "devices.toml").devices["scanner"]
    assert isinstance(scanner, Scanimage)
    assert scanner.mode == "Color"
    assert scanner.command[1:] == ("-m", "device_drivers.scanner.simulator")
