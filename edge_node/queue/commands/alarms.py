"""The silent alarm of a desk."""

from datetime import datetime

from edge_node.queue import queries
from edge_node.queue.commands.finding import find_desk, own_desk
from edge_node.queue.model import Alarm, AlarmAnswered, AlarmRaised, Happening, NoAlarm
from sync.storage import Transaction
from sync.vocabulary.ids import DeskId, StaffId


def raise_alarm(tx: Transaction, *, desk_id: DeskId, by: StaffId, now: datetime) -> Alarm:
    """Call for help without a sound; pressed again it stays the same alarm. Raises DeskNotFound, DeskOfAnother."""
    desk = own_desk(tx, desk_id=desk_id, by=by)
    standing = _open(tx, desk_id=desk_id, now=now)
    if standing is not None:
        return standing
    sequence = queries.add_to_log(tx, kind=Happening.ALARM, now=now, desk_id=desk_id, staff_id=by)
    tx.emit(AlarmRaised(sequence=sequence, desk_id=desk_id, desk_number=desk.number))
    return Alarm(sequence=sequence, at=now, desk_id=desk_id, desk_number=desk.number)


def answer_alarm(tx: Transaction, *, desk_id: DeskId, by: StaffId, now: datetime) -> Alarm:
    """Somebody comes to help; raises DeskNotFound, NoAlarm."""
    desk = find_desk(tx, desk_id=desk_id)
    standing = _open(tx, desk_id=desk_id, now=now)
    if standing is None:
        raise NoAlarm(desk_number=desk.number)
    sequence = queries.add_to_log(tx, kind=Happening.ALARM_ANSWERED, now=now, desk_id=desk_id, staff_id=by)
    tx.emit(AlarmAnswered(sequence=sequence, desk_id=desk_id, desk_number=desk.number))
    return standing


def _open(tx: Transaction, *, desk_id: DeskId, now: datetime) -> Alarm | None:
    return next((alarm for alarm in queries.open_alarms(tx, now=now) if alarm.desk_id == desk_id), None)
