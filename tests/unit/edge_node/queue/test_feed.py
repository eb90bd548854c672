"""The public feed of the queue in the shape of QueueMonitor."""

from pathlib import Path

from edge_node.queue.model import Desk
from sync.vocabulary.catalogue import Sphere
from tests.support.hall import Hall
from tests.support.hall_app import hall_app, visiting
from tests.support.schemas import validator

FEED = "/api/queue-monitor"


def test_every_line_has_the_shape_that_others_read(hall: Hall, desk: Desk, tmp_path: Path):
    hall.take()
    hall.serve(desk)
    hall.take()
    with visiting(hall_app(hall, folder=tmp_path)) as anybody:
        lines = anybody.get(FEED).json()
    assert lines
    for line in lines:
        validator("queue_monitor").validate(line)


def test_a_line_tells_numbers_counts_and_as_of_when(hall: Hall, desk: Desk, tmp_path: Path):
    first = hall.take()
    hall.serve(desk)
    second, third = hall.take(), hall.take()
    with visiting(hall_app(hall, folder=tmp_path)) as anybody:
        answer = anybody.get(FEED)
    [line] = [line for line in answer.json() if line["serviceId"] == Sphere.PASSPORTS.value]
    assert line["lastTicketIssuedLabel"] == third.number
    assert (line["lastTicketIssued"], line["ticketServed"], line["ticketsToServe"]) == (3, 1, 2)
    assert line["ticketServedLabel"] == first.number
    assert line["serviceStatus"] == "Open"
    assert line["dateModified"].startswith(f"{hall.clock.now():%Y-%m-%dT%H:%M}")
    assert second.token not in answer.text
    assert second.id not in answer.text
    assert "clerk" not in answer.text


def test_a_hall_with_nobody_at_a_desk_is_closed(hall: Hall, tmp_path: Path):
    hall.set_up((Sphere.PASSPORTS,))
    with visiting(hall_app(hall, folder=tmp_path)) as anybody:
        [line] = anybody.get(FEED).json()
    assert line["serviceStatus"] == "Closed"
    assert "lastTicketIssued" not in line
    validator("queue_monitor").validate(line)


def test_the_feed_is_in_the_description_of_the_interfaces(hall: Hall, tmp_path: Path):
    with visiting(hall_app(hall, folder=tmp_path)) as anybody:
        paths = anybody.get("/schema/openapi.json").json()["paths"]
    assert "QueueMonitor" in paths[FEED]["get"]["description"]
