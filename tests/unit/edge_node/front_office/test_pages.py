"""The desk's page: every button is a plain form."""

import re

from litestar import Litestar
from litestar.testing import TestClient

from edge_node.printing import commands as printing
from edge_node.printing import queries
from edge_node.printing.model import PrintJob, PrintState, TicketPaper
from edge_node.queue.model import Desk, Ticket
from sync.vocabulary.ticket import PriorityCategory
from tests.support.hall import Hall

Client = TestClient[Litestar]
PAGE = {"accept": "text/html"}


def press(client: Client, button: str, **form: str) -> str:
    """The page after a button was pressed."""
    answer = client.post(f"/desk/{button}", data=form, headers=PAGE)
    assert answer.status_code == 200, answer.text
    return answer.text


def failed_paper(hall: Hall, ticket: Ticket) -> PrintJob:
    """The printer had no paper for this ticket."""
    now = hall.clock.now()
    paper = TicketPaper(
        ticket_id=ticket.id, number=ticket.number, sphere="", purpose="", people_ahead=0, issued_at=now, status_url=""
    )
    job = hall.do(printing.order_ticket, ticket=paper, order_id=hall.ids.new(), now=now)
    return hall.do(printing.end, job_id=job.id, state=PrintState.FAILED, now=now)


def test_who_has_no_desk_chooses_one(hall: Hall, desks: list[Desk], oksana: Client) -> None:
    hall.open_desk(desks[1])
    page = oksana.get("/desk", headers=PAGE).text
    assert "Оберіть вікно" in page
    assert f'value="{desks[0].id}"' in page
    assert f'value="{desks[1].id}"' not in page, "a desk that is taken is no choice"
    assert "Вікно вільне" in press(oksana, "take", desk_id=desks[0].id)


def test_the_buttons_follow_the_ticket(hall: Hall, desks: list[Desk], oksana: Client) -> None:
    press(oksana, "take", desk_id=desks[0].id)
    ticket = hall.take()
    called = press(oksana, "call-next")
    assert "Д001" in called
    assert "очікує найдовше" in called
    assert 'data-key="F8"' in called
    serving = press(oksana, "start", ticket_id=ticket.id)
    assert f"/desk/intake?ticket={ticket.id}" in serving
    assert "Вікно вільне" in press(oksana, "finish", ticket_id=ticket.id)


def test_a_refused_button_shows_the_page_again_with_the_reason(hall: Hall, desks: list[Desk], oksana: Client) -> None:
    press(oksana, "take", desk_id=desks[0].id)
    answer = oksana.post("/desk/call-next", headers=PAGE)
    assert answer.status_code == 409
    assert "Нікого з тих, кого може прийняти це вікно" in answer.text
    assert "Вікно вільне" in answer.text


def test_a_visitor_is_sent_on_from_one_list(hall: Hall, desks: list[Desk], oksana: Client) -> None:
    press(oksana, "take", desk_id=desks[0].id)
    hall.open_desk(desks[1])
    ticket = hall.take()
    page = press(oksana, "call-next")
    assert re.search(rf'<option value="desk:{desks[1].id}">Вікно 2</option>', page)
    assert "Вікно вільне" in press(oksana, "transfer", ticket_id=ticket.id, to="sphere:pensions")
    assert hall.ticket(ticket.id).sphere == "pensions"
    answer = oksana.post("/desk/transfer", data={"ticket_id": ticket.id, "to": "moon:1"}, headers=PAGE)
    assert answer.status_code == 422


def test_staff_are_told_of_a_ticket_that_was_not_printed(hall: Hall, desks: list[Desk], oksana: Client) -> None:
    press(oksana, "take", desk_id=desks[0].id)
    ticket = hall.take()
    job = failed_paper(hall, ticket)
    assert "Надрукувати копію Д001" in oksana.get("/desk", headers=PAGE).text
    assert "Надрукувати копію" not in press(oksana, "reprint", job_id=job.id)
    copy = hall.store.read_now(lambda reader: queries.papers_of(reader, subject_id=ticket.id))[-1]
    assert (copy.copy_of, copy.details) == (job.id, job.details)


def test_a_button_pressed_before_a_desk_was_taken_says_so(desks: list[Desk], oksana: Client) -> None:
    answer = oksana.post("/desk/call-next", headers=PAGE)
    assert answer.status_code == 409
    assert "Спочатку оберіть вікно" in answer.text


def test_who_was_served_needs_no_copy(hall: Hall, desks: list[Desk], oksana: Client) -> None:
    press(oksana, "take", desk_id=desks[0].id)
    ticket = hall.take()
    failed_paper(hall, ticket)
    assert "Надрукувати копію Д001" in press(oksana, "call-next")
    assert "Надрукувати копію" not in press(oksana, "start", ticket_id=ticket.id)


def test_a_ticket_is_put_aside_listed_and_brought_back(hall: Hall, desks: list[Desk], oksana: Client) -> None:
    press(oksana, "take", desk_id=desks[0].id)
    ticket = hall.take()
    press(oksana, "call-next")
    page = press(oksana, "park", ticket_id=ticket.id, minutes="15", returns="here")
    assert "Відкладені талони" in page
    assert "Повернути до черги Д001" in page
    assert "Відкладені талони" not in press(oksana, "return", ticket_id=ticket.id)
    assert "передано сюди" in oksana.get("/desk", headers=PAGE).text


def test_the_last_act_is_taken_back_while_its_button_stands(hall: Hall, desks: list[Desk], oksana: Client) -> None:
    press(oksana, "take", desk_id=desks[0].id)
    hall.take()
    assert "Скасувати дію" not in oksana.get("/desk", headers=PAGE).text
    called = press(oksana, "call-next")
    assert 'data-key="Alt+Z"' in called
    assert "Скасувати дію: виклик" in called
    assert "Вікно вільне" in press(oksana, "undo")


def test_a_place_is_given_back_by_its_number(hall: Hall, desks: list[Desk], oksana: Client) -> None:
    press(oksana, "take", desk_id=desks[0].id)
    ticket = hall.take()
    press(oksana, "call-next")
    press(oksana, "no-show", ticket_id=ticket.id)
    press(oksana, "restore", ticket_number="д001")
    assert hall.ticket(ticket.id).state == "waiting"


def test_a_break_says_its_reason_and_stops_the_calls(hall: Hall, desks: list[Desk], oksana: Client) -> None:
    press(oksana, "take", desk_id=desks[0].id)
    page = press(oksana, "break", reason="papers")
    assert "робота з документами" in page
    assert "Викликати наступного" not in page
    assert "Викликати наступного" in press(oksana, "resume")


def test_the_timer_says_in_words_that_a_reception_takes_long(hall: Hall, desks: list[Desk], oksana: Client) -> None:
    press(oksana, "take", desk_id=desks[0].id)
    ticket = hall.take()
    press(oksana, "call-next")
    assert "data-timer-late hidden" in press(oksana, "start", ticket_id=ticket.id)
    hall.clock.move(minutes=16)
    page = oksana.get("/desk", headers=PAGE).text
    assert "data-timer-late>" in page
    assert "понад 15 хвилин" in page


def test_a_visit_goes_on_or_ends_elsewhere(hall: Hall, desks: list[Desk], oksana: Client) -> None:
    press(oksana, "take", desk_id=desks[0].id)
    ticket = hall.take()
    press(oksana, "call-next")
    press(oksana, "start", ticket_id=ticket.id)
    page = press(oksana, "next-service", ticket_id=ticket.id, sphere="passports", purpose="consult")
    assert "послуга 2 за цей візит" in page
    assert "Вікно вільне" in press(oksana, "redirect", ticket_id=ticket.id, to="Пенсійний фонд")


def test_a_silent_alarm_shows_at_other_desks_and_not_at_its_own(hall: Hall, desks: list[Desk], oksana: Client) -> None:
    press(oksana, "take", desk_id=desks[0].id)
    own = press(oksana, "alarm")
    assert "просить допомоги" not in own
    assert "надіслано" in own
    oksana.post("/let-in/iryna/administrator")
    press(oksana, "take", desk_id=desks[1].id)
    assert "Вікно 1 просить допомоги" in oksana.get("/desk", headers=PAGE).text
    assert oksana.post("/desk/alarm/answer", data={"desk_id": desks[0].id}, headers=PAGE).status_code == 200
    assert "просить допомоги" not in oksana.get("/desk", headers=PAGE).text


def test_the_page_of_a_ticket_explains_its_call(hall: Hall, desks: list[Desk], oksana: Client) -> None:
    press(oksana, "take", desk_id=desks[0].id)
    hall.take()
    veteran = hall.take(priority=PriorityCategory.COMBATANT)
    press(oksana, "call-next")
    page = oksana.get(f"/desk/tickets/{veteran.id}/why", headers=PAGE).text
    assert "має право на позачерговий прийом" in page
    assert "право на позачерговість 45" in page
    assert "Поступився чергою талон Д001" in page
    oksana.post("/let-in/olena/office_head")
    assert oksana.get(f"/desk/tickets/{veteran.id}/why", headers=PAGE).status_code == 200
    assert oksana.get("/desk/tickets/01NONE/why", headers=PAGE).status_code == 404
