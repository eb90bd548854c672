"""What may be asked about the scans of a case: they stand in its document, unfinished ones in a table."""

from datetime import datetime

import msgspec

from edge_node.archive.model import Scan, ScanBatch
from edge_node.case_register import commands as register
from edge_node.case_register.model import CaseFile
from edge_node.staff.model import Person
from sync.storage import Reader, Transaction
from sync.vocabulary.errors import Fact
from sync.vocabulary.ids import CaseId, ScanId

_BATCH = "scan_id, case_id, kind, title, pages_expected, pages, stopped_by, begun_at"


def scans_for(reader: Reader, *, case_id: CaseId, by: Person) -> list[Scan]:
    """The scans of a case that is this person's to see, oldest first; raises as ``case_for``."""
    return scans_of(register.open_file(reader, by=by, case_id=case_id))


def scans_of(file: CaseFile) -> list[Scan]:
    """The scans among the attachments, oldest first; what a newer version attached otherwise is left out."""
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
