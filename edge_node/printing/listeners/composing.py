"""What a case says on a paper: read when the paper is set, so that nothing of the person lies in the journal."""

from datetime import datetime
from pathlib import Path

from device_drivers.ticket_printer.protocol import TicketPaper
from edge_node.case_register import commands as register
from edge_node.case_register.model import CaseFile
from edge_node.case_register.model import PathLine as Step
from edge_node.catalogue import queries as catalogue
from edge_node.printing import queries
from edge_node.printing.listeners.pdf import PdfSetter
from edge_node.printing.listeners.rendering import PaperRenderer
from edge_node.printing.listeners.sheets import BatchSheet, CaseHead, Letterhead, PathLine, Sheet
from edge_node.printing.listeners.tickets import small_paper
from edge_node.printing.model import CourierBatch, PackageItem, PaperKind, PrintJob
from sync.storage import Reader, Store
from sync.vocabulary.case import EventKind
from sync.vocabulary.errors import NotFound
from sync.vocabulary.ids import OfficeId
from sync.vocabulary.office import Office
from sync.web.i18n import keyed, speaking

NOT_ON_PAPER = frozenset({EventKind.SCAN_ATTACHED, EventKind.EDITED, EventKind.CHECKED_OUT, EventKind.RESOLVED})
DECISIONS = frozenset({EventKind.DECIDED_GRANTED, EventKind.DECIDED_REFUSED, EventKind.RETURNED})


class PaperMaker:
    """Reads the case, renders the paper and has it set; ``office_id`` is the office whose letterhead it bears."""

    def __init__(self, store: Store, *, office_id: OfficeId, renderer: PaperRenderer, setter: PdfSetter) -> None:
        self._store = store
        self._office_id = office_id
        self._renderer = renderer
        self._setter = setter

    async def make(self, job: PrintJob, *, read_at: datetime) -> Path:
        """The path of the PDF; raises PaperNotSet, or NotFound when the case or the office is not here any more."""
        self._renderer.speak()
        sheet = await self._store.read(
            lambda reader: sheet_of(reader, job, office_id=self._office_id, printed_at=read_at)
        )
        return await self._setter.set(self._renderer.html(job.kind, sheet), job_id=job.id)

    def ticket(self, job: PrintJob) -> TicketPaper:
        """The paper of a ticket's or a memo's job, in the visitor's language."""
        self._renderer.speak()
        return small_paper(job)

    def forget(self, job: PrintJob) -> None:
        """Delete the PDF: it holds personal data, and its job has ended."""
        self._setter.forget(job.id)

    def sweep(self, *, keep: frozenset[str]) -> None:
        """Delete PDFs that an earlier life left behind."""
        self._setter.sweep(keep=keep)

    async def close(self) -> None:
        """End the type-setting process."""
        await self._setter.close()


def sheet_of(reader: Reader, job: PrintJob, *, office_id: OfficeId, printed_at: datetime) -> Sheet:
    """Everything the paper of ``job`` may say; raises NotFound."""
    if job.details.trial_of is not None:
        letterhead = _letterhead_even_of(reader, office_id)
        return Sheet(letterhead=letterhead, printed_at=printed_at, trial_of=job.details.trial_of)
    letterhead = _letterhead(catalogue.office(reader, office_id=office_id))
    if job.details.shift is not None:
        return Sheet(
            letterhead=letterhead, printed_at=printed_at, is_copy=job.copy_of is not None, shift=job.details.shift
        )
    if job.details.batch is not None:
        return Sheet(
            letterhead=letterhead,
            printed_at=printed_at,
            is_copy=job.copy_of is not None,
            batch=_batch(reader, job.details.batch),
        )
    if job.details.case_id is None:
        raise LookupError(f"job {job.id} is of no case, no shift, no batch and no printer")
    file = register.open_unseen(reader, case_id=job.details.case_id)
    steps = register.path_sheet(reader, file)
    with speaking("uk"):
        return Sheet(
            letterhead=letterhead,
            case=_head(reader, file, administrator_name=_administrator(job.kind, steps)),
            printed_at=printed_at,
            is_copy=job.copy_of is not None,
            items=job.details.items or _package(reader, job),
            applicant=file.applicant if job.kind is PaperKind.APPLICATION else None,
            answer_by=_answer_by(file),
            receipt=job.details.receipt,
            path=_lines(reader, steps) if job.kind is PaperKind.PATH_SHEET else (),
            document_shown=_document_shown(steps),
            decision=next((keyed("event", step.kind) for step in reversed(steps) if step.kind in DECISIONS), ""),
        )


def _batch(reader: Reader, batch: CourierBatch) -> BatchSheet:
    files = [register.open_unseen(reader, case_id=case_id) for case_id in batch.case_ids]
    return BatchSheet(
        number=batch.number,
        handed_at=batch.handed_at,
        handed_by=batch.handed_by,
        cases=tuple(_head(reader, file, administrator_name="") for file in files),
    )


def _package(reader: Reader, job: PrintJob) -> tuple[PackageItem, ...]:
    """What came with the application, as its inventory has it; nothing where this office took none in."""
    if job.kind is not PaperKind.APPLICATION:
        return ()
    printed = queries.papers_of(reader, subject_id=job.subject_id)
    return next((paper.details.items for paper in reversed(printed) if paper.details.items), ())


def _letterhead(office: Office) -> Letterhead:
    return Letterhead(office_name=office.name_uk, address=office.address_uk, phone=office.phone)


def _letterhead_even_of(reader: Reader, office_id: OfficeId) -> Letterhead:
    """A printer is tried before the hub has told who this office is."""
    try:
        return _letterhead(catalogue.office(reader, office_id=office_id))
    except NotFound:
        return Letterhead(office_name=office_id, address="")


def _head(reader: Reader, file: CaseFile, *, administrator_name: str) -> CaseHead:
    case = file.case
    service = catalogue.service(reader, code=case.service_code, version=case.service_version)
    if case.number is None or case.registered_at is None:
        raise LookupError(f"case {case.case_id} was never registered")
    return CaseHead(
        number=case.number,
        service_name=service.name_uk,
        provider_name=service.provider_name,
        applicant_name=file.applicant.full_name,
        registered_at=case.registered_at,
        due_on=case.due_on,
        administrator_name=administrator_name,
    )


def _administrator(kind: PaperKind, steps: list[Step]) -> str:
    """Whose signature the paper waits for: who registered, took the money, or handed the result over."""
    signed = {
        PaperKind.INVENTORY: EventKind.REGISTERED,
        PaperKind.APPLICATION: EventKind.REGISTERED,
        PaperKind.PAYMENT_RECEIPT: EventKind.PAYMENT_RECEIVED,
        PaperKind.RESULT_RECEIPT: EventKind.ISSUED,
    }.get(kind)
    return next((step.actor_name for step in reversed(steps) if step.kind == signed), "")


def _document_shown(steps: list[Step]) -> str:
    """The document that the person showed who took the result, with what the path sheet keeps of its number."""
    facts = next((step.facts for step in reversed(steps) if step.kind == EventKind.ISSUED), {})
    kind, number = facts.get("document_kind"), facts.get("document_number")
    return f"{keyed('document-kind', str(kind))}, {number}" if kind and number else ""


def _answer_by(file: CaseFile) -> str:
    chosen = file.fields.get("notify_by")
    return keyed("notify-by", chosen) if isinstance(chosen, str) and chosen else ""


def _lines(reader: Reader, steps: list[Step]) -> tuple[PathLine, ...]:
    offices = {office.id: office.name_uk for office in catalogue.offices(reader)}
    return tuple(
        PathLine(
            at=step.at,
            kind=keyed("event", step.kind),
            actor_name=step.actor_name,
            office_name=offices.get(OfficeId(step.office_id), step.office_id),
            note=keyed("note", "conflict") if step.is_conflict else "",
        )
        for step in steps
        if step.kind not in NOT_ON_PAPER
    )
