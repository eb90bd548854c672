"""The board, and the queue as JSON."""

import json
from pathlib import Path

from litestar import Litestar
from litestar.testing import TestClient

from edge_node.display_board import queries
from edge_node.display_board.controllers import BEAT_SECONDS
from edge_node.display_board.model import NOTICES_MAX, BoardView
from edge_node.queue import commands
from sync.vocabulary.staff import Role
from sync.web.i18n import Texts, speaking, use_texts
from sync.web.pages import folders_of
from tests.support.hall import Hall
from tests.support.hall_app import hall_app, visiting

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


def called(hall: Hall, count: int) -> int:
    """So many visitors are called one after another; the last call's number in the log."""
    (desk,) = hall.do(commands.set_up_desks, [], ids=hall.ids)
    for _ in range(count):
        hall.take()
        hall.serve(desk)
    return board_now(hall).sequence


def board_now(hall: Hall, *, seen: int | None = None) -> BoardView:
    return hall.store.read_now(lambda reader: queries.board_view(reader, now=hall.clock.now(), seen=seen))


def test_a_board_that_comes_back_is_given_every_call_it_missed(hall: Hall) -> None:
    seen = called(hall, 2)
    called(hall, 8)
    view = board_now(hall, seen=seen)
    assert view.newest is not None
    assert view.newest.number == "Д010"
    assert [call.number for call in view.earlier] == ["Д009", "Д008", "Д007", "Д006", "Д005"]
    assert [call.number for call in view.missed] == ["Д003", "Д004"]
    assert board_now(hall).missed == (), "a board that comes anew has missed nothing"


def test_what_was_called_long_ago_is_not_called_again(hall: Hall) -> None:
    seen = called(hall, 1)
    called(hall, 7)
    hall.clock.move(minutes=11)
    assert board_now(hall, seen=seen).missed == ()


def test_missed_calls_draw_the_eye_when_they_are_shown_at_last(hall: Hall, board: Client) -> None:
    seen = called(hall, 1)
    called(hall, 8)
    hall.clock.move(minutes=2)
    template = board.app.template_engine.get_template("display_board/_calls.html")
    use_texts(Texts.load(folders_of(["edge_node"])))
    with speaking("uk"):
        shown = template.render(view=board_now(hall, seen=seen))
        usual = template.render(view=board_now(hall))
    assert "board__call--new" in shown
    assert "Викликані, поки табло мовчало" in shown
    assert "board__last--new" in shown
    assert "board__call--new" not in usual
    assert "board__missed" not in usual


def test_the_board_counts_who_waits_for_what(hall: Hall, board: Client) -> None:
    hall.take()
    page = board.get("/board", headers={"accept": "text/html"}).text
    assert '<span class="board__letter">Д</span>' in page
    assert '<span class="board__waiting">1<' in page


def test_a_board_beats_more_often_than_it_grows_stale(board: Client) -> None:
    page = board.get("/board", headers={"accept": "text/html"}).text
    assert 'data-stale-after-seconds="5"' in page
    assert BEAT_SECONDS < 5 / 2


NOTICE = {"text_uk": "Завтра центр  працює до 14:00.", "text_en": "", "until_on": "2030-01-01"}


def test_the_head_writes_a_notice_and_takes_it_off(hall: Hall, tmp_path: Path) -> None:
    with visiting(hall_app(hall, folder=tmp_path), name="head", role=Role.OFFICE_HEAD) as head:
        page = head.post("/board/notices", data=NOTICE, headers={"accept": "text/html"})
        assert page.status_code == 200
        assert "Завтра центр працює до 14:00." in head.get("/board", headers={"accept": "text/html"}).text
        (notice,) = hall.store.read_now(lambda reader: queries.notices(reader, on=hall.clock.now().date()))
        head.post(f"/board/notices/{notice.id}/removal", headers={"accept": "text/html"})
        assert "14:00." not in head.get("/board", headers={"accept": "text/html"}).text
        assert head.post(f"/board/notices/{notice.id}/removal").status_code == 404


def test_a_notice_ends_with_its_last_day_and_a_fourth_has_no_room(hall: Hall, tmp_path: Path) -> None:
    today = hall.clock.now().date().isoformat()
    with visiting(hall_app(hall, folder=tmp_path), name="head", role=Role.OFFICE_HEAD) as head:
        assert head.post("/board/notices", data={**NOTICE, "until_on": "2020-01-01"}).status_code == 409
        for _ in range(NOTICES_MAX):
            head.post("/board/notices", data={**NOTICE, "until_on": today}).raise_for_status()
        assert head.post("/board/notices", data=NOTICE).json()["code"] == "notices-full"
    hall.clock.move(days=1)
    assert hall.store.read_now(lambda reader: queries.hall_view(reader, now=hall.clock.now())).notices == ()


def test_only_the_head_writes_on_the_board(hall: Hall, tmp_path: Path) -> None:
    with visiting(hall_app(hall, folder=tmp_path), name="clerk", role=Role.ADMINISTRATOR) as clerk:
        assert clerk.get("/board/notices").status_code == 403
        assert clerk.post("/board/notices", data=NOTICE).status_code == 403
