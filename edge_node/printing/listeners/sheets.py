"""What stands on each A4 paper: plain values, ready for a template."""

from datetime import date, datetime

import msgspec

from edge_node.printing.model import PackageItem, ReceiptFacts, ShiftFacts
from sync.vocabulary.applicant import Applicant


class Letterhead(msgspec.Struct, frozen=True, kw_only=True):
    """The office that puts its name on the paper."""

    office_name: str
    address: str
    phone: str | None = None


class CaseHead(msgspec.Struct, frozen=True, kw_only=True):
    """What every paper of a case says first."""

    number: str
    service_name: str
    provider_name: str
    applicant_name: str
    registered_at: datetime
    due_on: date | None = None
    administrator_name: str = ""


class PathLine(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the path sheet; ``kind`` and ``office_name`` are ready to read."""

    at: datetime
    kind: str
    actor_name: str
    office_name: str
    note: str = ""


class BatchSheet(msgspec.Struct, frozen=True, kw_only=True):
    """What a courier takes, and from whom."""

    number: str
    handed_at: datetime
    handed_by: str
    cases: tuple[CaseHead, ...]


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """One A4 paper; the parts that its template does not name stay empty."""

    letterhead: Letterhead
    case: CaseHead | None = None  # None: the paper is of a shift, a batch or a printer
    printed_at: datetime
    is_copy: bool = False
    items: tuple[PackageItem, ...] = ()
    answer_by: str = ""  # how the applicant wants the answer, ready to read
    receipt: ReceiptFacts | None = None
    shift: ShiftFacts | None = None
    batch: BatchSheet | None = None
    trial_of: str = ""  # the printer that is tried
    applicant: Applicant | None = None
    path: tuple[PathLine, ...] = ()
    document_shown: str = ""  # by who took the result, ready to read
    decision: str = ""  # ready to read

    @property
    def number(self) -> str:
        """What the paper is kept by, as its bars say it too."""
        if self.case is not None:
            return self.case.number
        if self.batch is not None:
            return self.batch.number
        return self.trial_of if self.shift is None else f"{self.shift.terminal}-{self.shift.number}"

    @property
    def sheets_total(self) -> int:
        """Sheets of all documents of the package."""
        return sum(item.sheets for item in self.items)
