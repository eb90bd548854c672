"""Ticket files are read strictly: nothing is guessed, and a bad line is named."""

import gzip
from datetime import date
from pathlib import Path

import pytest

from edge_node.replay.day import minute_of_clock
from edge_node.replay.reading import BadLine, DayMissing, read_day

DAY = date(2020, 1, 9)
HEADER = "office,queue,date,ticket,issued_minute,called_minute\n"
GOOD = "O19,O19-Q01,2020-01-09,7,480.5,491\nO19,O19-Q02,2020-01-09,1,479,\nO06,O06-Q01,2020-01-09,1,500,501\n"
DESKS = (
    "office,queue,date,minute,open_desks,published_minutes\n"
    "O19,O19-Q01,2020-01-09,480,2,0\nO19,O19-Q02,2020-01-09,481,3,0\nO19,O19-Q01,2020-01-09,490,1,0\n"
)


def written(folder: Path, text: str, name: str = "tickets.csv") -> Path:
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


@pytest.mark.parametrize("name", ["tickets.csv", "tickets.csv.gz"])
def test_the_tickets_of_an_office_and_day_come_in_the_order_they_were_taken(tmp_path: Path, name: str):
    days = read_day(written(tmp_path, HEADER + GOOD, name), desks=None, day=DAY, offices={"O19"})
    assert [(visit.queue, visit.issued_minute, visit.called_minute) for visit in days["O19"].visits] == [
        ("O19-Q02", 479, None),
        ("O19-Q01", 480.5, 491),
    ]
    assert days["O19"].desks == 2


def test_the_desks_of_a_day_are_the_most_that_were_open_at_once(tmp_path: Path):
    desks = written(tmp_path, DESKS, "desks.csv")
    days = read_day(written(tmp_path, HEADER + GOOD), desks=desks, day=DAY, offices={"O19"})
    assert days["O19"].desks == 5


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("O19,O19-Q01,2020-01-09,7,480", "all"),
        ("O19,O19-Q01,2020-01-09,7,480,490,1", "all"),
        ("O19,O19-Q01,2020-01-32,7,480,490", "date"),
        ("O19,O19-Q01,09.01.2020,7,480,490", "date"),
        ("O19,O19-Q01,2020-01-09,7,-1,490", "issued_minute"),
        ("O19,O19-Q01,2020-01-09,7,nan,490", "issued_minute"),
        ("O19,O19-Q01,2020-01-09,7,1441,", "issued_minute"),
        ("O19,O19-Q01,2020-01-09,7,480,479", "called_minute"),
        ("O19,O19-Q01,2020-01-09,,480,490", "ticket"),
        (",O19-Q01,2020-01-09,7,480,490", "office"),
        ("O19, O19-Q01,2020-01-09,7,480,490", "queue"),
        ('O19,O19-Q01,2020-01-09,"7,480,490', "all"),
    ],
)
def test_a_bad_line_is_named_by_line_and_column(tmp_path: Path, line: str, column: str):
    path = written(tmp_path, HEADER + GOOD + line + "\n")
    with pytest.raises(BadLine) as caught:
        read_day(path, desks=None, day=DAY, offices={"O06"})
    assert caught.value.column == column
    assert caught.value.line == 5
    assert "tickets.csv, line 5" in str(caught.value)


def test_another_header_is_refused(tmp_path: Path):
    with pytest.raises(BadLine, match="line 1, column header"):
        read_day(written(tmp_path, "a,b\n"), desks=None, day=DAY, offices={"O19"})


def test_a_truncated_archive_is_refused(tmp_path: Path):
    path = tmp_path / "tickets.csv.gz"
    path.write_bytes(gzip.compress((HEADER + GOOD).encode())[:-12])
    with pytest.raises(BadLine):
        read_day(path, desks=None, day=DAY, offices={"O19"})


def test_a_day_without_tickets_is_said_to_be_missing(tmp_path: Path):
    with pytest.raises(DayMissing, match="O04"):
        read_day(written(tmp_path, HEADER + GOOD), desks=None, day=DAY, offices={"O19", "O04"})


def test_the_real_day_of_the_largest_office_is_read_whole(municipal: Path):
    days = read_day(
        municipal / "municipal_tickets.csv.gz",
        desks=municipal / "municipal_desks.csv.gz",
        day=DAY,
        offices={"O19", "O06", "O04"},
    )
    assert {office: len(day.visits) for office, day in days.items()} == {"O19": 1770, "O06": 762, "O04": 885}
    assert days["O19"].desks == 43


@pytest.mark.parametrize("text", ["9", "24:01", "10:60", "1x:00", "10:5"])
def test_what_is_no_time_of_day_is_refused(text: str):
    with pytest.raises(ValueError, match="time of day"):
        minute_of_clock(text)


def test_a_time_of_day_is_minutes_after_midnight():
    assert minute_of_clock("09:30") == 570
    assert minute_of_clock("24:00") == 1440
