"""What may be asked of the intake; every SQL string of the slice."""

from datetime import datetime

import msgspec

from edge_node.intake.model import Draft
from sync.storage import Reader, Transaction
from sync.vocabulary.ids import StaffId

DRAFTS_MAX = 10


class _Record(msgspec.Struct, frozen=True):
    record: Draft


def draft(reader: Reader, *, draft_id: str, staff_id: StaffId) -> Draft | None:
    """This person's unfinished application, or ``None``."""
    found = reader.row(
        "select record from intake_drafts where draft_id = :draft_id and staff_id = :staff_id",
        _Record,
        draft_id=draft_id,
        staff_id=staff_id,
    )
    return None if found is None else found.record


def drafts(reader: Reader, *, staff_id: StaffId) -> list[Draft]:
    """This person's unfinished applications, latest first."""
    rows = reader.rows(
        "select record from intake_drafts where staff_id = :staff_id order by changed_at desc limit :limit",
        _Record,
        staff_id=staff_id,
        limit=DRAFTS_MAX,
    )
    return [row.record for row in rows]


def save_draft(tx: Transaction, draft: Draft) -> None:
    tx.execute(
        "insert into intake_drafts (draft_id, staff_id, changed_at, record) "
        "values (:draft_id, :staff_id, :changed_at, :record) "
        "on conflict (draft_id) do update set changed_at = excluded.changed_at, record = excluded.record",
        draft_id=draft.draft_id,
        staff_id=draft.staff_id,
        changed_at=draft.changed_at,
        record=draft,
    )


def delete_draft(tx: Transaction, *, draft_id: str) -> None:
    tx.execute("delete from intake_drafts where draft_id = :draft_id", draft_id=draft_id)


def delete_drafts_before(tx: Transaction, *, moment: datetime) -> None:
    tx.execute("delete from intake_drafts where changed_at < :moment", moment=moment)
