"""Hang scans on a case, and put what was handed over into the archive."""

from datetime import datetime

from msgspec import structs

from edge_node.archive import queries
from edge_node.archive.model import (
    BATCH_KEPT_FOR,
    TEXT_ATTEMPTS_MAX,
    Scan,
    ScanBatch,
    ScanBatchNotFound,
    ScanNotFound,
    TextJob,
    TextJobNotFound,
    TextWanted,
)
from edge_node.case_register import commands as register
from edge_node.case_register import queries as cases
from edge_node.case_register.model import Actor, Case, CaseNotYours, IllegalStep
from edge_node.catalogue import queries as catalogue
from edge_node.catalogue.model import UnknownService
from edge_node.staff import commands as staff
from edge_node.staff.model import Person
from sync.ambient import Ids
from sync.documents.document import Entry
from sync.replication import erasure
from sync.replication.blob_rows import Lane, PendingBlob, move_to_lane, queue_upload
from sync.storage import Reader, Transaction
from sync.vocabulary.archive import RETENTION_YEARS_MIN, retained_until
from sync.vocabulary.case import CaseStatus, EventKind, rfc3339
from sync.vocabulary.case.redaction import is_erased
from sync.vocabulary.errors import Forbidden
from sync.vocabulary.ids import CaseId, ScanId
from sync.vocabulary.working_days import local_day

GONE = frozenset({CaseStatus.DRAFT, CaseStatus.DESTROYED, CaseStatus.TRANSFERRED})
HANDED_OVER = frozenset({CaseStatus.ISSUED, CaseStatus.SENT_BY_POST, CaseStatus.ISSUED_ELECTRONICALLY})


def may_scan(reader: Reader, *, case_id: CaseId, by: Person) -> Case:
    """The case, if this person may hang a scan on it now; raises as ``case_for``, CaseErased and IllegalStep."""
    case = register.case_for(reader, by=by, case_id=case_id)
    register.require_standing(reader, case_id=case_id)
    if case.status in GONE:
        raise IllegalStep(status=case.status.value, step=EventKind.SCAN_ATTACHED.value)
    return case


def batch_for(reader: Reader, *, case_id: CaseId, scan_id: ScanId, by: Person) -> ScanBatch:
    """An unfinished scan of a case, if this person may finish it now; raises as ``may_scan``, and ScanBatchNotFound."""
    may_scan(reader, case_id=case_id, by=by)
    batch = queries.batch(reader, scan_id=scan_id)
    if batch is None or batch.case_id != case_id:
        raise ScanBatchNotFound(scan_id=scan_id)
    return batch


def drop_stale_batches(tx: Transaction, *, now: datetime) -> list[ScanId]:
    """Forget the batches that nobody finished within a day; their folders are to be deleted."""
    stale = [batch.scan_id for batch in queries.batches_begun_before(tx, moment=now - BATCH_KEPT_FOR)]
    for scan_id in stale:
        queries.delete_batch(tx, scan_id=scan_id)
    return stale


def look_at_scan(
    tx: Transaction, *, case_id: CaseId, scan_id: ScanId, by: Person, now: datetime
) -> Scan | CaseNotYours:
    """A scan for this person's eyes, and the line in the access log that says so.

    A refusal for want of a right is answered, not raised, so that its line stays. Raises ScanNotFound, CaseNotHere.
    """
    file = register.look(tx, by=by, case_id=case_id, now=now)
    if isinstance(file, CaseNotYours):
        return file
    scan = next((each for each in queries.files_of(file) if each.scan_id == scan_id), None)
    if scan is None:
        raise ScanNotFound(scan_id=scan_id)
    staff.log_access(tx, by=by, action="scan-viewed", subject=scan_id, now=now)
    return scan


def attach_scan(tx: Transaction, scan: Scan, *, by: Person, now: datetime, ids: Ids) -> Case:
    """Make a scan whose bytes are kept part of its case, queue them for the hub, and end its batch.

    Raises as ``may_scan``.
    """
    case = may_scan(tx, case_id=scan.case_id, by=by)
    if by.office_id is None:
        raise Forbidden
    staff.log_access(tx, by=by, action="scan-attached", subject=scan.case_id, now=now)
    queries.delete_batch(tx, scan_id=scan.scan_id)
    job = TextJob(
        scan_id=scan.scan_id, case_id=scan.case_id, staff_id=by.staff_id, office_id=by.office_id, queued_at=now
    )
    queries.write_text_job(tx, job)
    tx.emit(TextWanted(scan_id=scan.scan_id))
    return _hang_on(tx, scan, case=case, by=Actor(staff_id=by.staff_id, office_id=by.office_id), now=now, ids=ids)


def begin_text_job(tx: Transaction, *, job: TextJob) -> Scan | None:
    """The scan to recognise, this attempt counted; None when there is nothing to be done, and the job has ended."""
    if job.attempts >= TEXT_ATTEMPTS_MAX:  # each time the process ended in the middle
        queries.write_text_job(tx, structs.replace(job, failed_because="interrupted"))
        return None
    if (scan := _scan_without_text(tx, job)) is None:
        queries.delete_text_job(tx, scan_id=job.scan_id)
        return None
    queries.write_text_job(tx, structs.replace(job, attempts=job.attempts + 1))
    return scan


def _scan_without_text(reader: Reader, job: TextJob) -> Scan | None:
    case = cases.case(reader, case_id=job.case_id)
    if case is None or case.status in GONE:
        return None
    file = register.open_unseen(reader, case_id=job.case_id)
    if is_erased(file.fields):
        return None
    if job.scan_id in queries.renditions_of(file):
        return None
    return next((each for each in queries.scans_of(file) if each.scan_id == job.scan_id), None)


def fail_text_job(tx: Transaction, *, scan_id: ScanId, reason: str) -> None:
    """This attempt came to nothing; the last one allowed ends the job."""
    job = queries.text_job(tx, scan_id=scan_id)
    if job is not None and job.attempts >= TEXT_ATTEMPTS_MAX:
        queries.write_text_job(tx, structs.replace(job, failed_because=reason))


def recognise_again(tx: Transaction, *, scan_id: ScanId) -> None:
    """A person mended the cause: the scan gets all its attempts anew; raises TextJobNotFound."""
    queries.write_text_job(tx, structs.replace(_failed_job(tx, scan_id), attempts=0, failed_because=None))
    tx.emit(TextWanted(scan_id=scan_id))


def leave_without_text(tx: Transaction, *, scan_id: ScanId) -> None:
    """A person decided that this scan can do without; it stays as it is. Raises TextJobNotFound."""
    queries.delete_text_job(tx, scan_id=_failed_job(tx, scan_id).scan_id)


def _failed_job(reader: Reader, scan_id: ScanId) -> TextJob:
    job = queries.text_job(reader, scan_id=scan_id)
    if job is None or job.failed_because is None:
        raise TextJobNotFound(scan_id=scan_id)
    return job


def attach_rendition(tx: Transaction, rendition: Scan, *, job: TextJob, now: datetime, ids: Ids) -> None:
    """Hang the file with text beside its scan and end the job; once, however often it was made.

    A case that was erased meanwhile, or left this office, gets none, and the file goes.
    """
    case = cases.case(tx, case_id=job.case_id)
    queries.delete_text_job(tx, scan_id=job.scan_id)
    if case is None or _scan_without_text(tx, job) is None:
        erasure.let_file_go(tx, sha256=rendition.sha256)
        return
    by = Actor(staff_id=job.staff_id, office_id=job.office_id)
    _hang_on(tx, rendition, case=case, by=by, now=now, ids=ids)


def _hang_on(tx: Transaction, scan: Scan, *, case: Case, by: Actor, now: datetime, ids: Ids) -> Case:
    entry: Entry = {
        "kind": scan.kind.value,
        "title": scan.title,
        "sha256": scan.sha256,
        "size": scan.size,
        "media_type": scan.media_type,
        "pages": scan.pages,
        "resolution_dpi": scan.resolution_dpi,
        "scanned_at": rfc3339(scan.scanned_at),
    }
    if scan.rendition_of is not None:
        entry = {**entry, "rendition_of": scan.rendition_of}
    blob = PendingBlob(sha256=scan.sha256, size=scan.size, media_type=scan.media_type)
    lane: Lane = "archive" if case.status is CaseStatus.ARCHIVED else "case"
    queue_upload(tx, blob, lane=lane, now=now)
    return register.attach(
        tx,
        case_id=scan.case_id,
        attachments={scan.scan_id: entry},
        facts={"scan_kind": scan.kind.value, "pages": scan.pages},
        by=by,
        now=now,
        ids=ids,
    )


def archive_issued(tx: Transaction, *, case_id: CaseId, by: Actor, now: datetime, ids: Ids) -> Case | None:
    """Close and archive a case whose result has been handed over, at its home office; ``None`` when there is none.

    ``by.office_id`` is this node's office: another office leaves it to the home office, which hears of the issue
    through the hub. Asking again changes nothing.
    """
    case = cases.case(tx, case_id=case_id)
    if case is None or case.home_office_id != by.office_id:
        return None
    if case.status not in HANDED_OVER | {CaseStatus.CLOSED}:
        return None
    file = register.open_unseen(tx, case_id=case_id)
    if is_erased(file.fields):
        return None
    if case.status is not CaseStatus.CLOSED:
        register.record_event(tx, case_id=case_id, kind=EventKind.CLOSED, facts={}, by=by, now=now, ids=ids)
    move_to_lane(tx, hashes=[scan.sha256 for scan in queries.files_of(file)], lane="archive")
    kept_until = retained_until(local_day(now), retention_years=_retention_years(tx, case))
    return register.record_event(
        tx,
        case_id=case_id,
        kind=EventKind.ARCHIVED,
        facts={"retained_until": kept_until.isoformat()},
        by=by,
        now=now,
        ids=ids,
    )


def _retention_years(reader: Reader, case: Case) -> int:
    try:
        service = catalogue.service(reader, code=case.service_code, version=case.service_version)
    except UnknownService:
        return RETENTION_YEARS_MIN
    return service.retention_years
