"""What may be asked of the print journal, and every statement that changes it."""

from datetime import datetime

import msgspec

from edge_node.printing.model import PaperDetails, PaperKind, PrintJob, PrintState
from sync.storage import Reader, Transaction

ATTENTION_MAX = 50  # a page of jobs a technician can work through; older ones wait their turn
ORDERED_MAX = 20  # the runner takes as many at once

_COLUMNS = """id, kind, subject_id, details, copies, state, reason, device_reference, copy_of,
              ordered_at, sent_at, ended_at, settled_by"""


class StateCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many jobs of a day stand in a state."""

    state: PrintState
    jobs: int


def print_job(reader: Reader, *, job_id: str) -> PrintJob | None:
    """The job, or ``None``."""
    return reader.row(f"select {_COLUMNS} from print_jobs where id = :job_id", PrintJob, job_id=job_id)  # noqa: S608 - own columns


def ordered(reader: Reader, *, kinds: tuple[PaperKind, ...]) -> list[PrintJob]:
    """Jobs of these kinds not yet sent, oldest first, at most ``ORDERED_MAX``."""
    return reader.rows(
        f"select {_COLUMNS} from print_jobs "  # noqa: S608 - own columns
        "where state = 'ordered' and kind in (select value from json_each(:kinds)) order by id limit :most",
        PrintJob,
        kinds=kinds,
        most=ORDERED_MAX,
    )


def sending(reader: Reader) -> list[PrintJob]:
    """Jobs whose bytes may have left: after a restart, those nobody heard the end of."""
    return reader.rows(f"select {_COLUMNS} from print_jobs where state = 'sending' order by id", PrintJob)  # noqa: S608 - own columns


def queued(reader: Reader) -> list[PrintJob]:
    """Jobs that the print system holds, and unknown ones it may still tell about, oldest first."""
    return reader.rows(
        f"select {_COLUMNS} from print_jobs where state = 'queued' union all "  # noqa: S608 - own columns
        f"select {_COLUMNS} from print_jobs where state = 'unknown' and kind not in ('ticket', 'memo', 'appointment') "
        "order by id limit :most",
        PrintJob,
        most=ORDERED_MAX,
    )


def needing_attention(reader: Reader) -> list[PrintJob]:
    """Unknown jobs, and failed ones nobody printed again, newest first, at most ``ATTENTION_MAX``.

    A test page is none, nor what a kiosk prints beside tickets: what became of it stands with its printer or kiosk, and
    nobody waits for it.
    """
    return reader.rows(
        f"select {_COLUMNS} from (select * from print_jobs where state = 'unknown' union all "  # noqa: S608 - own columns
        "select * from print_jobs where state = 'failed' and settled_by is null) as job "
        "where kind not in ('test-page', 'memo', 'appointment') "
        "and not exists (select 1 from print_jobs as later where later.copy_of = coalesce(job.copy_of, job.id) "
        "and later.id > job.id) order by id desc limit :most",
        PrintJob,
        most=ATTENTION_MAX,
    )


def papers_of(reader: Reader, *, subject_id: str) -> list[PrintJob]:
    """All jobs of one ticket or case, oldest first."""
    return reader.rows(
        f"select {_COLUMNS} from print_jobs where subject_id = :subject_id order by id",  # noqa: S608 - own columns
        PrintJob,
        subject_id=subject_id,
    )


def counts_since(reader: Reader, *, since: datetime) -> list[StateCount]:
    """Jobs ordered at or after ``since``, counted by state."""
    return reader.rows(
        "select state, count(*) as jobs from print_jobs where ordered_at >= :since group by state order by state",
        StateCount,
        since=since,
    )


def insert(tx: Transaction, job: PrintJob) -> None:
    tx.execute(
        f"insert into print_jobs ({_COLUMNS}) values (:id, :kind, :subject_id, :details, :copies, :state, :reason, "  # noqa: S608 - own columns
        ":device_reference, :copy_of, :ordered_at, :sent_at, :ended_at, :settled_by)",
        **msgspec.structs.asdict(job),
    )


def mark_sending(tx: Transaction, *, job_id: str, sent_at: datetime) -> int:
    """Take an ordered job; 0 when it is not ordered any more."""
    return tx.execute(
        "update print_jobs set state = 'sending', sent_at = :sent_at where id = :job_id and state = 'ordered'",
        job_id=job_id,
        sent_at=sent_at,
    )


def mark_ended(tx: Transaction, job: PrintJob) -> None:
    tx.execute(
        "update print_jobs set state = :state, reason = :reason, device_reference = :device_reference, "
        "ended_at = :ended_at, settled_by = :settled_by where id = :job_id",
        job_id=job.id,
        state=job.state,
        reason=job.reason,
        device_reference=job.device_reference,
        ended_at=job.ended_at,
        settled_by=job.settled_by,
    )


def delete_jobs_of(tx: Transaction, *, subject_id: str) -> None:
    tx.execute("delete from print_jobs where subject_id = :subject_id", subject_id=subject_id)


def details_json(details: PaperDetails) -> str:
    """The details as the journal keeps them."""
    return msgspec.json.encode(details).decode()
