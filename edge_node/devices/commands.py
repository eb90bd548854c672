"""Journal an act before it is asked for, and its outcome after."""

from collections.abc import Iterable
from datetime import datetime

from edge_node.devices import queries
from edge_node.devices.model import DeviceHealth, DeviceHealthChanged, Intent, Outcome
from sync.storage import Transaction


def intend(tx: Transaction, *, intent: Intent, now: datetime) -> int:
    """Make durable that a device is about to act; the number of the journal's line."""
    return queries.add_act(tx, intent=intent, now=now)


def settle(tx: Transaction, *, act_id: int, outcome: Outcome, now: datetime) -> None:
    """Write down how the act ended; a known end is never overwritten."""
    queries.end_act(tx, act_id=act_id, outcome=outcome, now=now)


def doubt_interrupted(tx: Transaction, *, now: datetime) -> int:
    """At start: acts nobody heard the end of become unknown; how many there were."""
    return queries.doubt_intended(tx, now=now)


def note_health(tx: Transaction, *, devices: Iterable[DeviceHealth], now: datetime) -> bool:
    """Keep what the drivers say of every device, and how it was before; whether anything changed."""
    before = {device.name: device for device in queries.health(tx)}
    after = {device.name: device for device in devices}
    if before == after:
        return False
    queries.replace_health(tx, devices=after.values())
    for device in after.values():
        known = before.get(device.name)
        if known is None or (known.state, known.reasons) != (device.state, device.reasons):
            queries.add_health_change(tx, device=device, now=now)
        if known is None or known.state != device.state:
            tx.emit(DeviceHealthChanged(name=device.name, family=device.family, state=device.state))
    return True
