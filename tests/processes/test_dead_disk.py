"""The drill: an office's disk dies at noon, the last backup is of 11:40, the line was last up at 11:52.

The times are the drill's; here the same happens within a minute, with the line cut, kill -9 and the folder deleted.
"""

import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.processes.city import APPLICATION, CREATED, LinedOffice
from tests.support.faulty_proxy import WHOLE, Faults
from tests.support.processes import Hub, run, wait_until

pytestmark = [pytest.mark.processes, pytest.mark.timeout(600)]


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    running = Hub(tmp_path)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def office(tmp_path: Path, hub: Hub) -> Iterator[LinedOffice]:
    made = LinedOffice(tmp_path, "SHV", hub=hub, seed=1)
    made.process.start()
    yield made
    made.line.close()
    made.process.stop()


def ticket(desk: httpx.Client) -> str:
    answer = desk.post("/api/tickets", json={"sphere": "passports", "purpose": "consult"})
    assert answer.status_code == CREATED, answer.text
    return str(answer.json()["number"])


def case(desk: httpx.Client) -> str:
    """A registration, once the services and numbers have come."""
    answers: list[httpx.Response] = []

    def is_registered() -> bool:
        answers.append(desk.post("/api/cases", json=APPLICATION))
        return answers[-1].status_code == CREATED

    wait_until(is_registered, what="a registration")
    return str(answers[-1].json()["number"])


def cases_here(office: LinedOffice) -> Counter[str]:
    return Counter(str(number) for (number,) in office.rows("select number from cases"))


def cases_at(hub: Hub) -> Counter[str]:
    with closing(sqlite3.connect(f"file:{hub.folder / 'hub.db'}?mode=ro", uri=True)) as database:
        return Counter(str(number) for (number,) in database.execute("select number from cases"))


def test_an_office_whose_disk_died_serves_at_once_and_says_what_it_forgot(
    hub: Hub, office: LinedOffice, tmp_path: Path
) -> None:
    backup, folder = tmp_path / "1140.tar", str(office.process.folder)
    with office.process.sign_in() as desk:
        morning, tickets = [case(desk) for _ in range(5)], [ticket(desk) for _ in range(3)]
        run("edge-node", "backup", "create", "--folder", folder, str(backup))
        told = [case(desk) for _ in range(4)]
        wait_until(lambda: set(cases_at(hub)) >= {*morning, *told}, what="11:52: the hub holds what was registered")
        office.line.set(Faults(is_cut=True))
        untold, tickets_after = [case(desk) for _ in range(3)], [ticket(desk) for _ in range(4)]
    office.process.kill()
    shutil.rmtree(folder)

    run("edge-node", "backup", "restore", "--folder", folder, str(backup))
    office.process.start()
    with office.process.sign_in() as desk:
        fresh_tickets = [ticket(desk) for _ in range(3)]  # with the line still cut
        office.line.set(WHOLE)
        wait_until(lambda: set(cases_here(office)) >= {*morning, *told}, what="all that hub and backup had")
        fresh = [case(desk) for _ in range(2)]

    assert not {*fresh_tickets} & {*tickets, *tickets_after}
    assert not {*fresh} & {*morning, *told, *untold}
    expected = Counter([*morning, *told, *fresh])
    wait_until(lambda: cases_at(hub) == expected, what="each case at the hub, once")
    assert cases_here(office) == expected

    (missing,) = json.loads(run("edge-node", "backup", "missing", "--folder", folder, "--json"))
    assert missing["came_back"] == sorted(told)
    assert any(span["first"] == min(untold) and span["last"] >= max(untold) for span in missing["numbers"])
    passports = next(span for span in missing["tickets"] if span["sphere"] == "passports")
    assert all(passports["first"] <= number <= passports["last"] for number in tickets_after)
    assert all(number > passports["last"] for number in fresh_tickets)
    for name in (*told, min(untold), passports["first"]):
        assert name in run("edge-node", "backup", "missing", "--folder", folder)
