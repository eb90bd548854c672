"""What a technician of the city sees of machines that ask to be let in, and does with them."""

from collections.abc import Callable
from functools import partial

import pytest
from litestar.testing import TestClient

from central_hub.directory import commands as directory
from central_hub.provisioning import queries
from central_hub.storage import HubStore
from sync.replication import pairing
from sync.vocabulary.ids import OfficeId, StaffId
from sync.vocabulary.staff import Role, StaffMember
from sync.web.passwords import hash_password
from tests.support.asking_machine import AskingMachine
from tests.support.clock import HandClock, SeededIds

PASSWORD = "correct horse"
PASSWORD_HASH = hash_password(PASSWORD)
PAGE = "/city/pairings"
BROWSER = {"Accept": "text/html"}
SignIn = Callable[[str, Role], None]


@pytest.fixture
def sign_in(client: TestClient, store: HubStore, clock: HandClock, ids: SeededIds) -> SignIn:
    def as_role(office_id: str, role: Role) -> None:
        member = StaffMember(
            id=StaffId("somebody"),
            login="somebody",
            name="Хтось",
            roles=frozenset({role}),
            office_id=OfficeId(office_id),
            password_hash=PASSWORD_HASH,
        )
        store.run_now(partial(directory.put_staff, member=member, ids=ids, now=clock.now()))
        assert client.post("/api/session", json={"login": "somebody", "password": PASSWORD}).status_code == 200

    return as_role


@pytest.fixture
def machine(client: TestClient) -> AskingMachine:
    return AskingMachine(client).begin()


def type_at(client: TestClient, machine: AskingMachine, code: str) -> int:
    form = {"code": code}
    answer = client.post(f"{PAGE}/{machine.pairing_id}/code", data=form, headers=BROWSER, follow_redirects=False)
    return answer.status_code


@pytest.mark.parametrize("visitor", [("CEN", Role.OFFICE_HEAD), ("SHV", Role.TECHNICIAN), ("CEN", Role.ADMINISTRATOR)])
def test_only_a_technician_of_the_city_lets_machines_in(
    client: TestClient, sign_in: SignIn, machine: AskingMachine, visitor: tuple[str, Role]
) -> None:
    assert type_at(client, machine, machine.code) == 401
    sign_in(*visitor)
    assert client.get(PAGE).status_code == 403
    assert client.get("/live/pairings").status_code == 403
    assert type_at(client, machine, machine.code) == 403
    assert client.post(f"{PAGE}/{machine.pairing_id}/refusal").status_code == 403
    assert machine.ask().state == "waiting"


def test_the_page_shows_who_asks_and_no_code(client: TestClient, sign_in: SignIn, machine: AskingMachine) -> None:
    sign_in("CEN", Role.TECHNICIAN)
    page = client.get(PAGE, headers=BROWSER).text
    assert machine.request.node_id in page
    assert machine.code not in page
    assert pairing.shown(machine.code) not in page
    assert "testclient" in page  # the address it asks from
    assert 'href="/city/pairings"' in client.get("/city").text


def test_a_typed_code_lets_the_machine_in_as_soon_as_it_asks(
    client: TestClient, sign_in: SignIn, store: HubStore, machine: AskingMachine
) -> None:
    sign_in("CEN", Role.TECHNICIAN)
    assert type_at(client, machine, pairing.shown(machine.code)) == 303
    assert "Код введено" in client.get(PAGE, headers=BROWSER).text
    machine.ask()
    assert machine.ask().state == "admitted"
    page = client.get(PAGE, headers=BROWSER).text
    assert "Допущено" in page
    assert "Жоден вузол не просить допуску" in page
    assert [node.office_id for node in store.read_now(queries.enrolled_nodes)] == ["SHV"]
    assert type_at(client, machine, machine.code) == 404


def test_a_slip_is_said_with_the_tries_that_are_left(
    client: TestClient, sign_in: SignIn, machine: AskingMachine
) -> None:
    sign_in("CEN", Role.TECHNICIAN)
    for left in (4, 3):
        form = {"code": machine.code[:-1]}
        answer = client.post(f"{PAGE}/{machine.pairing_id}/code", data=form, headers=BROWSER)
        assert answer.status_code == 422
        assert f"Залишилося спроб: {left}" in answer.text
    assert machine.ask().state == "waiting"


def test_another_code_is_shown_as_a_reason_to_look(client: TestClient, sign_in: SignIn, machine: AskingMachine) -> None:
    sign_in("CEN", Role.TECHNICIAN)
    assert type_at(client, machine, "00000000") == 303
    machine.ask()
    machine.ask()
    assert "хтось посередині на лінії" in client.get(PAGE, headers=BROWSER).text


def test_a_machine_is_refused(client: TestClient, sign_in: SignIn, machine: AskingMachine) -> None:
    sign_in("CEN", Role.TECHNICIAN)
    refusal = f"{PAGE}/{machine.pairing_id}/refusal"
    assert client.post(refusal, headers=BROWSER, follow_redirects=False).status_code == 303
    assert machine.ask().state == "refused"
    assert client.post(refusal, headers=BROWSER).status_code == 404
