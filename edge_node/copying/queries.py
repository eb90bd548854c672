"""How much was copied, and what became of it."""

from datetime import date, datetime

import msgspec

from edge_node.copying.model import CopyRun, DayCopies
from sync.storage import Reader, Transaction
from sync.vocabulary.ids import DeskId
from sync.vocabulary.working_days import local_day

LAST_SHOWN = 5
OPEN_MAX = 20  # asked about at once; a desk that has more has a printer to see to

_COLUMNS = "run_id, sheets, copies, state, reason, begun_at, desk_id, settled_by"


class _Printed(msgspec.Struct, frozen=True, kw_only=True):
    begun_at: datetime
    desk_id: DeskId | None
    sheets: int


def run(reader: Reader, *, run_id: str) -> CopyRun | None:
    return reader.row(f"select {_COLUMNS} from copy_runs where run_id = :run_id", CopyRun, run_id=run_id)  # noqa: S608 - own columns


def last_runs(reader: Reader) -> list[CopyRun]:
    """The last few runs, newest first."""
    sql = f"select {_COLUMNS} from copy_runs order by begun_at desc limit :count"  # noqa: S608 - own columns
    return reader.rows(sql, CopyRun, count=LAST_SHOWN)


def begun_runs(reader: Reader) -> list[CopyRun]:
    """Runs that nobody heard the end of: at start, those of an earlier life."""
    return reader.rows(f"select {_COLUMNS} from copy_runs where state = 'begun'", CopyRun)  # noqa: S608 - own columns


def open_runs(reader: Reader) -> list[CopyRun]:
    """Runs that the print system holds, or whose end nobody knows, oldest first."""
    return reader.rows(
        f"select {_COLUMNS} from copy_runs where state = 'queued' or state = 'unknown' "  # noqa: S608 - own columns
        "order by begun_at limit :most",
        CopyRun,
        most=OPEN_MAX,
    )


def sheets_printed(reader: Reader, *, since: datetime) -> int:
    """Sheets that are known to have been printed, all copies of each."""
    sql = "select sum(sheets * copies) from copy_runs where state = 'printed' and begun_at >= :since"
    return int(reader.scalar(sql, since=since) or 0)


def copied_by_day(reader: Reader, *, since: datetime) -> list[DayCopies]:
    """What is known to have been printed in runs begun at or after ``since``, by days in Kyiv, newest first."""
    sql = """
        select begun_at, desk_id, sheets * copies as sheets from copy_runs
        where state = 'printed' and begun_at >= :since order by begun_at desc
        """
    days: dict[date, dict[DeskId | None, int]] = {}
    for each in reader.rows(sql, _Printed, since=since):
        by_desk = days.setdefault(local_day(each.begun_at), {})
        by_desk[each.desk_id] = by_desk.get(each.desk_id, 0) + each.sheets
    return [DayCopies(day=day, sheets=sum(by_desk.values()), by_desk=by_desk) for day, by_desk in days.items()]


def write_run(tx: Transaction, run: CopyRun) -> None:
    """Write what is known of a run."""
    tx.execute(
        f"insert or replace into copy_runs ({_COLUMNS}) "  # noqa: S608 - own columns
        "values (:run_id, :sheets, :copies, :state, :reason, :begun_at, :desk_id, :settled_by)",
        **msgspec.structs.asdict(run),
    )
