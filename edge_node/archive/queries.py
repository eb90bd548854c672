"""What may be asked about the scans of a case: they stand in its document."""

import msgspec

from edge_node.archive.model import Scan
from edge_node.case_register import commands as register
from edge_node.case_register.model import CaseFile
from edge_node.staff.model import Person
from sync.storage import Reader
from sync.vocabulary.errors import Fact
from sync.vocabulary.ids import CaseId


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
