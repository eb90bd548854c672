"""kill -9 in the middle of work: nothing acknowledged is lost, nothing happens twice, no number is given again."""

import sqlite3
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from random import Random

import httpx
import pytest

from tests.integration.conftest import Processes
from tests.support.processes import wait_until

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]

CASES = 60
CLERKS = 6
APPLICATION = {
    "applicant": {
        "last_name": "Шевченко",
        "first_name": "Тарас",
        "patronymic": "Григорович",
        "born_on": "1991-08-24",
        "tax_id_kind": "rnokpp",
        "rnokpp": "3347301210",
        "document_kind": "id_card",
        "document_number": "000123456",
        "phone": "+380671234567",
    },
    "service_code": "01-04",
}


def register(client: httpx.Client, key: str) -> str | None:
    """The number of the case registered under ``key``; ``None`` when no answer came."""
    try:
        answer = client.post("/api/cases", json=APPLICATION, headers={"Idempotency-Key": key})
    except httpx.HTTPError:
        return None
    assert answer.status_code == 201, answer.text
    return str(answer.json()["number"])


def register_all(client: httpx.Client, keys: list[str]) -> dict[str, str | None]:
    with ThreadPoolExecutor(CLERKS) as clerks:
        return dict(zip(keys, clerks.map(lambda key: register(client, key), keys), strict=True))


def numbers_at_hub(hub_folder: Path) -> Counter[str]:
    with closing(sqlite3.connect(f"file:{hub_folder / 'hub.db'}?mode=ro", uri=True)) as hub:
        return Counter(number for (number,) in hub.execute("select number from cases"))


@pytest.fixture
def keys() -> list[str]:
    return [f"case-{place}" for place in range(CASES)]


def test_a_node_killed_while_registering_loses_and_doubles_nothing(processes: Processes, keys: list[str]):
    office = processes.open_office("SHV")
    with office.sign_in() as client:
        first = register(client, "first")
        with ThreadPoolExecutor(1) as beside:
            answers = beside.submit(register_all, client, keys)
            time.sleep(Random(CASES).uniform(0.3, 0.6))  # a moment in the middle of the work
            office.kill()
            answered = {key: number for key, number in answers.result().items() if number is not None}
        office.start()
        again = register_all(client, keys)

    assert {key: again[key] for key in answered} == answered, "the same key is told the same number"
    assert None not in again.values()
    assert len(set(again.values())) == CASES, "no number twice"
    expected = Counter(str(number) for number in (*again.values(), first))
    wait_until(lambda: numbers_at_hub(processes.hub.folder) == expected, what="the hub holds every case, once each")


def test_a_hub_killed_while_it_takes_a_push_loses_and_doubles_nothing(processes: Processes, keys: list[str]):
    office = processes.open_office("SHV")
    with office.sign_in() as client:
        wait_until(lambda: register(client, keys[0]) is not None, what="numbers are leased")
        with ThreadPoolExecutor(1) as beside:
            answers = beside.submit(register_all, client, keys)
            for _ in range(3):
                time.sleep(0.2)  # pushes follow registrations at once: any moment is in the middle of one
                processes.hub.kill()
                processes.hub.start()
            numbers = answers.result()
    assert len(set(numbers.values()) - {None}) == CASES
    expected = Counter(str(number) for number in numbers.values())
    wait_until(lambda: numbers_at_hub(processes.hub.folder) == expected, what="the hub holds every case, once each")
