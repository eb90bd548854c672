"""The print journal: ordered with what it states, never twice by itself, settled by a person where nobody knows."""

import pytest

from edge_node.printing import commands, queries
from edge_node.printing.model import (
    PackageItem,
    PaperKind,
    PrintJob,
    PrintJobNotUnknown,
    PrintJobStillOpen,
    PrintState,
    TicketPaper,
)
from sync.storage import Transaction
from sync.vocabulary.errors import Refusal
from sync.vocabulary.ids import StaffId, TicketId
from tests.support.case_office import CaseOffice

TECHNICIAN = StaffId("01TECHNICIAN")


def order_ticket(office: CaseOffice) -> PrintJob:
    ticket = TicketPaper(
        ticket_id=TicketId(office.ids.new()),
        number="Р007",
        sphere="Місце проживання",
        purpose="Подати документи",
        people_ahead=3,
        wait_minutes_low=10,
        wait_minutes_high=20,
        issued_at=office.clock.now(),
        status_url="http://shv.local/t/1",
    )
    return office.do(commands.order_ticket, ticket=ticket, order_id=office.ids.new(), now=office.clock.now())


def end(office: CaseOffice, job: PrintJob, state: PrintState) -> PrintJob:
    office.do(commands.begin_sending, job_id=job.id, now=office.clock.now())
    return office.do(commands.end, job_id=job.id, state=state, reason="no-answer", now=office.clock.now())


def job_now(office: CaseOffice, job: PrintJob) -> PrintJob:
    found = office.store.read_now(lambda reader: queries.print_job(reader, job_id=job.id))
    assert found is not None
    return found


def test_a_paper_of_a_refused_command_is_not_ordered(case_office: CaseOffice) -> None:
    class Refused(Refusal):
        """The command that would have stated it was refused."""

    def command(tx: Transaction) -> None:
        commands.order_inventory(
            tx,
            case_id=case_office.service.code,
            items=(PackageItem(name="Заява", is_original=True, sheets=1),),
            order_id="01X",
            now=case_office.clock.now(),
        )
        raise Refused

    with pytest.raises(Refused):
        case_office.store.run_now(command)

    assert case_office.store.read_now(lambda reader: queries.print_job(reader, job_id="01X")) is None


def test_what_was_ordered_survives_and_waits_in_order(case_office: CaseOffice) -> None:
    orders = []
    for _ in range(3):
        orders.append(order_ticket(case_office))
        case_office.clock.move(seconds=1)

    waiting = case_office.store.read_now(lambda reader: queries.ordered(reader, kinds=(PaperKind.TICKET,)))

    assert waiting == orders


def test_a_job_is_taken_once(case_office: CaseOffice) -> None:
    job = order_ticket(case_office)

    first = case_office.do(commands.begin_sending, job_id=job.id, now=case_office.clock.now())
    second = case_office.do(commands.begin_sending, job_id=job.id, now=case_office.clock.now())

    assert first is not None
    assert second is None


def test_a_restart_makes_unknown_what_was_being_sent_and_keeps_what_was_ordered(case_office: CaseOffice) -> None:
    sent, waiting = order_ticket(case_office), order_ticket(case_office)
    case_office.do(commands.begin_sending, job_id=sent.id, now=case_office.clock.now())

    case_office.do(commands.forget_the_sending, now=case_office.clock.now())

    assert job_now(case_office, sent).state is PrintState.UNKNOWN
    assert job_now(case_office, waiting).state is PrintState.ORDERED


def test_a_copy_bears_the_same_ticket_and_says_that_it_is_one(case_office: CaseOffice) -> None:
    job = end(case_office, order_ticket(case_office), PrintState.UNKNOWN)

    copy = case_office.do(
        commands.reprint, job_id=job.id, order_id=case_office.ids.new(), now=case_office.clock.move(seconds=1)
    )
    ended = end(case_office, copy, PrintState.PRINTED)
    copy_of_copy = case_office.do(
        commands.reprint, job_id=ended.id, order_id=case_office.ids.new(), now=case_office.clock.now()
    )

    assert copy.details == job.details
    assert copy.copy_of == job.id
    assert copy_of_copy.copy_of == job.id


def test_no_copy_while_the_first_paper_may_still_come(case_office: CaseOffice) -> None:
    job = order_ticket(case_office)

    with pytest.raises(PrintJobStillOpen):
        case_office.do(commands.reprint, job_id=job.id, order_id="01Y", now=case_office.clock.now())


def test_a_person_settles_an_unknown_job_once(case_office: CaseOffice) -> None:
    job = end(case_office, order_ticket(case_office), PrintState.UNKNOWN)
    looked = {"job_id": job.id, "state": PrintState.PRINTED, "by": TECHNICIAN, "now": case_office.clock.now()}

    settled = case_office.do(commands.settle, **looked)

    assert (settled.state, settled.settled_by) == (PrintState.PRINTED, TECHNICIAN)
    with pytest.raises(PrintJobNotUnknown):
        case_office.do(commands.settle, **looked)


def test_only_jobs_that_need_a_person_are_shown_to_one(case_office: CaseOffice) -> None:
    unknown = end(case_office, order_ticket(case_office), PrintState.UNKNOWN)
    end(case_office, order_ticket(case_office), PrintState.PRINTED)
    failed = end(case_office, order_ticket(case_office), PrintState.FAILED)
    case_office.clock.move(seconds=1)
    case_office.do(commands.reprint, job_id=failed.id, order_id=case_office.ids.new(), now=case_office.clock.now())

    shown = case_office.store.read_now(queries.needing_attention)

    assert [job.id for job in shown] == [unknown.id]


def test_what_a_job_came_to_is_not_changed_by_a_late_answer(case_office: CaseOffice) -> None:
    job = end(case_office, order_ticket(case_office), PrintState.PRINTED)

    late = case_office.do(commands.end, job_id=job.id, state=PrintState.UNKNOWN, now=case_office.clock.now())

    assert late.state is PrintState.PRINTED
