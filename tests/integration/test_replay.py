"""A day is driven through real processes, and the replay's own verdict is trusted only because it sees faults too."""

import json
import subprocess
from pathlib import Path

import msgspec
import pytest

from edge_node.replay.report import Report
from tests.integration.conftest import Processes
from tests.support.processes import BIN, Hub, Office, wait_until

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]

OPENS_MINUTE = 480
TICKETS = 45
REPLAY_SECONDS_MAX = 100


@pytest.fixture
def tickets(tmp_path: Path) -> Path:
    """One ticket a minute, each called two minutes later."""
    lines = [f"O1,Q{n % 3},2020-01-09,{n},{OPENS_MINUTE + n},{OPENS_MINUTE + n + 2}" for n in range(TICKETS)]
    path = tmp_path / "tickets.csv"
    path.write_text("office,queue,date,ticket,issued_minute,called_minute\n" + "\n".join(lines) + "\n")
    return path


def staff_file(folder: Path, hub: Hub, office: Office) -> Path:
    logins = [f"{office.office_id.lower()}-administrator", f"{office.office_id.lower()}-administrator-2"]
    stage = {
        "hub": hub.address,
        "watcher": {"login": "city-head", "password": hub.password},
        "offices": {
            office.office_id: {
                "url": office.address,
                "administrators": [{"login": login, "password": hub.password} for login in logins],
            }
        },
    }
    path = folder / "accounts.json"
    path.write_text(json.dumps(stage))
    return path


def begin_replay(folder: Path, tickets: Path, staff: Path, *, speed: str) -> "subprocess.Popen[str]":
    command = ["edge-node", "replay", "--tickets", tickets, "--day", "2020-01-09", "--map", "O1=SHV"]
    command += ["--staff", staff, "--json", folder / "report.json", "--speed", speed]
    arguments = [str(BIN / "edge-node"), *(str(each) for each in command[1:])]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def ended(replay: "subprocess.Popen[str]", folder: Path) -> Report:
    said, _ = replay.communicate(timeout=REPLAY_SECONDS_MAX)
    assert replay.returncode == 0, said
    return msgspec.json.decode((folder / "report.json").read_bytes(), type=Report)


def an_open_office(processes: Processes) -> Office:
    office = processes.open_office("SHV")
    with office.sign_in():
        return office


def test_a_driven_day_is_at_the_hub_whole_and_once(processes: Processes, tickets: Path, tmp_path: Path):
    office = an_open_office(processes)
    staff = staff_file(tmp_path, processes.hub, office)
    report = ended(begin_replay(tmp_path, tickets, staff, speed="max"), tmp_path)
    (found,) = report.offices
    assert (found.office.tickets, found.office.served, found.office.cases) == (TICKETS, TICKETS, TICKETS // 3)
    assert (found.hub.tickets, found.hub.cases) == (TICKETS, TICKETS // 3)
    assert (report.lost, report.doubled, report.quarantined) == (0, 0, 0)


def test_a_node_killed_in_the_middle_of_the_day_loses_and_doubles_nothing(
    processes: Processes, tickets: Path, tmp_path: Path
):
    """Answers are lost with the process; the replay asks again under the same keys, as pages do."""
    office = an_open_office(processes)
    staff = staff_file(tmp_path, processes.hub, office)
    replay = begin_replay(tmp_path, tickets, staff, speed="200")
    with office.sign_in() as client:
        wait_until(lambda: client.get("/api/queue").json()["queue"]["sequence"] > TICKETS, what="half of the day")
    office.kill()
    office.start()
    report = ended(replay, tmp_path)
    (found,) = report.offices
    assert report.repeats > 0
    assert (found.office.tickets, found.office.served, found.office.cases) == (TICKETS, TICKETS, TICKETS // 3)
    assert (report.lost, report.doubled) == (0, 0)
