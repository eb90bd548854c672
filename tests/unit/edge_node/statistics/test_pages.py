"""Figures on pages and in files: whose they are, what they mean, and that no cell is a formula."""

import csv
import io
import zipfile
from pathlib import Path

import pytest

from edge_node.queue.model import Desk
from edge_node.statistics import listeners
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.staff import Role
from sync.web.hall_figures import COLUMNS
from sync.web.sheets import Sheet, csv_of, xlsx_of
from tests.support.hall import Hall
from tests.support.hall_app import hall_app, visiting

PAGE = {"accept": "text/html"}
HOSTILE = '=HYPERLINK("http://evil.example")'


@pytest.fixture
def hall(tmp_path: Path):
    hall = Hall(tmp_path)
    desks: list[Desk] = [hall.open_desk(desk) for desk in hall.set_up((Sphere.PASSPORTS,), (Sphere.PASSPORTS,))]
    for desk in (desks[0], desks[1], desks[1]):
        hall.take()
        hall.clock.move(minutes=5)
        hall.serve(desk)
    listeners.catch_up(hall.store)
    yield hall
    hall.close()


def rows(answer) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_the_head_sees_every_number_with_what_it_means(hall: Hall, tmp_path: Path):
    with visiting(hall_app(hall, folder=tmp_path), name="head", role=Role.OFFICE_HEAD) as head:
        page = head.get("/statistics?lang=en", headers=PAGE).text
    assert "on average from taking the ticket to its first call" in page
    assert page.count("meanings__number") == len(COLUMNS)
    assert "23.11.2026" in page


def test_the_head_compares_administrators_who_see_only_themselves(hall: Hall, tmp_path: Path):
    app, by = hall_app(hall, folder=tmp_path), "/statistics/csv?by=staff&lang=en"
    with visiting(app, name="head", role=Role.OFFICE_HEAD) as head:
        assert {row[0] for row in rows(head.get(by))} >= {"clerk-1", "clerk-2"}
    with visiting(app, name="clerk-2") as own:
        mine = rows(own.get(by))
        page = own.get("/statistics?by=staff&lang=en", headers=PAGE).text
    assert mine[-1][1] == "2"
    assert mine[0][0] == "Day"
    assert not any("clerk" in cell for row in mine for cell in row)
    assert "My figures" in page
    assert "Administrator<" not in page


def test_who_neither_serves_nor_watches_sees_nothing(hall: Hall, tmp_path: Path):
    with visiting(hall_app(hall, folder=tmp_path), name="registrar", role=Role.REGISTRAR) as registrar:
        assert registrar.get("/statistics", headers=PAGE).status_code == 403


def test_a_period_the_wrong_way_round_or_too_long_is_refused(hall: Hall, tmp_path: Path):
    with visiting(hall_app(hall, folder=tmp_path), name="head", role=Role.OFFICE_HEAD) as head:
        assert head.get("/statistics?since=2026-11-23&until=2026-11-20", headers=PAGE).status_code == 422
        assert head.get("/statistics?since=2016-11-23&until=2026-11-20", headers=PAGE).status_code == 422


def test_days_without_a_hall_say_so(hall: Hall, tmp_path: Path):
    with visiting(hall_app(hall, folder=tmp_path), name="head", role=Role.OFFICE_HEAD) as head:
        page = head.get("/statistics?since=2026-01-01&until=2026-01-02&lang=en", headers=PAGE)
    assert "Nothing happened in the hall" in page.text


def test_the_spreadsheet_holds_what_the_page_shows(hall: Hall, tmp_path: Path):
    with visiting(hall_app(hall, folder=tmp_path), name="head", role=Role.OFFICE_HEAD) as head:
        answer = head.get("/statistics/xlsx?by=desk&lang=en")
    assert answer.headers["content-disposition"].endswith('.xlsx"')
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        texts = book.read("xl/sharedStrings.xml").decode()
    assert "Desk 2" in texts
    assert "on average from taking the ticket to its first call" in texts


def test_no_cell_is_ever_a_formula():
    sheet = Sheet(name="hall", heads=["@head"], rows=[[HOSTILE], ["-1+1"], [5]])
    lines = list(csv.reader(io.StringIO(csv_of(sheet).decode("utf-8-sig"))))
    assert lines == [["'@head"], [f"'{HOSTILE}"], ["'-1+1"], ["5"]]
    with zipfile.ZipFile(io.BytesIO(xlsx_of(sheet))) as book:
        page = book.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in page
        assert "hyperlink" not in page
        assert "HYPERLINK" in book.read("xl/sharedStrings.xml").decode()
