"""Papers, print jobs and what may be refused about them."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

import msgspec

from sync.vocabulary.errors import NotFound, Refusal
from sync.vocabulary.ids import CaseId, StaffId, TicketId


class PaperKind(StrEnum):
    """The papers an office prints."""

    TICKET = "ticket"
    INVENTORY = "inventory"  # опис вхідного пакета
    PAYMENT_RECEIPT = "payment-receipt"
    PATH_SHEET = "path-sheet"  # лист про проходження справи
    RESULT_RECEIPT = "result-receipt"  # відмітка про отримання
    REFUND_APPLICATION = "refund-application"  # заява про повернення збору
    SHIFT_REPORT = "shift-report"  # звіт про зміну платіжного термінала
    APPLICATION = "application"  # заява про надання послуги
    COURIER_BATCH = "courier-batch"  # реєстр справ, переданих кур’єром
    FOLDER_LABEL = "folder-label"  # наліпка на справу
    TEST_PAGE = "test-page"  # пробний аркуш принтера
    MEMO = "memo"  # пам’ятка з переліком документів, на стрічці талонів
    APPOINTMENT = "appointment"  # бланк запису на прийом, так само


# what the ticket printer prints; it cannot be asked afterwards
SMALL_PAPERS = (PaperKind.TICKET, PaperKind.MEMO, PaperKind.APPOINTMENT)


class PrintState(StrEnum):
    """ordered → sending → [queued →] printed | failed | unknown; an inquiry or a person settles an unknown one."""

    ORDERED = "ordered"
    SENDING = "sending"  # bytes may have left
    QUEUED = "queued"  # the print system holds it and prints it when it can
    PRINTED = "printed"
    FAILED = "failed"  # certainly no paper
    UNKNOWN = "unknown"  # there may be paper


class TicketPaper(msgspec.Struct, frozen=True, kw_only=True):
    """What stands on a ticket, as it was at the moment of issue; names in ``language``, nothing of the person."""

    ticket_id: TicketId
    number: str  # "А123"
    sphere: str
    purpose: str
    people_ahead: int
    wait_minutes_low: int | None = None
    wait_minutes_high: int | None = None
    issued_at: datetime
    language: Literal["uk", "en"] = "uk"
    status_url: str  # page of this ticket, as a QR code


class MemoPaper(msgspec.Struct, frozen=True, kw_only=True):
    """What to bring for a service, for whoever asked the kiosk; names in ``language``."""

    service_code: str
    service_name: str
    documents: tuple[str, ...]
    asked_at: datetime
    language: Literal["uk", "en"] = "uk"


class AppointmentPaper(msgspec.Struct, frozen=True, kw_only=True):
    """When and where to come for what, for whoever booked at the kiosk; names in ``language``, nothing of the person.

    ``link``: the page of the booking on a phone; without it ``phone`` and the reception change it.
    """

    code: str
    begins_at: datetime
    service_name: str
    place: tuple[str, ...]  # the office and its address, a line each
    phone: str | None
    report_from: datetime
    report_until: datetime
    link: str | None
    language: Literal["uk", "en"] = "uk"


class PackageItem(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the inventory of the incoming package."""

    name: str
    is_original: bool
    sheets: int


class ReceiptFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the terminal told of an approved payment; the card only as its mask."""

    amount_kopecks: int
    paid_at: datetime
    terminal: str
    reference: str  # retrieval reference number (RRN)
    approval_code: str = ""
    card_mask: str = ""


class RecipientSum(msgspec.Struct, frozen=True, kw_only=True):
    """What one recipient got at a terminal; the terminal's number stands where it told no name."""

    name: str
    charges: int
    kopecks: int


class ShiftFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A terminal's shift with both counts, the ledger's and the terminal's own; names of staff as they were."""

    shift_id: str
    number: int
    terminal: str
    opened_at: datetime
    opened_by: str
    closed_at: datetime
    closed_by: str
    charges: int
    charged_kopecks: int
    voids: int
    voided_kopecks: int
    ledger_kopecks: int
    terminal_kopecks: int | None  # None: its report told no sum
    settlement: str  # code, in the catalogue as settlement:<code>
    recipients: tuple[RecipientSum, ...] = ()


class CourierBatch(msgspec.Struct, frozen=True, kw_only=True):
    """The cases that a courier takes at once; the name of staff as it was."""

    number: str
    case_ids: tuple[CaseId, ...]
    handed_at: datetime
    handed_by: str


class PaperDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What a job needs beside its case: the journal names the case and never copies the person's data out of it."""

    ticket: TicketPaper | None = None
    memo: MemoPaper | None = None
    appointment: AppointmentPaper | None = None
    case_id: CaseId | None = None
    items: tuple[PackageItem, ...] = ()
    receipt: ReceiptFacts | None = None
    shift: ShiftFacts | None = None
    batch: CourierBatch | None = None
    trial_of: str | None = None  # the printer that this page is to try, by its name in devices.toml

    @property
    def subject_id(self) -> str:
        """The ticket, service, booking's code, case, shift, batch or printer that the paper is about."""
        if self.ticket is not None:
            return self.ticket.ticket_id
        if self.memo is not None:
            return self.memo.service_code
        if self.appointment is not None:
            return self.appointment.code
        if self.batch is not None:
            return self.batch.number
        return self.shift.shift_id if self.shift is not None else self.case_id or self.trial_of or ""

    @property
    def all_case_ids(self) -> tuple[CaseId, ...]:
        """The cases that the paper names."""
        if self.batch is not None:
            return self.batch.case_ids
        return () if self.case_id is None else (self.case_id,)


class PrintJob(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the print journal."""

    id: str
    kind: PaperKind
    subject_id: str  # as PaperDetails has it
    details: PaperDetails
    copies: int
    state: PrintState
    reason: str | None = None  # code, in the catalogue as print-reason:<reason>
    device_reference: str | None = None
    copy_of: str | None = None  # the first job; set on papers marked КОПІЯ
    ordered_at: datetime
    sent_at: datetime | None = None
    ended_at: datetime | None = None
    settled_by: StaffId | None = None


class PaperWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A paper that may be printed at any time; the others belong to the act that they state."""

    kind: Literal["path-sheet", "result-receipt", "application", "folder-label"]


class PrintSettlement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person saw at the printer."""

    outcome: Literal["printed", "failed"]

    def as_state(self) -> PrintState:
        """The state that this makes of an unknown job."""
        return PrintState(self.outcome)


class PrintOrdered(msgspec.Struct, frozen=True, kw_only=True):
    """A job waits in the journal."""

    job_id: str


class PrintJobEnded(msgspec.Struct, frozen=True, kw_only=True):
    """A job was printed, failed, became unknown, or was settled."""

    job_id: str
    kind: PaperKind
    subject_id: str
    state: PrintState


class PrintJobNotFound(NotFound):
    """No such job in this office's journal."""


class PrintJobNotUnknown(Refusal):
    """Only a job whose outcome is unknown can be settled."""


class PrintJobStillOpen(Refusal):
    """The first paper may still come out: no copy before its job has ended."""
