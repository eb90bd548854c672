"""What the head of the office does with the board's notices."""

from datetime import datetime

from edge_node.display_board import queries
from edge_node.display_board.model import (
    NOTICES_MAX,
    Notice,
    NoticeNotFound,
    NoticeOver,
    NoticesChanged,
    NoticesFull,
    NoticeWanted,
)
from sync.ambient import Ids
from sync.storage import Transaction
from sync.vocabulary.ids import StaffId
from sync.vocabulary.working_days import local_day


def add_notice(tx: Transaction, wanted: NoticeWanted, *, by: StaffId, now: datetime, ids: Ids) -> Notice:
    """Put a notice on every board at once; raises NoticesFull, NoticeOver."""
    if wanted.until_on < local_day(now):
        raise NoticeOver
    if len(queries.notices(tx, on=local_day(now))) >= NOTICES_MAX:
        raise NoticesFull(count=NOTICES_MAX)
    notice = Notice(
        id=ids.new(),
        text_uk=" ".join(wanted.text_uk.split()),
        text_en=" ".join(wanted.text_en.split()) or None,
        until_on=wanted.until_on,
        added_by=by,
        added_at=now,
    )
    queries.add_notice(tx, notice)
    tx.emit(NoticesChanged())
    return notice


def remove_notice(tx: Transaction, *, notice_id: str) -> None:
    """Take it off the boards; raises NoticeNotFound."""
    if queries.notice(tx, notice_id=notice_id) is None:
        raise NoticeNotFound
    queries.delete_notice(tx, notice_id=notice_id)
    tx.emit(NoticesChanged())
