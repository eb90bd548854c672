"""A whole office of devices that are not there: one simulator of each family, and a socket to set their faults.

Requests and answers on the control socket are single lines of JSON:

    {"do": "list"}                                                     → {"devices": [SimulatorState, …]}
    {"do": "set-fault", "device": "ticket-printer", "fault": "paper-out"} → the same; "fault": null is well again
    {"do": "scan", "code": "SHV-2026-0000001-8"}                          → the same, read by the barcode reader
    wrong requests                                                     → {"error": "…"}
"""

import asyncio
import sys
from pathlib import Path
from typing import Literal

import msgspec

from device_drivers.barcode_reader.simulator import BarcodeReaderSimulator
from device_drivers.document_printer.simulator import DocumentPrinterSimulator
from device_drivers.loudspeaker.simulator import LoudspeakerSimulator
from device_drivers.payment_terminal.simulator import PaymentTerminalSimulator
from device_drivers.payment_terminal.telium_simulator import TeliumSimulator
from device_drivers.scanner.simulator import ScannerSimulator
from device_drivers.simulated import Simulator, Simulators, SimulatorState
from device_drivers.telephone.simulator import TelephoneSimulator
from device_drivers.ticket_printer.simulator import TicketPrinterSimulator
from device_drivers.wire import close_writer

DEVICES_FILE = "devices.toml"
DEVICES_SOCKET = "devices.sock"
CONTROL_SOCKET = "simulators.sock"
LINE_BYTES_MAX = 4_096


class _Wish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    do: Literal["list", "set-fault", "scan"]
    device: str | None = None
    fault: str | None = None
    code: str = ""


class SimulatedOffice:
    """Starts the simulators at once; everything they make lies under ``spool``."""

    def __init__(self, spool: Path, *, think_seconds: float = 0.0) -> None:
        self.spool = spool.resolve()
        self.spool.mkdir(parents=True, exist_ok=True)
        self.ticket_printer = TicketPrinterSimulator(self.spool / "tickets")
        self.document_printer = DocumentPrinterSimulator(self.spool / "documents")
        self.payment_terminal = PaymentTerminalSimulator(
            self.spool / "payments" / "ledger.jsonl", think_seconds=think_seconds
        )
        self.scanner = ScannerSimulator(self.spool / "scanner")
        self.loudspeaker = LoudspeakerSimulator(self.spool / "hall")
        self.barcode_reader = BarcodeReaderSimulator(self.spool / "by-id" / "barcode-reader")
        self.telephone = TelephoneSimulator()
        for listening in (self.ticket_printer, self.document_printer, self.payment_terminal, self.telephone):
            listening.start()
        self.telium: TeliumSimulator | None = None
        self._think_seconds = think_seconds
        self._server: asyncio.Server | None = None

    def add_telium(self) -> None:
        """Plug in a second bank terminal, ``payment-terminal-telium``, whose protocol tells of no past charge."""
        ledger = self.spool / "payments" / "telium.jsonl"
        self.telium = TeliumSimulator(ledger, think_seconds=self._think_seconds)
        self.telium.start()

    @property
    def by_name(self) -> dict[str, Simulator]:
        """The simulators by the names that devices.toml gives their devices."""
        more: dict[str, Simulator] = {} if self.telium is None else {"payment-terminal-telium": self.telium}
        return {
            "barcode-reader": self.barcode_reader,
            "document-printer": self.document_printer,
            "loudspeaker": self.loudspeaker,
            "payment-terminal": self.payment_terminal,
            **more,
            "scanner": self.scanner,
            "telephone": self.telephone,
            "ticket-printer": self.ticket_printer,
        }

    def write_settings(self) -> Path:
        """Write devices.toml that points the real drivers to these simulators; its path."""
        scanimage = [sys.executable, "-m", "device_drivers.scanner.simulator"]
        lines = [
            "# Written by `edge-devices simulate` at every start.",
            f"socket = {_quoted(self.spool / DEVICES_SOCKET)}",
            *_table("ticket-printer", driver="escpos-tcp", address=self.ticket_printer.address, confirm_seconds=2.0),
            *_table("document-printer", driver="cups", server=self.document_printer.address, queue="office"),
            *_table("scanner", driver="scanimage", device=self.scanner.address, command=scanimage),
            *_table(
                "payment-terminal", driver="privat-tcp", address=self.payment_terminal.address, settle_seconds=0.02
            ),
            *_table(
                "loudspeaker", driver="espeak", folder=str(self.spool / "voice"), player=list(self.loudspeaker.player)
            ),
            *_table("barcode-reader", driver="serial-reader", port=self.barcode_reader.address),
            *_table("telephone", driver="http-phone", dial_url=self.telephone.dial_url),
        ]
        if self.telium is not None:
            lines += _table("payment-terminal-telium", driver="telium-serial", port=self.telium.address)
        path = self.spool / DEVICES_FILE
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def states(self) -> Simulators:
        """What every simulator is up to."""
        return Simulators(
            devices=tuple(
                SimulatorState(
                    device=name,
                    address=simulator.address,
                    fault=simulator.fault,
                    faults=simulator.FAULTS,
                    facts=simulator.facts(),
                )
                for name, simulator in self.by_name.items()
            )
        )

    def set_fault(self, device: str, fault: str | None) -> None:
        """Let ``device`` have ``fault``; raises ValueError for a device or fault that is not known."""
        if device not in self.by_name:
            raise ValueError(f"device {device!r}, known are {', '.join(self.by_name)}")
        self.by_name[device].set_fault(fault)

    async def listen(self) -> None:
        """Open the control socket."""
        path = self.spool / CONTROL_SOCKET
        path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, path=str(path), limit=LINE_BYTES_MAX)

    async def close(self) -> None:
        """Stop everything."""
        if self._server is not None:
            self._server.close()
        for simulator in self.by_name.values():
            await asyncio.to_thread(simulator.close)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                writer.write(await asyncio.to_thread(self._answer, line) + b"\n")
                await writer.drain()
        except (OSError, ValueError):  # ValueError: a line without end
            return
        finally:
            await close_writer(writer)

    def _answer(self, line: bytes) -> bytes:
        try:
            wish = msgspec.json.decode(line, type=_Wish)
            if wish.do == "set-fault":
                self.set_fault(wish.device or "", wish.fault)
            elif wish.do == "scan":
                self.barcode_reader.scan(wish.code)
        except ValueError as error:
            return msgspec.json.encode({"error": str(error)})
        return msgspec.json.encode(self.states())


def _quoted(text: object) -> str:
    return msgspec.json.encode(str(text)).decode()  # a TOML basic string is written as JSON's


def _table(name: str, **keys: str | float | list[str]) -> list[str]:
    return [
        "",
        f"[devices.{name}]",
        *(f"{key} = {msgspec.json.encode(setting).decode()}" for key, setting in keys.items()),
    ]
