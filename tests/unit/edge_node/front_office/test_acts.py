"""Parking, undoing, breaks, alarms and the office's rules over JSON."""

from litestar import Litestar
from litestar.testing import TestClient

from edge_node.queue.model import Desk
from sync.vocabulary.staff import Role
from tests.support.hall import Hall

Client = TestClient[Litestar]


def sit_down(oksana: Client, desk: Desk) -> str:
    assert oksana.put(f"/api/desks/{desk.id}/occupant").status_code == 200
    return f"/api/desks/{desk.id}"


def test_a_ticket_is_put_aside_for_the_desk_and_brought_back(hall: Hall, desks: list[Desk], oksana: Client) -> None:
    at = sit_down(oksana, desks[0])
    ticket = hall.take()
    oksana.post(f"{at}/calls", json={})
    wish = {"minutes": 10, "is_for_this_desk": True}
    parked = oksana.post(f"/api/tickets/{ticket.id}/park", json=wish).json()
    assert (parked["state"], parked["wanted_desk_id"]) == ("parked", desks[0].id)
    assert oksana.post(f"/api/tickets/{ticket.id}/return").json()["state"] == "waiting"
    assert oksana.post(f"/api/tickets/{ticket.id}/park", json={"minutes": 500}).status_code == 422


def test_a_call_is_undone_and_a_missed_visitor_restored(hall: Hall, desks: list[Desk], oksana: Client) -> None:
    at = sit_down(oksana, desks[0])
    ticket = hall.take()
    oksana.post(f"{at}/calls", json={})
    assert oksana.post(f"{at}/undo").json()["state"] == "waiting"
    again = oksana.post(f"{at}/undo")
    assert (again.status_code, again.json()["code"]) == (409, "nothing-to-undo")
    oksana.post(f"{at}/calls", json={})
    oksana.post(f"/api/tickets/{ticket.id}/no-show")
    restored = oksana.post("/api/restored-tickets", json={"ticket_number": ticket.number})
    assert restored.json()["state"] == "waiting"


def test_a_visit_goes_on_to_its_next_service_and_ends_at_another_authority(
    hall: Hall, desks: list[Desk], oksana: Client
) -> None:
    at = sit_down(oksana, desks[0])
    ticket = hall.take()
    oksana.post(f"{at}/calls", json={})
    oksana.post(f"/api/tickets/{ticket.id}/serving")
    wish = {"sphere": "passports", "purpose": "consult"}
    assert oksana.post(f"/api/tickets/{ticket.id}/next-service", json=wish).json()["services_done"] == 1
    answer = oksana.post(f"/api/tickets/{ticket.id}/redirection", json={"to": "Пенсійний фонд"})
    assert answer.json()["state"] == "redirected"


def test_a_waiting_ticket_is_cancelled_or_noted_as_left(hall: Hall, desks: list[Desk], oksana: Client) -> None:
    one, two = hall.take(), hall.take()
    assert oksana.post(f"/api/tickets/{one.id}/cancellation").json()["state"] == "cancelled"
    assert oksana.post(f"/api/tickets/{two.id}/departure").json()["state"] == "left"


def test_a_desk_takes_a_break_and_works_again(desks: list[Desk], oksana: Client) -> None:
    at = sit_down(oksana, desks[0])
    assert oksana.put(f"{at}/break", json={"reason": "papers"}).json()["break_reason"] == "papers"
    assert oksana.post(f"{at}/calls", json={}).json()["code"] == "desk-on-break"
    assert oksana.delete(f"{at}/break").json()["break_reason"] is None


def test_the_log_of_a_ticket_says_by_what_facts_it_was_called(hall: Hall, desks: list[Desk], oksana: Client) -> None:
    at = sit_down(oksana, desks[0])
    ticket = hall.take()
    oksana.post(f"{at}/calls", json={})
    log = oksana.get(f"/api/tickets/{ticket.id}/log").json()
    assert [entry["kind"] for entry in log] == ["issued", "called"]
    assert log[0]["facts"]["number"] == ticket.number
    assert log[1]["facts"]["waited_seconds"] == 10


def test_a_silent_alarm_is_seen_by_the_head_who_answers_it(hall: Hall, desks: list[Desk], oksana: Client) -> None:
    at = sit_down(oksana, desks[0])
    assert oksana.put(f"{at}/alarm").json()["desk_number"] == 1
    oksana.post(f"/let-in/olena/{Role.OFFICE_HEAD.value}")
    assert [alarm["desk_number"] for alarm in oksana.get("/api/alarms").json()] == [1]
    assert oksana.delete(f"{at}/alarm").status_code == 200
    assert oksana.get("/api/alarms").json() == []
    assert oksana.post(f"{at}/closing").json()["occupant_id"] is None


def test_only_the_head_decides_about_the_queue(desks: list[Desk], oksana: Client) -> None:
    wish = {"overnight": "carry-over", "issues_past_closing_today": True}
    assert oksana.put("/api/queue-rules", json=wish).status_code == 403
    assert oksana.post(f"/api/desks/{desks[0].id}/closing").status_code == 403
    oksana.post(f"/let-in/olena/{Role.OFFICE_HEAD.value}")
    decided = oksana.put("/api/queue-rules", json=wish).json()
    assert (decided["overnight"], decided["issues_past_closing_on"]) == ("carry-over", "2026-11-23")
    oksana.put("/api/queue-rules", json={"issues_past_closing_today": False})
    kept = oksana.get("/api/queue-rules").json()
    assert (kept["overnight"], kept["issues_past_closing_on"]) == ("carry-over", "2026-11-22")
