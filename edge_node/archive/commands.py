"""Hang scans on a case, and put what was handed over into the archive."""

from datetime import datetime

from edge_node.archive.model import Scan
from edge_node.case_register import commands as register
from edge_node.case_register import queries as cases
from edge_node.case_register.model import Actor, Case
from edge_node.catalogue import queries as catalogue
from edge_node.catalogue.model import UnknownService
from sync.ambient import Ids
from sync.documents.document import Entry
from sync.replication.blobs import PendingBlob, queue_upload
from sync.storage import Reader, Transaction
from sync.vocabulary.archive import RETENTION_YEARS_MIN, retained_until
from sync.vocabulary.case import CaseStatus, EventKind, rfc3339
from sync.vocabulary.ids import CaseId
from sync.vocabulary.working_days import local_day

HANDED_OVER = frozenset({CaseStatus.ISSUED, CaseStatus.SENT_BY_POST, CaseStatus.ISSUED_ELECTRONICALLY})


def attach_scan(tx: Transaction, scan: Scan, *, by: Actor, now: datetime, ids: Ids) -> Case:
    """Make a scan whose bytes are kept part of its case, and queue them for the hub; raises as ``record_event``."""
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
    queue_upload(tx, PendingBlob(sha256=scan.sha256, size=scan.size, media_type=scan.media_type))
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
    if case.status is not CaseStatus.CLOSED:
        register.record_event(tx, case_id=case_id, kind=EventKind.CLOSED, facts={}, by=by, now=now, ids=ids)
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
