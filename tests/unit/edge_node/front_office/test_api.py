"""A desk over JSON."""

from litestar import Litestar
from litestar.testing import TestClient

from edge_node.queue.model import Desk
from sync.vocabulary.staff import Role
from tests.support.hall import Hall

Client = TestClient[Litestar]


def test_a_visit_from_call_to_finish(hall: Hall, desks: list[Desk], oksana: Client) -> None:
    desk_id = desks[0].id
    assert oksana.put(f"/api/desks/{desk_id}/occupant").json()["occupant_id"] == "oksana"
    hall.take()
    called = oksana.post(f"/api/desks/{desk_id}/calls", json={})
    assert called.status_code == 201
    assert (called.json()["number"], called.json()["desk_number"]) == ("Д001", 1)
    ticket_id = called.json()["id"]
    hall.clock.move(seconds=20)
    assert oksana.post(f"/api/tickets/{ticket_id}/recall").json()["recall_count"] == 1
    assert oksana.post(f"/api/tickets/{ticket_id}/serving").json()["state"] == "serving"
    assert oksana.post(f"/api/tickets/{ticket_id}/finish").json()["state"] == "served"
    log = oksana.get(f"/api/tickets/{ticket_id}/log").json()
    assert [entry["kind"] for entry in log] == ["issued", "called", "recalled", "serving", "served"]
    assert log[1]["reason"] == "longest-waiting"
    assert oksana.delete(f"/api/desks/{desk_id}/occupant").json()["occupant_id"] is None


def test_a_no_show(hall: Hall, desks: list[Desk], oksana: Client) -> None:
    oksana.put(f"/api/desks/{desks[0].id}/occupant")
    ticket = hall.take()
    oksana.post(f"/api/desks/{desks[0].id}/calls", json={"ticket_number": ticket.number})
    assert oksana.post(f"/api/tickets/{ticket.id}/no-show").json()["state"] == "no_show"


def test_a_transfer_names_exactly_one_place(hall: Hall, desks: list[Desk], oksana: Client) -> None:
    oksana.put(f"/api/desks/{desks[0].id}/occupant")
    ticket = hall.take()
    oksana.post(f"/api/desks/{desks[0].id}/calls", json={})
    for wish in ({}, {"sphere": "pensions", "desk_id": desks[1].id}):
        answer = oksana.post(f"/api/tickets/{ticket.id}/transfer", json=wish)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["rule"] == "one-of-two"
    assert oksana.post(f"/api/tickets/{ticket.id}/transfer", json={"sphere": "pensions"}).json()["state"] == "waiting"


def test_an_empty_queue_is_a_problem_with_a_code_and_a_sentence(desks: list[Desk], oksana: Client) -> None:
    oksana.put(f"/api/desks/{desks[0].id}/occupant")
    answer = oksana.post(f"/api/desks/{desks[0].id}/calls", json={})
    assert answer.status_code == 409
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert (answer.json()["code"], answer.json()["facts"]) == ("queue-empty", {"desk_number": 1})


def test_the_desk_of_another_is_forbidden(hall: Hall, desks: list[Desk], oksana: Client) -> None:
    hall.open_desk(desks[0])
    hall.take()
    answer = oksana.post(f"/api/desks/{desks[0].id}/calls", json={})
    assert (answer.status_code, answer.json()["code"]) == (403, "desk-of-another")


GUARDED = (
    ("PUT", "/api/desks/01X/occupant"),
    ("DELETE", "/api/desks/01X/occupant"),
    ("POST", "/api/desks/01X/calls"),
    ("POST", "/api/tickets/01X/recall"),
    ("POST", "/api/tickets/01X/serving"),
    ("POST", "/api/tickets/01X/no-show"),
    ("POST", "/api/tickets/01X/finish"),
    ("POST", "/api/tickets/01X/transfer"),
    ("GET", "/api/tickets/01X/log"),
    ("GET", "/desk"),
    ("POST", "/desk/call-next"),
    ("GET", "/live/desk"),
)


def test_only_who_serves_at_desks_may_do_this(stranger: Client) -> None:
    for method, path in (*GUARDED, ("GET", "/api/desks")):
        assert stranger.request(method, path, json={}).status_code == 401, path
    stranger.post(f"/let-in/iryna/{Role.REGISTRAR.value}")
    for method, path in GUARDED:
        assert stranger.request(method, path, json={}).status_code == 403, path
