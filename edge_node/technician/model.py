"""What a technician sees, and may ask of a demo's line."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from edge_node.devices.model import DeviceAct, DeviceHealth, HealthChange
from edge_node.printing.model import PaperKind, PrintState
from sync.storage.quarantine import Alarm
from sync.vocabulary.errors import Refusal
from sync.vocabulary.ids import ScanId


class PaperToSettle(msgspec.Struct, frozen=True, kw_only=True):
    """A print job that needs a person; a ticket by its number, a case's paper only by its kind and time."""

    job_id: str
    kind: PaperKind
    ticket_number: str | None
    state: PrintState
    reason: str | None
    ordered_at: datetime


class ScanWithoutText(msgspec.Struct, frozen=True, kw_only=True):
    """A scan whose text could not be recognised; the case only by its number."""

    scan_id: ScanId
    number: str | None
    queued_at: datetime
    code: str

    @property
    def reason(self) -> str:
        """Under which name the reason is said: there is one for every exit status of the recogniser."""
        return "exit" if self.code.startswith("exit-") else self.code


class QuarantinedChange(msgspec.Struct, frozen=True, kw_only=True):
    """A change of this node that does not count in the city until a person decides; the case only by its number."""

    operation_id: str
    number: str | None
    kind: str
    made_at: datetime
    code: str
    can_be_made_anew: bool

    @property
    def reason(self) -> str:
        """Under which name the reason is said: there is one for all the ways in which bytes can be damaged."""
        return "update" if self.code.startswith("update-") else self.code


class LineFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Where the node stands towards the hub."""

    synced_at: datetime | None
    offline_since: datetime | None
    backlog_count: int
    backlog_bytes: int
    backlog_oldest_at: datetime | None
    blobs_pending: int
    quarantined: int
    numbers_left: int
    refused: int
    frozen: str | None
    clock_offset_seconds: int | None


class DiskFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The file system that holds the node's folder."""

    total_bytes: int
    free_bytes: int
    database_bytes: int

    @property
    def free_percent(self) -> int:
        """Whole percent that are free."""
        return 100 * self.free_bytes // self.total_bytes


# what lets a family be tried without a person's document or money; a telephone dials a number that is given
TRIAL_METHODS = {
    "ticket_printer": "print_ticket",
    "document_printer": "print_pdf",
    "scanner": "scan",
    "loudspeaker": "announce",
    "barcode_reader": "next_code",
    "payment_terminal": "baseline",
    "telephone": "dial",
}
# the journal of acts has these only when they were a trial: else it would name whom an office calls
JOURNALED_AS_TRIALS = frozenset({"barcode_reader", "payment_terminal", "telephone"})


class DeviceView(msgspec.Struct, frozen=True, kw_only=True):
    """One device: what is believed of it, how that changed, what it was asked; newest first."""

    device: DeviceHealth
    changes: tuple[HealthChange, ...]
    acts: tuple[DeviceAct, ...]

    @property
    def can_be_tried(self) -> bool:
        """Whether there is a harmless act for devices of this family."""
        return self.device.family in TRIAL_METHODS


class NumberToTry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom a desk's telephone shall call for a trial."""

    phone: Annotated[str, msgspec.Meta(pattern=r"^\+?[0-9]{2,15}$")]


class NodeView(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the database tells of the node, at one moment."""

    node_id: str
    devices: tuple[DeviceHealth, ...]
    papers: tuple[PaperToSettle, ...]
    papers_today: dict[str, int]  # by PrintState
    line: LineFacts
    quarantined: tuple[QuarantinedChange, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    texts: tuple[ScanWithoutText, ...] = ()


class LineWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Cut the simulated line to the city, or mend it."""

    state: Literal["cut", "mended"]


class SimulatedLine(msgspec.Struct, frozen=True, kw_only=True):
    """What the demo's line control says of this office's line."""

    state: Literal["cut", "mended"]


class LineNotSimulated(Refusal):
    """Only in the demo can the line be cut from here."""


class LineControlSilent(Refusal):
    """The demo's line control does not answer."""

    status = 503


class SimulatorsSilent(Refusal):
    """The demo's simulators do not answer, or the device is unplugged."""

    status = 503


class DevicesRefused(Refusal):
    """The drivers' process does not do it now; ``why`` is its reason."""

    status = 503
