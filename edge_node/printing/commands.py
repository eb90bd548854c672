"""Order papers in the transaction that they state, and record what became of each."""

from datetime import datetime

from msgspec import structs

from edge_node.case_register import commands as register
from edge_node.printing import queries
from edge_node.printing.model import (
    AppointmentPaper,
    CourierBatch,
    MemoPaper,
    PackageItem,
    PaperDetails,
    PaperKind,
    PrintJob,
    PrintJobEnded,
    PrintJobNotFound,
    PrintJobNotUnknown,
    PrintJobStillOpen,
    PrintOrdered,
    PrintState,
    ReceiptFacts,
    ShiftFacts,
    TicketPaper,
)
from edge_node.staff import commands as access
from edge_node.staff.model import Person
from sync.storage import Reader, Transaction
from sync.vocabulary.ids import CaseId, StaffId
from sync.vocabulary.staff import Permission, may

INVENTORY_COPIES = 2  # one for the applicant, one for the case (КМУ №588)
COURIER_COPIES = 2  # one stays with the provider, one comes back with its mark

OPEN = frozenset({PrintState.ORDERED, PrintState.SENDING, PrintState.QUEUED})  # paper may come without anybody's doing


def order_ticket(tx: Transaction, *, ticket: TicketPaper, order_id: str, now: datetime) -> PrintJob:
    """Order the paper of a ticket that this transaction issues."""
    return _order(tx, kind=PaperKind.TICKET, details=PaperDetails(ticket=ticket), order_id=order_id, now=now)


def order_memo(tx: Transaction, *, memo: MemoPaper, order_id: str, now: datetime) -> PrintJob:
    """Order the list of what to bring for a service; nobody has to have a ticket for it."""
    return _order(tx, kind=PaperKind.MEMO, details=PaperDetails(memo=memo), order_id=order_id, now=now)


def order_appointment(tx: Transaction, *, slip: AppointmentPaper, order_id: str, now: datetime) -> PrintJob:
    """Order the slip of a booking that this transaction makes."""
    return _order(tx, kind=PaperKind.APPOINTMENT, details=PaperDetails(appointment=slip), order_id=order_id, now=now)


def order_inventory(
    tx: Transaction,
    *,
    case_id: CaseId,
    items: tuple[PackageItem, ...],
    order_id: str,
    now: datetime,
    copies: int = INVENTORY_COPIES,
) -> PrintJob:
    """Order the inventory of the incoming package of a case that this transaction registers."""
    job = _job(kind=PaperKind.INVENTORY, details=PaperDetails(case_id=case_id, items=items), order_id=order_id, now=now)
    return _enter(tx, structs.replace(job, copies=copies))


def order_receipt(tx: Transaction, *, case_id: CaseId, receipt: ReceiptFacts, order_id: str, now: datetime) -> PrintJob:
    """Order the receipt of a payment that this transaction records."""
    details = PaperDetails(case_id=case_id, receipt=receipt)
    return _order(tx, kind=PaperKind.PAYMENT_RECEIPT, details=details, order_id=order_id, now=now)


def order_refund_application(
    tx: Transaction, *, case_id: CaseId, receipt: ReceiptFacts, order_id: str, now: datetime
) -> PrintJob:
    """Order the application by which the payer asks for the money of a payment back."""
    details = PaperDetails(case_id=case_id, receipt=receipt)
    return _order(tx, kind=PaperKind.REFUND_APPLICATION, details=details, order_id=order_id, now=now)


def order_shift_report(tx: Transaction, *, shift: ShiftFacts, order_id: str, now: datetime) -> PrintJob:
    """Order the report of a shift that this transaction ends."""
    return _order(tx, kind=PaperKind.SHIFT_REPORT, details=PaperDetails(shift=shift), order_id=order_id, now=now)


def order_courier_batch(tx: Transaction, *, batch: CourierBatch, order_id: str, now: datetime) -> PrintJob:
    """Order the register of the cases that this transaction hands to a courier."""
    job = _job(kind=PaperKind.COURIER_BATCH, details=PaperDetails(batch=batch), order_id=order_id, now=now)
    return _enter(tx, structs.replace(job, copies=COURIER_COPIES))


def order_result_receipt(tx: Transaction, *, case_id: CaseId, order_id: str, now: datetime) -> PrintJob:
    """Order the mark of receipt that the applicant signs when the result is handed over."""
    return _order(tx, kind=PaperKind.RESULT_RECEIPT, details=PaperDetails(case_id=case_id), order_id=order_id, now=now)


def order_test_page(tx: Transaction, *, printer: str, order_id: str, now: datetime) -> PrintJob:
    """Order the page that shows whether this printer works; it is of no case, and goes to no other printer."""
    return _order(tx, kind=PaperKind.TEST_PAGE, details=PaperDetails(trial_of=printer), order_id=order_id, now=now)


def order_for_case(
    tx: Transaction, *, case_id: CaseId, kind: str, by: Person, order_id: str, now: datetime
) -> PrintJob:
    """Order a paper of ``PaperWanted``, with what the case says when it is printed; raises as ``case_for``."""
    case = register.case_for(tx, by=by, case_id=case_id)
    access.log_access(tx, by=by, action="case-printed", subject=case.case_id, now=now)
    details = PaperDetails(case_id=case.case_id)
    return _order(tx, kind=PaperKind(kind), details=details, order_id=order_id, now=now)


def papers_for(reader: Reader, *, case_id: CaseId, by: Person) -> list[PrintJob]:
    """What was printed for a case that is this person's to see, oldest first; raises as ``case_for``."""
    register.case_for(reader, by=by, case_id=case_id)
    return queries.papers_of(reader, subject_id=case_id)


def reprint(tx: Transaction, *, job_id: str, order_id: str, now: datetime) -> PrintJob:
    """Order one copy, marked КОПІЯ, of the same paper; raises PrintJobStillOpen while the first may still come out."""
    job = _existing(tx, job_id)
    if job.state in OPEN:
        raise PrintJobStillOpen(job_id=job_id)
    copy = _job(kind=job.kind, details=job.details, order_id=order_id, now=now)
    return _enter(tx, structs.replace(copy, copy_of=job.copy_of or job.id))


def reprint_by(tx: Transaction, *, job_id: str, by: Person, order_id: str, now: datetime) -> PrintJob:
    """As ``reprint``, in a person's name: a paper about an applicant goes into the access log.

    Whoever services the printers may print any again; all others raise as ``case_for``.
    """
    for case_id in _existing(tx, job_id).details.all_case_ids:
        if not may(by.roles, Permission.SERVICE_DEVICES):
            register.case_for(tx, by=by, case_id=case_id)
        access.log_access(tx, by=by, action="case-printed", subject=case_id, now=now)
    return reprint(tx, job_id=job_id, order_id=order_id, now=now)


def begin_sending(tx: Transaction, *, job_id: str, now: datetime) -> PrintJob | None:
    """Make durable that bytes may leave; ``None`` when the job is not waiting any more."""
    if queries.mark_sending(tx, job_id=job_id, sent_at=now) == 0:
        return None
    return queries.print_job(tx, job_id=job_id)


def end(
    tx: Transaction,
    *,
    job_id: str,
    state: PrintState,
    now: datetime,
    reason: str | None = None,
    device_reference: str | None = None,
) -> PrintJob:
    """Record what became of a job that was being sent, or what an inquiry found out about an unknown one."""
    job = _existing(tx, job_id)
    if job.state not in OPEN and job.state is not PrintState.UNKNOWN:
        return job
    return _close(
        tx,
        structs.replace(
            job, state=state, reason=reason, ended_at=now, device_reference=device_reference or job.device_reference
        ),
    )


def settle(tx: Transaction, *, job_id: str, state: PrintState, by: StaffId, now: datetime) -> PrintJob:
    """A person looked: there is paper (PRINTED) or there is none (FAILED); raises PrintJobNotUnknown."""
    job = _existing(tx, job_id)
    if job.state not in {PrintState.UNKNOWN, PrintState.FAILED} or job.settled_by is not None:
        raise PrintJobNotUnknown(job_id=job_id, state=job.state.value)
    return _close(tx, structs.replace(job, state=state, ended_at=now, settled_by=by))


def forget_the_sending(tx: Transaction, *, now: datetime) -> list[PrintJob]:
    """At start: jobs that were being sent when the process died become unknown; answers them."""
    return [
        _close(tx, structs.replace(job, state=PrintState.UNKNOWN, reason="interrupted", ended_at=now))
        for job in queries.sending(tx)
    ]


def forget_case(tx: Transaction, *, case_id: str) -> None:
    """Drop the papers of an erased case from the journal."""
    queries.delete_jobs_of(tx, subject_id=case_id)


def _order(tx: Transaction, *, kind: PaperKind, details: PaperDetails, order_id: str, now: datetime) -> PrintJob:
    return _enter(tx, _job(kind=kind, details=details, order_id=order_id, now=now))


def _job(*, kind: PaperKind, details: PaperDetails, order_id: str, now: datetime) -> PrintJob:
    return PrintJob(
        id=order_id,
        kind=kind,
        subject_id=details.subject_id,
        details=details,
        copies=1,
        state=PrintState.ORDERED,
        ordered_at=now,
    )


def _enter(tx: Transaction, job: PrintJob) -> PrintJob:
    queries.insert(tx, job)
    tx.emit(PrintOrdered(job_id=job.id))
    return job


def _close(tx: Transaction, job: PrintJob) -> PrintJob:
    queries.mark_ended(tx, job)
    tx.emit(PrintJobEnded(job_id=job.id, kind=job.kind, subject_id=job.subject_id, state=job.state))
    return job


def _existing(tx: Transaction, job_id: str) -> PrintJob:
    job = queries.print_job(tx, job_id=job_id)
    if job is None:
        raise PrintJobNotFound(job_id=job_id)
    return job
