"""What the head of the office sees of promised waiting times."""

from datetime import date
from pathlib import Path

from edge_node.queue import commands
from edge_node.queue.model import Desk
from edge_node.queue.model.waits.accuracy import DayAccuracy, together
from sync.vocabulary.staff import Role
from sync.vocabulary.working_days import local_day
from tests.support.hall import Hall
from tests.support.hall_app import hall_app, visiting

PAGE = {"accept": "text/html"}


def test_the_head_sees_every_day_with_its_error_and_what_each_number_means(hall: Hall, desk: Desk, tmp_path: Path):
    for _ in range(3):
        ticket = hall.take()
        hall.do(commands.promise_wait, ticket=ticket, now=hall.clock.now())
        hall.clock.move(minutes=9)
        hall.serve(desk)
    with visiting(hall_app(hall, folder=tmp_path), name="head", role=Role.OFFICE_HEAD) as head:
        page = head.get("/waits?lang=en", headers=PAGE)
    assert page.status_code == 200
    assert f"{local_day(hall.clock.now()):%d.%m.%Y}" in page.text
    assert "What the numbers mean" in page.text
    assert "meant for 80 of 100" in page.text


def test_before_the_first_call_the_page_says_there_is_nothing_yet(hall: Hall, tmp_path: Path):
    with visiting(hall_app(hall, folder=tmp_path), name="head", role=Role.OFFICE_HEAD) as head:
        assert "No ticket with a promised time" in head.get("/waits?lang=en", headers=PAGE).text


def test_nobody_else_is_shown_it(hall: Hall, tmp_path: Path):
    with visiting(hall_app(hall, folder=tmp_path), name="oksana") as administrator:
        assert administrator.get("/waits", headers=PAGE).status_code == 403


def test_days_count_by_their_promises():
    def day(compared: int, error: float, learned: int, coverage: float | None) -> DayAccuracy:
        return DayAccuracy(
            day=date(2026, 11, 20),
            promised=compared,
            compared=compared,
            learned=learned,
            error_minutes=error,
            within_5=0.5,
            within_10=0.5,
            coverage=coverage,
            shown_coverage=0.9,
            learned_error_minutes=None,
            simple_error_minutes=None,
        )

    whole = together([day(30, 4.0, 10, 0.7), day(10, 8.0, 10, 0.9), day(5, 5.0, 0, None)])
    assert whole is not None
    assert (whole.compared, round(whole.error_minutes, 2)) == (45, 5.0)
    assert whole.coverage == 0.8
    assert together([]) is None
