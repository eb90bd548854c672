"""What stands on the board at a moment; every SQL string of the slice."""

from datetime import date, datetime, timedelta

import msgspec

from edge_node.display_board.model import NOTICES_MAX, BoardView, HallView, Notice
from edge_node.queue import queries as queue
from sync.storage import Reader, Transaction
from sync.vocabulary.working_days import local_day

EARLIER_CALLS = 5
FRESH = timedelta(seconds=10)  # how long a call draws the eye: the time the voice needs to say it twice
STILL_WORTH_SHOWING = timedelta(minutes=10)  # whoever was called before that has gone or has asked
MISSED_MAX = 8


def board_view(reader: Reader, *, now: datetime, seen: int | None = None) -> BoardView:
    """The board at ``now``; ``seen`` is the last call that a board showed before its line was cut."""
    calls = queue.last_calls(reader, now=now, limit=EARLIER_CALLS + 1)
    newest = calls[0] if calls else None
    shown = {call.number for call in calls}
    lost = {} if seen is None else {call.number: call for call in queue.calls_after(reader, sequence=seen, now=now)}
    missed = [call for call in lost.values() if call.number not in shown and now - call.called_at < STILL_WORTH_SHOWING]
    return BoardView(
        at=now,
        newest=newest,
        earlier=tuple(calls[1:]),
        is_fresh=newest is not None and now - newest.called_at < FRESH,
        seen=seen,
        missed=tuple(missed[-MISSED_MAX:]),
    )


def hall_view(reader: Reader, *, now: datetime) -> HallView:
    """The spheres that somebody serves or waits for, and the notices."""
    waiting = queue.queue_now(reader, now=now).waiting
    return HallView(
        waiting=tuple(each for each in waiting if each.open_desks or each.waiting),
        notices=tuple(notices(reader, on=local_day(now))[:NOTICES_MAX]),
    )


def notices(reader: Reader, *, on: date) -> list[Notice]:
    """Those that are not over on ``on``, oldest first."""
    return reader.rows("select * from notices where until_on >= :on_day order by id", Notice, on_day=on)


def notice(reader: Reader, *, notice_id: str) -> Notice | None:
    """The notice, also when it is over."""
    return reader.row("select * from notices where id = :notice_id", Notice, notice_id=notice_id)


def add_notice(tx: Transaction, notice: Notice) -> None:
    sql = "insert into notices values (:id, :text_uk, :text_en, :until_on, :added_by, :added_at)"
    tx.execute(sql, **msgspec.structs.asdict(notice))


def delete_notice(tx: Transaction, *, notice_id: str) -> None:
    tx.execute("delete from notices where id = :notice_id", notice_id=notice_id)
