"""The board, and the queue as JSON."""

import json

from litestar import Litestar
from litestar.testing import TestClient

from edge_node.queue import commands
from tests.support.hall import Hall

Client = TestClient[Litestar]


def test_the_queue_is_open_to_anybody_and_names_nobody(hall: Hall, board: Client) -> None:
    ticket = hall.take()
    answer = board.get("/api/queue")
    assert answer.status_code == 200
    assert answer.json()["office_id"] == "SHV"
    assert {row["sphere"]: row["waiting"] for row in answer.json()["queue"]["waiting"]} == {
        "passports": 1,
        "pensions": 0,
    }
    assert ticket.id not in json.dumps(answer.json())
    assert ticket.token not in json.dumps(answer.json())


def test_the_board_shows_a_call_and_those_before_it(hall: Hall, board: Client) -> None:
    (desk,) = hall.do(commands.set_up_desks, [], ids=hall.ids)
    assert "ще нікого не викликали" in board.get("/board", headers={"accept": "text/html"}).text
    for _ in range(2):
        hall.take()
        hall.serve(desk)
        hall.clock.move(seconds=5)
    page = board.get("/board", headers={"accept": "text/html"}).text
    assert '<div class="board__number">Д002</div>' in page
    assert "<li><span>Д001</span><span>вікно 1</span></li>" in page
    assert "board__call--new" in page
    hall.clock.move(seconds=10)
    assert "board__call--new" not in board.get("/board", headers={"accept": "text/html"}).text
