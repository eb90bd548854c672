"""The slip of an appointment: when and where to come, and nothing of who comes."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec import structs

from device_drivers.ticket_printer.paper import render
from device_drivers.ticket_printer.protocol import LINES_MAX, LineSize
from edge_node.printing.listeners.tickets import small_paper
from edge_node.printing.model import AppointmentPaper, PaperDetails, PaperKind, PrintJob, PrintState
from sync.web.i18n import Texts, use_texts
from sync.web.pages import folders_of

TEN = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
SLIP = AppointmentPaper(
    code="AB12CD34",
    begins_at=TEN,
    service_name="Реєстрація місця проживання",
    place=("Шевченківський ЦНАП", "просп. Науки, 17а"),
    phone="+380 57 725 03 33",
    report_from=TEN - timedelta(minutes=30),
    report_until=TEN + timedelta(minutes=10),
    link="https://shv.example/appointments/secret",
)


@pytest.fixture(autouse=True)
def texts() -> None:
    use_texts(Texts.load(folders_of(["edge_node"])))


def paper_of(slip: AppointmentPaper):
    job = PrintJob(
        id="1",
        kind=PaperKind.APPOINTMENT,
        subject_id=slip.code,
        details=PaperDetails(appointment=slip),
        copies=1,
        state=PrintState.ORDERED,
        ordered_at=TEN,
    )
    return small_paper(job)


def test_a_slip_says_day_time_service_place_and_code_and_its_link_is_the_qr_code():
    paper = paper_of(SLIP)
    assert paper.number == "25.11  10:00"
    assert [line.text for line in paper.lines] == [
        "Середа, 25.11.2026",
        "Реєстрація місця проживання",
        "Шевченківський ЦНАП",
        "просп. Науки, 17а",
        "Код: AB12 CD34",
        "З 09:30 до 10:10 відмітьтеся в терміналі або на рецепції.",
        "Щоб змінити або скасувати запис, наведіть телефон на QR-код.",
    ]
    assert paper.qr == SLIP.link
    assert [line.text for line in paper.lines if line.size is LineSize.LARGE] == [
        "Середа, 25.11.2026",
        "Код: AB12 CD34",
    ]
    assert len(paper.lines) <= LINES_MAX
    assert render(paper).height > 0


def test_without_an_address_the_code_is_the_qr_code_and_the_telephone_changes_it():
    paper = paper_of(structs.replace(SLIP, link=None))
    assert paper.qr == "AB12CD34"
    assert [line.text for line in paper.lines[-2:]] == [
        "Щоб змінити або скасувати запис, зателефонуйте:",
        "+380 57 725 03 33",
    ]


def test_who_booked_in_english_reads_english():
    paper = paper_of(structs.replace(SLIP, link=None, phone=None, language="en"))
    assert paper.lines[0].text == "Wednesday, 25.11.2026"
    assert paper.lines[-1].text == "To change or cancel, speak to the receptionist."
