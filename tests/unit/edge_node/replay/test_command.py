"""What is typed wrong is said before anything is driven; the staff file is read strictly."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from edge_node.replay.command import replay_command
from edge_node.replay.stage import StageWrong, load_stage
from sync.vocabulary.ids import OfficeId

TOML = """
hub = "http://127.0.0.1:9"
watcher = { login = "city-head", password = "a" }
line_control = "http://127.0.0.1:10"

[offices.RCP]
url = "http://127.0.0.1:11"
administrators = [{ login = "rcp-administrator", password = "a" }]
"""
TICKETS = (
    "office,queue,date,ticket,issued_minute,called_minute\n"
    "O19,O19-Q01,2020-01-09,1,480,485\nO06,O06-Q01,2020-01-09,1,480,485\n"
)


@pytest.fixture
def staff(tmp_path: Path) -> Path:
    path = tmp_path / "staff.toml"
    path.write_text(TOML)
    return path


@pytest.fixture
def tickets(tmp_path: Path) -> Path:
    path = tmp_path / "tickets.csv"
    path.write_text(TICKETS)
    return path


def test_the_staff_file_says_where_everything_stands(staff: Path):
    stage = load_stage(staff)
    assert stage.offices[OfficeId("RCP")].administrators[0].login == "rcp-administrator"
    assert stage.line_control == "http://127.0.0.1:10"
    assert load_stage(staff, line_control="http://other").line_control == "http://other"


def test_the_same_file_may_be_json(tmp_path: Path):
    path = tmp_path / "accounts.json"
    path.write_text(json.dumps({"hub": "http://h", "watcher": {"login": "w", "password": "p"}, "offices": {}}))
    assert load_stage(path).hub == "http://h"


@pytest.mark.parametrize(
    ("text", "said"),
    [("hub = 1", "hub"), (TOML + "\nsurprise = 1\n", "surprise"), ("hub = [", "staff.toml"), ("", "hub")],
)
def test_a_wrong_staff_file_is_refused_with_what_is_wrong(staff: Path, text: str, said: str):
    staff.write_text(text)
    with pytest.raises(StageWrong, match=said):
        load_stage(staff)


DAY = ("--day", "2020-01-09")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "either --tickets"),
        (("--synthetic", "1", *DAY), "--synthetic goes without"),
        (("--synthetic", "2"), "only 1 nodes"),
        (("--tickets", "{tickets}", *DAY, "--map", "O19"), "LEFT=RIGHT"),
        (("--tickets", "{tickets}", *DAY, "--map", "O19=RCP", "--map", "O06=RCP"), "each be named once"),
        (("--tickets", "{tickets}", *DAY, "--map", "O19=SHV"), "names no node of SHV"),
        (("--tickets", "{tickets}", *DAY, "--map", "O04=RCP"), "no tickets of O04"),
        (("--synthetic", "1", "--cut", "SHV=09:00-14:00"), "no such node"),
        (("--synthetic", "1", "--cut", "RCP=9-14"), "time of day"),
        (("--synthetic", "1", "--cut", "RCP=14:00-09:00"), "ends before it begins"),
        (("--synthetic", "1", "--speed", "-3"), "no speed"),
        (("--synthetic", "1", "--staff", "/nowhere.toml"), "cannot be read"),
    ],
)
def test_wrong_words_are_refused_before_anything_is_asked(
    staff: Path, tickets: Path, words: tuple[str, ...], said: str
):
    arguments = [word.format(tickets=tickets) for word in words]
    result = CliRunner().invoke(replay_command, ["--staff", str(staff), *arguments], env={"COLUMNS": "400"})
    assert result.exit_code != 0
    assert said in result.output
