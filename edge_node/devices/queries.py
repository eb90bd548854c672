"""What may be asked of the devices' journal; every SQL string of the slice."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from edge_node.devices.model import READY, ActState, DeviceAct, DeviceHealth, HealthChange, Intent, Outcome
from sync.storage import Reader, Transaction

ACTS_SHOWN_MAX = 100
CHANGES_SHOWN_MAX = 50
CHANGES_KEPT_FOR = timedelta(days=90)  # a season: what fails only on cold mornings is seen
UNKNOWN_STATE = "unknown"  # not looked at yet: no reason to say it is down


class _LastAct(msgspec.Struct, frozen=True, kw_only=True):
    state: ActState
    ref: str


def act(reader: Reader, *, act_id: int) -> DeviceAct | None:
    """One line of the journal."""
    return reader.row("select * from device_acts where id = :id", DeviceAct, id=act_id)


def last_acts(reader: Reader, *, limit: int = ACTS_SHOWN_MAX) -> list[DeviceAct]:
    """The newest lines of the journal."""
    return reader.rows("select * from device_acts order by id desc limit :limit", DeviceAct, limit=limit)


def health(reader: Reader) -> list[DeviceHealth]:
    """The last word on every configured device."""
    return reader.rows("select * from device_health order by family, name", DeviceHealth)


def device(reader: Reader, *, name: str) -> DeviceHealth | None:
    """The last word on one device."""
    return reader.row("select * from device_health where name = :name", DeviceHealth, name=name)


def acts_of_device(reader: Reader, *, name: str, limit: int) -> list[DeviceAct]:
    """The newest acts of one device, newest first."""
    sql = "select * from device_acts where device = :name order by id desc limit :limit"
    return reader.rows(sql, DeviceAct, name=name, limit=limit)


def doubtful_act(reader: Reader, *, device: str, method: str) -> str | None:
    """The ref of what the device was last asked to do so, where nobody heard the end; None where it was heard."""
    sql = """
        select state, ref from device_acts where device = :device and method = :method and state <> 'failed'
        order by id desc limit 1
        """
    last = reader.row(sql, _LastAct, device=device, method=method)
    return None if last is None or last.state is ActState.DONE else last.ref


def health_changes(reader: Reader, *, name: str, limit: int = CHANGES_SHOWN_MAX) -> list[HealthChange]:
    """How the health of one device changed, newest first."""
    sql = "select state, reasons, at from device_health_changes where name = :name order by id desc limit :limit"
    return reader.rows(sql, HealthChange, name=name, limit=limit)


def add_health_change(tx: Transaction, *, device: DeviceHealth, now: datetime) -> None:
    """Remember what is believed of a device from ``now`` on, and forget what is older than a season."""
    sql = "insert into device_health_changes (name, state, reasons, at) values (:name, :state, :reasons, :now)"
    tx.execute(sql, name=device.name, state=device.state, reasons=device.reasons, now=now)
    tx.execute(
        "delete from device_health_changes where name = :name and at < :before",
        name=device.name,
        before=now - CHANGES_KEPT_FOR,
    )


def devices_down(reader: Reader) -> tuple[str, ...]:
    """Families with a device that cannot be relied on now."""
    return tuple(sorted({device.family for device in health(reader) if device.state not in {READY, UNKNOWN_STATE}}))


def add_act(tx: Transaction, *, intent: Intent, now: datetime) -> int:
    """Write the intent; the number of its line."""
    sql = """
        insert into device_acts (ref, device, method, arguments_digest, asked_at, state)
        values (:ref, :device, :method, :arguments_digest, :now, 'intended') returning id
        """
    act_id = tx.scalar(
        sql,
        ref=intent.ref,
        device=intent.device,
        method=intent.method,
        arguments_digest=intent.arguments_digest,
        now=now,
    )
    if not isinstance(act_id, int):
        raise TypeError(act_id)
    return act_id


def end_act(tx: Transaction, *, act_id: int, outcome: Outcome, now: datetime) -> int:
    """Write the outcome of an act that has none; 0 when it has."""
    sql = """
        update device_acts set state = :state, facts = :facts, settled_at = :now
        where id = :id and state in ('intended', 'unknown')
        """
    return tx.execute(sql, id=act_id, state=outcome.state, facts=outcome.facts, now=now)


def doubt_intended(tx: Transaction, *, now: datetime) -> int:
    """Acts that were asked for when the process ended: nobody heard their end."""
    sql = "update device_acts set state = 'unknown', settled_at = :now where state = 'intended'"
    return tx.execute(sql, now=now)


def replace_health(tx: Transaction, *, devices: Iterable[DeviceHealth]) -> None:
    """Keep this as the last word; devices that are not in it are configured no more."""
    tx.execute("delete from device_health")
    sql = """
        insert into device_health (name, family, driver, state, reasons, since)
        values (:name, :family, :driver, :state, :reasons, :since)
        """
    for device in devices:
        tx.execute(
            sql,
            name=device.name,
            family=device.family,
            driver=device.driver,
            state=device.state,
            reasons=device.reasons,
            since=device.since,
        )
