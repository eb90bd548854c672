"""What a technician decides of changes that do not count in the city; each decision stands in the access log."""

from datetime import datetime

from edge_node.archive import commands as archive
from edge_node.case_register import commands as register
from edge_node.devices import commands as devices
from edge_node.devices.model import DeviceHealth, Intent, Outcome
from edge_node.printing import commands as printing
from edge_node.staff import commands as staff
from edge_node.staff.model import Person
from edge_node.technician.model import JOURNALED_AS_TRIALS, TRIAL_METHODS
from sync.ambient import Ids
from sync.replication import outbox, rebase
from sync.storage import Transaction, quarantine, replica
from sync.storage.replica import StoredOperation
from sync.vocabulary.errors import NotFound
from sync.vocabulary.ids import ScanId


def make_anew(tx: Transaction, *, operation_id: str, by: Person, ids: Ids, now: datetime) -> None:
    """Tell the city the same change once more, now that its cause is mended; raises as ``rebase.make_anew``."""
    stored = _known(tx, operation_id)
    rebase.make_anew(tx, operation_id=operation_id, ids=ids, now=now)
    _show(tx, stored)
    staff.log_access(tx, by=by, action="quarantined-made-anew", subject=operation_id, now=now)


def discard(tx: Transaction, *, operation_id: str, by: Person, now: datetime) -> None:
    """Let the change never count; raises as ``rebase.discard``."""
    stored = _known(tx, operation_id)
    rebase.discard(tx, operation_id=operation_id)
    _show(tx, stored)
    staff.log_access(tx, by=by, action="quarantined-discarded", subject=operation_id, now=now)


def recognise_again(tx: Transaction, *, scan_id: ScanId, by: Person, now: datetime) -> None:
    """Let a scan be recognised once more, now that its cause is mended; raises TextJobNotFound."""
    archive.recognise_again(tx, scan_id=scan_id)
    staff.log_access(tx, by=by, action="text-wanted-again", subject=scan_id, now=now)


def leave_without_text(tx: Transaction, *, scan_id: ScanId, by: Person, now: datetime) -> None:
    """Let a scan stay without text; raises TextJobNotFound."""
    archive.leave_without_text(tx, scan_id=scan_id)
    staff.log_access(tx, by=by, action="text-given-up", subject=scan_id, now=now)


def see_alarms(tx: Transaction, *, up_to: int, by: Person, now: datetime) -> None:
    """A technician looked at every alarm up to this one."""
    if quarantine.see_alarms(tx, up_to=up_to, now=now):
        staff.log_access(tx, by=by, action="alarms-seen", subject=str(up_to), now=now)


def note_trial(tx: Transaction, *, name: str, by: Person, now: datetime) -> None:
    """Write down who let a device print, scan or speak for a trial."""
    staff.log_access(tx, by=by, action="device-tried", subject=name, now=now)


def order_trial_page(tx: Transaction, *, name: str, by: Person, order_id: str, now: datetime) -> None:
    """Order the page that tries a document printer; the journal of papers tells what became of it."""
    note_trial(tx, name=name, by=by, now=now)
    printing.order_test_page(tx, printer=name, order_id=order_id, now=now)


def begin_trial(tx: Transaction, *, device: DeviceHealth, by: Person, ref: str, now: datetime) -> int | None:
    """Write down who tries a device; the line of the journal of acts, where only a trial has one."""
    note_trial(tx, name=device.name, by=by, now=now)
    if device.family not in JOURNALED_AS_TRIALS:
        return None
    method = TRIAL_METHODS[device.family]
    return devices.intend(tx, intent=Intent(ref=ref, device=device.name, method=method, arguments_digest=""), now=now)


def end_trial(tx: Transaction, *, act_id: int, outcome: Outcome, now: datetime) -> None:
    """How it ended."""
    devices.settle(tx, act_id=act_id, outcome=outcome, now=now)


def note_settings(tx: Transaction, *, name: str, by: Person, now: datetime) -> None:
    """Write down who added a device, gave it other settings, or took it out."""
    staff.log_access(tx, by=by, action="device-settings-changed", subject=name, now=now)


def _known(tx: Transaction, operation_id: str) -> StoredOperation:
    stored = replica.operation(tx, operation_id=operation_id)
    if stored is None:
        raise NotFound(what="operation")
    return stored


def _show(tx: Transaction, stored: StoredOperation) -> None:
    """Let the register follow its document."""
    if stored.kind != "case":
        return
    view = outbox.view(tx, stored.document_id)
    if view is None:
        register.remove(tx, stored.document_id)
    else:
        register.project(tx, stored.document_id, view)
