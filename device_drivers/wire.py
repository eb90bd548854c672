"""What the app and the drivers' process say to each other: frames of msgpack over a unix socket.

A frame is four bytes of length (big-endian) and a Request or an Answer.
"""

import asyncio
import contextlib
import struct
from typing import Literal, TypeVar

import msgspec

from device_drivers.barcode_reader.protocol import CodeRead, NothingRead
from device_drivers.document_printer.protocol import NotPrinted, Queued
from device_drivers.driver import Health, Printed
from device_drivers.errors import BadCall, DeviceError, NeedsAttention, OutcomeUnknown, Unavailable
from device_drivers.loudspeaker.protocol import Dropped, Spoken
from device_drivers.payment_terminal.protocol import (
    Approved,
    Baseline,
    Capabilities,
    Declined,
    Merchants,
    NotPerformed,
    PartiallyApproved,
    Released,
    Totals,
    Undecided,
)
from device_drivers.scanner.protocol import Pages
from device_drivers.telephone.protocol import Dialled

FRAME_BYTES_MAX = 1 << 20  # pictures and documents travel as paths, never in a frame
# they move paper or money: a ref acts once
ACTS = frozenset({"print_ticket", "print_pdf", "charge", "refund", "void", "settle"})
ALL_DEVICES = ""  # the device name under which the process itself answers
_LENGTH = struct.Struct(">I")
_T = TypeVar("_T")


class DeviceStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One configured device and what is believed of it."""

    name: str
    family: str
    driver: str
    health: Health


class Devices(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Every configured device."""

    devices: tuple[DeviceStatus, ...]


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A device that could be configured: what it calls itself, the drivers that fit, the keys they need."""

    label: str
    drivers: tuple[str, ...]
    keys: dict[str, str]


class Discovered(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Everything found, in the order of its labels within each kind."""

    found: tuple[Found, ...]


class DeviceSettings(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What the file says of one device; ``keys`` is TOML, without passwords and commands."""

    driver: str
    keys: str


Result = (
    Printed
    | Queued
    | NotPrinted
    | Pages
    | Baseline
    | Approved
    | PartiallyApproved
    | Declined
    | NotPerformed
    | Undecided
    | Capabilities
    | Merchants
    | Released
    | Totals
    | Spoken
    | Dropped
    | CodeRead
    | NothingRead
    | Dialled
    | Health
    | Devices
    | Discovered
    | DeviceSettings
)


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One call; ``id`` is the caller's and comes back with the answer."""

    id: int
    device: str
    method: str
    arguments: dict[str, object] = {}


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A DeviceError on its way through the socket, or the caller's own mistake (``bad-call``)."""

    kind: Literal["unavailable", "needs-attention", "outcome-unknown", "bad-call"]
    reason: str
    ref: str | None = None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Exactly one of the two is given."""

    id: int
    result: Result | None = None
    error: Failure | None = None


def failure_of(error: DeviceError) -> Failure:
    """The wire form of ``error``."""
    match error:
        case OutcomeUnknown():
            return Failure(kind="outcome-unknown", reason=error.reason, ref=error.ref)
        case NeedsAttention():
            return Failure(kind="needs-attention", reason=error.reason, ref=error.ref)
        case _:
            return Failure(kind="unavailable", reason=error.reason, ref=error.ref)


def error_of(failure: Failure) -> DeviceError | BadCall:
    """The error that ``failure`` stands for; BadCall for the caller's own mistake."""
    match failure.kind:
        case "outcome-unknown":
            return OutcomeUnknown(failure.ref or "", reason=failure.reason)
        case "needs-attention":
            return NeedsAttention(failure.reason, ref=failure.ref)
        case "unavailable":
            return Unavailable(failure.reason, ref=failure.ref)
        case "bad-call":
            return BadCall(failure.reason)


def encode_frame(message: Request | Answer) -> bytes:
    """``message`` with its length in front; raises ValueError when it is larger than a frame may be."""
    body = msgspec.msgpack.encode(message)
    if len(body) > FRAME_BYTES_MAX:
        raise ValueError(f"frame of {len(body)} bytes, at most {FRAME_BYTES_MAX}")
    return _LENGTH.pack(len(body)) + body


async def read_frame(reader: asyncio.StreamReader, as_: type[_T]) -> _T:
    """The next message; raises IncompleteReadError at the end, ValueError on what is no such message."""
    (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
    if length > FRAME_BYTES_MAX:
        raise ValueError(f"frame of {length} bytes, at most {FRAME_BYTES_MAX}")
    return msgspec.msgpack.decode(await reader.readexactly(length), type=as_)


async def close_writer(writer: asyncio.StreamWriter) -> None:
    """Close the connection and wait until it is closed, whatever became of the other side."""
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
