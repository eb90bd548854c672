"""What may be asked about the scans of a case: they stand in its document, unfinished ones in a table."""

from datetime import datetime

import msgspec

from edge_node.archive.model import Scan, ScanBatch, TextJob
from edge_node.case_register import commands as register
from edge_node.case_register.model import CaseFile
from edge_node.staff.model import Person
from sync.storage import Reader, Transaction
from sync.vocabulary.errors import Fact
from sync.vocabulary.ids import CaseId, ScanId

FAILED_TEXTS_MAX = 50  # a page that a technician can work through
_BATCH = "scan_id, case_id, kind, title, pages_expected, pages, stopped_by, begun_at"


def scans_for(reader: Reader, *, case_id: CaseId, by: Person) -> list[Scan]:
    """The scans of a case that is this person's to see, oldest first; raises as ``case_for``."""
    return scans_of(register.open_file(reader, by=by, case_id=case_id))


def scans_of(file: CaseFile) -> list[Scan]:
    """The scans among the attachments as they came from the scanner, oldest first."""
    return [scan for scan in files_of(file) if scan.rendition_of is None]


def renditions_of(file: CaseFile) -> dict[ScanId, Scan]:
    """The file with text of each scan that has one; the first, where two offices made one."""
    return {scan.rendition_of: scan for scan in reversed(files_of(file)) if scan.rendition_of is not None}


def files_of(file: CaseFile) -> list[Scan]:
    """Scans and renditions, oldest first; what a newer version attached otherwise is left out."""
    found = (_scan(file.case.case_id, scan_id, entry) for scan_id, entry in file.attachments.items())
    return sorted((scan for scan in found if scan is not None), key=lambda scan: (scan.scanned_at, scan.scan_id))


def _scan(case_id: CaseId, scan_id: str, entry: dict[str, Fact]) -> Scan | None:
    try:
        return msgspec.convert({**entry, "scan_id": scan_id, "case_id": case_id}, Scan)
    except msgspec.ValidationError:
        return None


def batches_of(reader: Reader, *, case_id: CaseId) -> list[ScanBatch]:
    """The scans of a case that wait for a person's word, oldest first."""
    return reader.rows(
        f"select {_BATCH} from scan_batches where case_id = :case_id and stopped_by is not null order by scan_id",  # noqa: S608 - own columns
        ScanBatch,
        case_id=case_id,
    )


def batch(reader: Reader, *, scan_id: ScanId) -> ScanBatch | None:
    """An unfinished scan, also while the scanner runs."""
    return reader.row(f"select {_BATCH} from scan_batches where scan_id = :scan_id", ScanBatch, scan_id=scan_id)  # noqa: S608 - own columns


def batches_begun_before(reader: Reader, *, moment: datetime) -> list[ScanBatch]:
    """The unfinished scans that nobody has said anything about since ``moment``."""
    return reader.rows(f"select {_BATCH} from scan_batches where begun_at < :moment", ScanBatch, moment=moment)  # noqa: S608 - own columns


def write_batch(tx: Transaction, batch: ScanBatch) -> None:
    """Write what is known of an unfinished scan."""
    tx.execute(
        f"insert or replace into scan_batches ({_BATCH}) "  # noqa: S608 - own columns
        "values (:scan_id, :case_id, :kind, :title, :pages_expected, :pages, :stopped_by, :begun_at)",
        **msgspec.structs.asdict(batch),
    )


def delete_batch(tx: Transaction, *, scan_id: ScanId) -> None:
    tx.execute("delete from scan_batches where scan_id = :scan_id", scan_id=scan_id)


def next_text_job(reader: Reader) -> TextJob | None:
    """The scan that has waited longest for its text, those tried least first."""
    return reader.row(
        "select * from text_jobs where failed_because is null order by attempts, scan_id limit 1", TextJob
    )


def failed_text_jobs(reader: Reader) -> list[TextJob]:
    """The scans whose text was given up, newest first, at most a page of them."""
    sql = "select * from text_jobs where failed_because is not null order by scan_id desc limit :most"
    return reader.rows(sql, TextJob, most=FAILED_TEXTS_MAX)


def text_job(reader: Reader, *, scan_id: ScanId) -> TextJob | None:
    return reader.row("select * from text_jobs where scan_id = :scan_id", TextJob, scan_id=scan_id)


def write_text_job(tx: Transaction, job: TextJob) -> None:
    """Write what is known of a job."""
    tx.execute(
        "insert or replace into text_jobs (scan_id, case_id, staff_id, office_id, attempts, failed_because, queued_at) "
        "values (:scan_id, :case_id, :staff_id, :office_id, :attempts, :failed_because, :queued_at)",
        **msgspec.structs.asdict(job),
    )


def delete_text_job(tx: Transaction, *, scan_id: ScanId) -> None:
    tx.execute("delete from text_jobs where scan_id = :scan_id", scan_id=scan_id)
