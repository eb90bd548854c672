"""How much was copied, and what became of it."""

from datetime import datetime

import msgspec

from edge_node.copying.model import CopyRun
from sync.storage import Reader, Transaction

LAST_SHOWN = 5


def last_runs(reader: Reader) -> list[CopyRun]:
    """The last few runs, newest first."""
    return reader.rows("select * from copy_runs order by begun_at desc limit :count", CopyRun, count=LAST_SHOWN)


def sheets_printed(reader: Reader, *, since: datetime) -> int:
    """Sheets that are known to have been printed, all copies of each."""
    sql = "select sum(sheets * copies) from copy_runs where state = 'printed' and begun_at >= :since"
    return int(reader.scalar(sql, since=since) or 0)


def write_run(tx: Transaction, run: CopyRun) -> None:
    """Write what is known of a run."""
    tx.execute(
        "insert or replace into copy_runs (run_id, sheets, copies, state, reason, begun_at) "
        "values (:run_id, :sheets, :copies, :state, :reason, :begun_at)",
        **msgspec.structs.asdict(run),
    )
