"""From devices.toml to drivers.

The file::

    socket = "/run/vikno/devices.sock"

    [devices.kiosk-printer]       # any name; the app calls the device by it
    driver = "escpos-tcp"         # which driver; the other keys are that driver's settings
    address = "192.168.10.21:9100"

An unknown or wrong key is an error that names the device and the key.
"""

import tomllib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import msgspec

from device_drivers.barcode_reader.serial_reader import SerialBarcodeReader, SerialReader
from device_drivers.document_printer.cups_driver import CupsDocumentPrinter, CupsQueue
from device_drivers.driver import Driver
from device_drivers.families import (
    BARCODE_READER,
    DOCUMENT_PRINTER,
    LOUDSPEAKER,
    PAYMENT_TERMINAL,
    SCANNER,
    TELEPHONE,
    TICKET_PRINTER,
    Family,
)
from device_drivers.loudspeaker.espeak import Loudspeakers, espeak_loudspeaker
from device_drivers.loudspeaker.phrase_bank import RecordedPhrases, recorded_loudspeaker
from device_drivers.loudspeaker.speech_command import SpeechCommand, command_loudspeaker
from device_drivers.payment_terminal.privat import PrivatSerial, PrivatTcp, PrivatTerminal
from device_drivers.payment_terminal.telium import TeliumSerial, TeliumTerminal
from device_drivers.scanner.sane import SaneScanner, Scanimage
from device_drivers.telephone.http_phone import HttpPhone, HttpTelephone
from device_drivers.ticket_printer.escpos import EscposSerial, EscposTcp, EscposTicketPrinter

DEVICES_MAX = 64
SOCKET_BYTES_MAX = 107  # sun_path of unix(7) with its end
Settings = (
    EscposTcp
    | EscposSerial
    | CupsQueue
    | Scanimage
    | PrivatTcp
    | PrivatSerial
    | TeliumSerial
    | Loudspeakers
    | RecordedPhrases
    | SpeechCommand
    | SerialReader
    | HttpPhone
)

_MAKERS: dict[type[msgspec.Struct], tuple[Family, Callable[[Any], Driver]]] = {
    EscposTcp: (TICKET_PRINTER, EscposTicketPrinter),
    EscposSerial: (TICKET_PRINTER, EscposTicketPrinter),
    CupsQueue: (DOCUMENT_PRINTER, CupsDocumentPrinter),
    Scanimage: (SCANNER, SaneScanner),
    PrivatTcp: (PAYMENT_TERMINAL, PrivatTerminal),
    PrivatSerial: (PAYMENT_TERMINAL, PrivatTerminal),
    TeliumSerial: (PAYMENT_TERMINAL, TeliumTerminal),
    Loudspeakers: (LOUDSPEAKER, espeak_loudspeaker),
    RecordedPhrases: (LOUDSPEAKER, recorded_loudspeaker),
    SpeechCommand: (LOUDSPEAKER, command_loudspeaker),
    SerialReader: (BARCODE_READER, SerialBarcodeReader),
    HttpPhone: (TELEPHONE, HttpTelephone),
}


class WrongSettings(Exception):  # noqa: N818 - the name is the fact
    """devices.toml cannot be used; the text says where and why."""


class DevicesFile(msgspec.Struct, frozen=True, kw_only=True):
    """What devices.toml says."""

    socket: str
    devices: dict[str, Settings]


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """One configured device, ready to be worked with."""

    name: str
    family: Family
    driver_name: str
    driver: Driver
    port: str | None = None


class _Head(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    socket: str
    devices: dict[str, dict[str, Any]] = {}


def read_settings(path: Path) -> DevicesFile:
    """The settings in ``path``; raises WrongSettings."""
    try:
        head = msgspec.convert(tomllib.loads(path.read_text("utf-8")), _Head)
    except (OSError, ValueError) as error:  # msgspec's and tomllib's errors are ValueErrors
        raise WrongSettings(f"{path}: {error}") from error
    if len(head.socket.encode()) > SOCKET_BYTES_MAX:
        raise WrongSettings(f"{path}: socket: {len(head.socket.encode())} bytes, the kernel takes {SOCKET_BYTES_MAX}")
    if len(head.devices) > DEVICES_MAX:
        raise WrongSettings(f"{path}: {len(head.devices)} devices, at most {DEVICES_MAX}")
    devices = {}
    for name, keys in head.devices.items():
        try:
            devices[name] = _settings(keys)
        except ValueError as error:
            raise WrongSettings(f"{path}: devices.{name}: {error}") from error
    ports = Counter(port for settings in devices.values() if (port := getattr(settings, "port", None)) is not None)
    for port, count in ports.items():
        if count > 1:
            raise WrongSettings(f"{path}: {count} devices on the port {port}")
    return DevicesFile(socket=head.socket, devices=devices)


def make_devices(file: DevicesFile) -> list[Device]:
    """A driver for each configured device; opens nothing yet."""
    devices = []
    for name, settings in file.devices.items():
        family, make = _MAKERS[type(settings)]
        devices.append(
            Device(
                name=name,
                family=family,
                driver_name=driver_name(settings),
                driver=make(settings),
                port=getattr(settings, "port", None),
            )
        )
    return devices


def driver_names() -> tuple[str, ...]:
    """Every value that the key ``driver`` may have."""
    return tuple(str(kind.__struct_config__.tag) for kind in _MAKERS)


def driver_name(settings: Settings) -> str:
    """The value of the key ``driver`` for these settings."""
    return str(settings.__struct_config__.tag)


def _settings(keys: dict[str, Any]) -> Settings:
    known = {str(kind.__struct_config__.tag): kind for kind in _MAKERS}
    name = keys.get("driver")
    if name not in known:
        raise ValueError(f"driver {name!r}, known are {', '.join(known)}")
    rest = {key: setting for key, setting in keys.items() if key != "driver"}
    return cast(Settings, msgspec.convert(rest, known[name]))  # _MAKERS has no other kinds
