"""``edge-node evaluate-waits`` as it is typed: what it prints, and what it says of files it cannot use."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from edge_node.cli import main

from .conftest import DESKS, TICKETS, Files

METHODS = ["ours", "static", "throughput", "last_wait", "mix"]


def run(*arguments: str | Path):
    return CliRunner().invoke(main, ["evaluate-waits", *map(str, arguments)])


@pytest.mark.processes
def test_the_real_command_prints_one_object_of_scores(files: Files):
    files.day(every=3)
    files.write()
    program = Path(sys.executable).with_name("edge-node")
    done = subprocess.run(
        [program, "evaluate-waits", "--tickets", files.tickets, "--desks", files.desks, "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    assert list(found) == ["points", "methods"]
    assert found["points"] > 20
    assert list(found["methods"]) == METHODS
    for name, score in found["methods"].items():
        assert set(score) - {"coverage"} == {"mae_minutes", "median_minutes", "within_5", "within_10"}
        assert ("coverage" in score) == (name == "ours")
        assert 0 <= score["within_5"] <= score["within_10"] <= 1
        assert score["mae_minutes"] >= 0
    assert done.stderr == ""


def test_packed_files_give_the_same_scores(files: Files, tmp_path: Path):
    files.day()
    files.write()
    packed = []
    for plain in (files.tickets, files.desks):
        packed.append(tmp_path / f"{plain.name}.gz")
        packed[-1].write_bytes(gzip.compress(plain.read_bytes()))
    plain_scores = run("--tickets", files.tickets, "--desks", files.desks, "--json").stdout
    assert run("--tickets", packed[0], "--desks", packed[1], "--json").stdout == plain_scores


def test_a_file_saved_by_a_spreadsheet_is_read_alike(files: Files):
    """With a mark at its beginning, Windows' ends of lines and published minutes with a fraction."""
    files.day()
    files.write()
    plain_scores = run("--tickets", files.tickets, "--desks", files.desks, "--json").stdout
    for path in (files.tickets, files.desks):
        text = path.read_text(encoding="utf-8").replace(",10\n", ",10.0\n").replace("\n", "\r\n")
        path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert run("--tickets", files.tickets, "--desks", files.desks, "--json").stdout == plain_scores


def test_without_json_a_table_names_every_method_with_the_definitions(files: Files):
    files.day()
    files.write()
    shown = run("--tickets", files.tickets, "--desks", files.desks)
    assert shown.exit_code == 0
    for word in ("ours", "mix", "mean error", "coverage", "A point: every five minutes", "left out"):
        assert word in " ".join(shown.stdout.replace("half throughput, half last wait", "mix").split())


def test_files_without_a_point_give_empty_scores_and_say_why(files: Files):
    files.ticket(480, 500)
    files.write()
    empty = run("--tickets", files.tickets, "--desks", files.desks, "--json")
    assert empty.exit_code == 0
    assert json.loads(empty.stdout)["points"] == 0
    assert json.loads(empty.stdout)["methods"]["ours"]["mae_minutes"] is None
    assert "no line of desks" in empty.stderr
    assert "no point at all" in empty.stderr


@pytest.mark.parametrize(
    ("tickets", "desks", "said"),
    [
        ("", "", "tickets.csv, line 2, column issued_minute: has to be minutes"),
        ("O1,Q1,2020-01-06,1,480,470", "", "line 2, column called_minute: called before"),
        ("O1,Q1,06.01.2020,1,480,490", "", "line 2, column date: has to be a day"),
        ("O1,Q1,2020-01-06,1,480", "", "line 2, column all: 5 columns, not 6"),
        ("O1,Q1,2020-01-06,1,480,490", "O1,Q1,2020-01-06,480,-1,0", "desks.csv, line 2, column open_desks: has to be"),
        ("O1,Q1,2020-01-06,1,480,490", "O1,Q1,2020-01-06,480,1,soon", "desks.csv, line 2, column published_minutes"),
    ],
)
def test_a_bad_line_is_named_by_file_line_column_and_rule(tmp_path: Path, tickets: str, desks: str, said: str):
    (tmp_path / "tickets.csv").write_text(f"{TICKETS}\n{tickets or 'O1,Q1,2020-01-06,1,noon,'}\n", encoding="utf-8")
    (tmp_path / "desks.csv").write_text(f"{DESKS}\n{desks}\n" if desks else f"{DESKS}\n", encoding="utf-8")
    wrong = run("--tickets", tmp_path / "tickets.csv", "--desks", tmp_path / "desks.csv", "--json")
    assert wrong.exit_code == 1
    assert said in " ".join(wrong.stderr.replace("│", " ").split())


def test_other_trees_than_this_releases_are_refused(files: Files, tmp_path: Path):
    files.day()
    files.write()
    (tmp_path / "trees").write_bytes(b"old")
    wrong = run("--tickets", files.tickets, "--desks", files.desks, "--trees", tmp_path / "trees")
    assert wrong.exit_code == 1
