"""Acts of devices and what is believed of each device."""

from datetime import datetime
from enum import StrEnum

import msgspec

from device_drivers.errors import DeviceError, OutcomeUnknown
from sync.vocabulary.errors import Fact

READY = "ready"
EXCHANGED = 0o770  # the mode of a folder into which drivers scan: under systemd another account, of the node's group


class ActState(StrEnum):
    """Where an act stands: ``intended`` until its outcome is known; ``unknown`` means it may have happened."""

    INTENDED = "intended"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """What a device is about to be asked: the digest stands for arguments that may name a person."""

    ref: str
    device: str
    method: str
    arguments_digest: str


class DeviceAct(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the journal."""

    id: int
    ref: str
    device: str
    method: str
    arguments_digest: str
    asked_at: datetime
    state: ActState
    settled_at: datetime | None
    facts: dict[str, Fact]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How an act ended; facts never name a person."""

    state: ActState
    facts: dict[str, Fact] = {}


def failed_by(error: DeviceError) -> Outcome:
    """What the journal says of an act that ended so."""
    state = ActState.UNKNOWN if isinstance(error, OutcomeUnknown) else ActState.FAILED
    return Outcome(state=state, facts={"reason": error.reason})


class DeviceHealth(msgspec.Struct, frozen=True, kw_only=True):
    """What was believed of a device when the drivers were last asked; ``since`` is when the state last changed."""

    name: str
    family: str
    driver: str
    state: str
    reasons: tuple[str, ...]
    since: datetime


class HealthChange(msgspec.Struct, frozen=True, kw_only=True):
    """What was believed of a device from ``at`` on."""

    state: str
    reasons: tuple[str, ...]
    at: datetime


class DeviceHealthChanged(msgspec.Struct, frozen=True, kw_only=True):
    """A device came back, was lost, or needs attention."""

    name: str
    family: str
    state: str
