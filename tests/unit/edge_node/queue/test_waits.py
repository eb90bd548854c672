"""The waiting time a visitor is told: learned from the office's own log, kept, and compared with what came."""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta

import pytest

from edge_node.queue import commands, queries
from edge_node.queue.listeners import foresee_waits, learn_past_days, watch_day
from edge_node.queue.model import Desk, Place, QueueNow, Ticket
from edge_node.queue.model.waits.forest import shipped
from edge_node.queue.model.waits.office import FORECAST_LASTS, OfficeWaits
from edge_node.queue.queries.waits import forecast_of
from sync.storage import Transaction
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.working_days import local_day
from tests.support.hall import Hall, clerk

SPHERE = Sphere.PASSPORTS


def watched(hall: Hall) -> OfficeWaits:
    """The office as the loop would know it, from the log alone."""
    return hall.store.read_now(lambda reader: watch_day(reader, day=local_day(hall.clock.now())))


def foresee(hall: Hall) -> OfficeWaits:
    waits, now = watched(hall), hall.clock.now()
    found = [waits.forecast(sphere, forests=shipped(), now=now) for sphere in waits.spheres]
    hall.do(commands.keep_forecasts, found=found)
    return waits


def promise(hall: Hall, ticket: Ticket) -> Place:
    return hall.do(commands.promise_wait, ticket=ticket, now=hall.clock.now())


def place(hall: Hall, ticket: Ticket) -> Place:
    return hall.store.read_now(lambda reader: queries.place_of(reader, ticket=ticket, now=hall.clock.now()))


def busy(hall: Hall, desk: Desk, *, visitors: int = 12) -> None:
    """Somebody takes a ticket every four minutes, and is served for six."""
    for number in range(visitors):
        hall.take()
        hall.clock.move(minutes=4)
        if number % 3:
            hall.serve(desk)


def test_before_anything_is_learned_the_simple_range_is_told(hall: Hall, desk: Desk):
    first = hall.take()
    hall.call(desk)
    second = hall.take()
    assert watched(hall).spheres == [SPHERE]
    assert hall.store.read_now(lambda reader: forecast_of(reader, sphere=SPHERE, now=hall.clock.now())) is None
    assert place(hall, second).expected is not None
    assert first.number != second.number


def test_without_a_call_and_without_an_earlier_day_there_is_nothing_to_learn_from(hall: Hall, desk: Desk):
    hall.take()
    assert watched(hall).spheres == []


def test_the_log_alone_tells_who_waits_and_which_desks_are_open(hall: Hall, desk: Desk):
    busy(hall, desk)
    line = watched(hall)._line(SPHERE)
    waiting = hall.store.read_now(lambda reader: queries.paces(reader, now=hall.clock.now()))[SPHERE].ahead
    assert len(line.waiting) == waiting == 4
    assert (line.desks, len(line.calls)) == (1, 8)
    hall.do(commands.leave_desk, desk_id=desk.id, by=clerk(desk), now=hall.clock.now())
    assert watched(hall)._line(SPHERE).desks == 0


def test_a_call_taken_back_leaves_the_visitor_in_line(hall: Hall, desk: Desk):
    ticket = hall.take()
    hall.call(desk)
    hall.do(commands.undo_last, desk_id=desk.id, by=clerk(desk), now=hall.clock.now())
    assert list(watched(hall)._line(SPHERE).waiting) == [ticket.id]


def test_a_visitor_who_gives_up_is_waited_for_no_more(hall: Hall, desk: Desk):
    ticket = hall.take()
    hall.do(commands.give_up_ticket, token=ticket.token, now=hall.clock.now())
    assert not watched(hall)._line(SPHERE).waiting


def test_the_learned_range_grows_with_the_place_and_is_rounded_to_five_minutes(hall: Hall, desk: Desk):
    busy(hall, desk)
    hall.call(desk)
    foresee(hall)
    found = hall.store.read_now(lambda reader: forecast_of(reader, sphere=SPHERE, now=hall.clock.now()))
    assert found is not None
    told = [found.for_place(people).told for people in range(1, 30)]
    assert [each.middle for each in told] == sorted(each.middle for each in told)
    assert all(each.low <= each.middle <= each.high for each in told)
    expected = place(hall, hall.take()).expected
    assert expected is not None
    assert expected.from_minutes % 5 == expected.to_minutes % 5 == 0
    assert expected.to_minutes > expected.from_minutes


def test_the_board_tells_a_newcomer_what_the_paper_would(hall: Hall, desk: Desk):
    busy(hall, desk)
    hall.call(desk)
    foresee(hall)
    hall_now: QueueNow = hall.store.read_now(lambda reader: queries.queue_now(reader, now=hall.clock.now()))
    assert next(row.expected for row in hall_now.waiting if row.sphere is SPHERE) == promise(hall, hall.take()).expected


def test_an_old_forecast_is_told_no_more(hall: Hall, desk: Desk):
    busy(hall, desk)
    foresee(hall)
    later = hall.clock.now() + FORECAST_LASTS + timedelta(seconds=1)
    assert hall.store.read_now(lambda reader: forecast_of(reader, sphere=SPHERE, now=later)) is None


def test_whoever_finds_a_free_desk_waits_at_most_five_minutes(hall: Hall, desk: Desk):
    busy(hall, desk, visitors=3)
    foresee(hall)
    for _ in range(4):
        if hall.store.read_now(lambda reader: queries.paces(reader, now=hall.clock.now()))[SPHERE].ahead:
            hall.serve(desk)
    told = promise(hall, hall.take()).expected
    assert told is not None
    assert (told.from_minutes, told.to_minutes) == (0, 5)


def accuracy(hall: Hall):
    since = local_day(hall.clock.now()) - timedelta(days=10)
    return hall.store.read_now(lambda reader: queries.accuracy_by_day(reader, since=since))


def test_every_promise_is_held_against_the_first_call(hall: Hall, desk: Desk):
    busy(hall, desk)
    hall.call(desk)
    foresee(hall)
    ticket = hall.take()
    told = promise(hall, ticket)
    assert accuracy(hall) == []
    hall.do(commands.start_serving, ticket_id=at_desk(hall, desk), by=clerk(desk), now=hall.clock.now())
    hall.do(commands.finish, ticket_id=at_desk(hall, desk), by=clerk(desk), now=hall.clock.now())
    while hall.ticket(ticket.id).called_at is None:
        hall.clock.move(minutes=7)
        hall.serve(desk)
    (day,) = accuracy(hall)
    called_at = hall.ticket(ticket.id).called_at
    assert called_at is not None
    waited = (called_at - ticket.issued_at).total_seconds() / 60
    assert told.expected is not None
    assert (day.promised, day.compared, day.learned) == (1, 1, 1)
    assert day.shown_coverage == (told.expected.from_minutes <= waited <= told.expected.to_minutes)
    assert 0 <= day.error_minutes <= 300
    assert day.learned_error_minutes == pytest.approx(day.error_minutes)
    assert len(watched(hall).outcomes) == 1


def at_desk(hall: Hall, desk: Desk):
    found = hall.store.read_now(lambda reader: queries.ticket_at_desk(reader, desk_id=desk.id))
    assert found is not None
    return found.id


def test_a_finished_day_is_learned_once_and_known_the_next_day(hall: Hall, desk: Desk):
    busy(hall, desk)
    today = local_day(hall.clock.now())
    hall.clock.move(hours=24)
    learned = [learn_past_days(hall.store, now=hall.clock.now()) for _ in range(2)]
    assert learned == [[today], []]
    past = watched(hall)._past[SPHERE]
    assert past is not None
    assert (past.days, sum(past.calls)) == (1, 8)


def test_promises_name_no_person(hall: Hall, desk: Desk):
    columns = hall.store.read_now(lambda reader: reader.column("select name from pragma_table_info('wait_promises')"))
    assert set(columns) == {
        *("ticket_id", "day", "sphere", "at", "people", "simple", "roots", "shown_from", "shown_to"),
        *("taught_low", "taught_middle", "taught_high", "told_low", "told_middle", "told_high"),
    }


def test_a_promise_costs_a_ticket_next_to_nothing(hall: Hall, desk: Desk):
    """Reading a forecast and keeping the promise: no more than a tenth of what issuing itself takes in statements."""
    busy(hall, desk)
    hall.call(desk)
    foresee(hall)
    ticket = hall.take()
    statements: list[str] = []

    def traced(tx: Transaction) -> Place:
        tx._connection.set_trace_callback(statements.append)
        try:
            return commands.promise_wait(tx, ticket=ticket, now=hall.clock.now())
        finally:
            tx._connection.set_trace_callback(None)

    hall.store.run_now(traced)
    assert len(statements) <= 4
    assert not any("queue_events" in statement for statement in statements)


def test_now_is_the_only_clock(hall: Hall, desk: Desk):
    busy(hall, desk)
    moment: datetime = hall.clock.now()
    first, second = (watched(hall).forecast(SPHERE, forests=shipped(), now=moment) for _ in range(2))
    assert first == second


@pytest.mark.anyio
async def test_the_loop_learns_yesterday_and_keeps_a_forecast_of_today(hall: Hall, desk: Desk):
    busy(hall, desk)
    hall.clock.move(hours=24)
    busy(hall, desk, visitors=4)
    loop = asyncio.create_task(foresee_waits(hall.store, hall.clock))
    while (
        found := await hall.store.read(lambda reader: forecast_of(reader, sphere=SPHERE, now=hall.clock.now()))
    ) is None:
        assert not loop.done()
    loop.cancel()
    with suppress(asyncio.CancelledError):
        await loop
    assert found.at == hall.clock.now()
    assert hall.store.read_now(lambda reader: reader.scalar("select count(*) from wait_days")) == 1
