"""The hall as anybody may see it, and how long one waits."""

import msgspec
import pytest

from edge_node.queue import commands, queries
from edge_node.queue.model import Desk, QueueNow, QueuePace, WaitRange, estimate
from edge_node.queue.queries import DayCounts
from sync.vocabulary.catalogue import Sphere
from tests.support.hall import Hall, clerk


def now(hall: Hall) -> QueueNow:
    return hall.store.read_now(lambda reader: queries.queue_now(reader, now=hall.clock.now()))


def test_the_board_shows_the_last_five_calls_newest_first(hall: Hall, desk: Desk) -> None:
    for _ in range(7):
        hall.take()
        hall.serve(desk)
    assert [call.number for call in now(hall).last_calls] == ["Д007", "Д006", "Д005", "Д004", "Д003"]


def test_a_recall_brings_a_ticket_to_the_top_once(hall: Hall) -> None:
    one, two = (hall.open_desk(d) for d in hall.set_up((Sphere.PASSPORTS,), (Sphere.PASSPORTS,)))
    hall.take()
    hall.take()
    first = hall.call(one)
    hall.clock.move(seconds=1)
    hall.call(two)
    hall.do(commands.recall, ticket_id=first.id, by=clerk(one), now=hall.clock.move(seconds=30))
    assert [(call.number, call.desk_number) for call in now(hall).last_calls] == [("Д001", 1), ("Д002", 2)]


def test_a_page_that_was_away_is_told_every_call_it_missed(hall: Hall, desk: Desk) -> None:
    hall.take()
    hall.take()
    hall.serve(desk)
    seen = now(hall).last_calls[0].sequence
    hall.serve(desk)
    missed = hall.store.read_now(lambda r: queries.calls_after(r, sequence=seen, now=hall.clock.now()))
    assert [call.number for call in missed] == ["Д002"]


def test_the_queue_counts_the_waiting_by_sphere_and_shows_open_desks(hall: Hall) -> None:
    one, _ = hall.set_up((Sphere.PASSPORTS, Sphere.PENSIONS), (Sphere.BUSINESS,))
    hall.open_desk(one)
    hall.take(Sphere.PASSPORTS)
    hall.take(Sphere.PASSPORTS)
    hall.take(Sphere.BUSINESS)
    view = now(hall)
    assert {row.sphere: (row.waiting, row.open_desks) for row in view.waiting} == {
        Sphere.PASSPORTS: (2, 1),
        Sphere.PENSIONS: (0, 1),
        Sphere.BUSINESS: (1, 0),
    }
    assert [desk.number for desk in view.open_desks] == [1]


def test_what_everybody_may_see_names_no_ticket_id_and_no_token(hall: Hall, desk: Desk) -> None:
    tickets = [hall.take() for _ in range(2)]
    hall.call(desk)
    text = msgspec.json.encode(now(hall)).decode()
    assert not any(secret in text for ticket in tickets for secret in (ticket.id, ticket.token))
    assert clerk(desk) not in text


@pytest.mark.parametrize(
    ("pace", "expected"),
    [
        (QueuePace(ahead=0, open_desks=1, called_last_hour=0, last_wait_minutes=None), (0, 5)),
        (QueuePace(ahead=4, open_desks=2, called_last_hour=0, last_wait_minutes=None), (15, 50)),
        (QueuePace(ahead=10, open_desks=2, called_last_hour=30, last_wait_minutes=20.0), (10, 35)),
    ],
)
def test_the_estimate_is_a_range_around_both_predictors(pace: QueuePace, expected: tuple[int, int]) -> None:
    low, high = expected
    assert estimate(pace) == WaitRange(from_minutes=low, to_minutes=high)


def test_nothing_is_promised_while_no_desk_is_open() -> None:
    assert estimate(QueuePace(ahead=3, open_desks=0, called_last_hour=0, last_wait_minutes=None)) is None


def test_the_counts_of_the_day_average_the_waits_and_the_visits(hall: Hall, desk: Desk) -> None:
    hall.take()
    hall.take()
    first = hall.call(desk)
    hall.do(commands.start_serving, ticket_id=first.id, by=clerk(desk), now=hall.clock.now())
    hall.do(commands.finish, ticket_id=first.id, by=clerk(desk), now=hall.clock.move(minutes=3))
    counts = hall.store.read_now(lambda reader: queries.day_counts(reader, now=hall.clock.now()))
    assert counts == DayCounts(issued=2, served=1, average_wait_seconds=20, average_service_seconds=180)
