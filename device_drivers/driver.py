"""What every driver offers, and the few answers that several families share."""

from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec


class HealthState(StrEnum):
    """How far a device can be relied on now."""

    READY = "ready"
    DEGRADED = "degraded"  # it works, or will once a person has done something
    OFFLINE = "offline"
    UNKNOWN = "unknown"  # not asked yet


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """What one look at a device showed; ``reasons`` are keys such as ``paper-out``."""

    state: HealthState
    reasons: tuple[str, ...] = ()


class Health(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What the service believes of a device after several looks; ``since`` is when the state last changed."""

    state: HealthState
    reasons: tuple[str, ...] = ()
    since: datetime


class Printed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The printer itself said that the paper is out; a transport that took the bytes is no such word."""

    ref: str


class Driver(Protocol):
    """Blocking, used by one thread at a time, keeps no promise across a restart."""

    def probe(self) -> Condition:
        """Look at the device without moving paper or money; never raises a DeviceError."""
        ...

    def close(self) -> None:
        """Give up what is under way, let go of ports and child processes; called from another thread, and the last."""
        ...


READY = Condition(state=HealthState.READY)


def offline(reason: str) -> Condition:
    """The condition of a device that cannot be reached."""
    return Condition(state=HealthState.OFFLINE, reasons=(reason,))


def degraded(*reasons: str) -> Condition:
    """The condition of a device that answers and has something to say."""
    return Condition(state=HealthState.DEGRADED, reasons=reasons)
