"""A machine asks to be let in by its code; who may fool whom, and how often."""

from collections.abc import Callable
from functools import partial

import pytest
from httpx import Response
from litestar.testing import TestClient

from central_hub.provisioning import commands, queries
from central_hub.provisioning.commands.pairing import OPEN_MAX, OPEN_OF_ADDRESS_MAX, PAIRING_MINUTES, SLIPS_MAX
from central_hub.provisioning.model import PairingOver, PairingState, TooManyPairings
from central_hub.storage import HubStore
from central_hub.storage.tables import access_log, enrolment_tokens
from sync.replication import pairing
from sync.replication.identity import NodeKey
from tests.support.asking_machine import SEAL_KEY, SOMEBODY, AskingMachine, type_code
from tests.support.clock import HandClock
from tests.support.hub_node import HubNode

WRONG = "00000000"  # a code by its check letter, of no machine here


def code_of(answer: Response) -> str:
    return str(answer.json()["code"])


def actions(store: HubStore) -> list[object]:
    return store.read_now(lambda reader: reader.column(access_log.select().with_only_columns(access_log.c.action)))


def keys_of_nodes(store: HubStore) -> list[str]:
    return [node.node_id for node in store.read_now(queries.enrolled_nodes)]


@pytest.fixture
def machine(client: TestClient) -> AskingMachine:
    return AskingMachine(client)


class TestLetIn:
    def test_a_machine_is_let_in_by_the_code_that_it_shows(
        self, store: HubStore, clock: HandClock, machine: AskingMachine
    ) -> None:
        machine.begin()
        assert machine.ask().state == "waiting"
        type_code(store, clock, machine, pairing.shown(machine.code).lower())
        assert keys_of_nodes(store) == []
        typed = machine.ask()
        assert (typed.state, typed.enrolled) == ("typed", None)
        admitted = machine.ask()
        assert admitted.enrolled is not None
        assert admitted.enrolled.office_id == "SHV"
        assert pairing.seal(machine.exchange, typed=machine.code, seal_key=admitted.seal_key) == machine.seal
        assert keys_of_nodes(store) == [machine.request.node_id]
        assert actions(store) == ["type_pairing_code", "enrol"]

    def test_a_node_that_was_let_in_speaks_as_any_other(
        self, store: HubStore, clock: HandClock, client: TestClient, new_node: Callable[[str], HubNode]
    ) -> None:
        node = new_node("SHV")
        machine = AskingMachine(client, node_id=node.node_id).with_key(node.key.public_key)
        node.incarnation = machine.request.incarnation
        machine.begin()
        type_code(store, clock, machine, machine.code)
        machine.ask()
        machine.ask()
        node.hello()
        node.case()
        assert {each.outcome for each in node.push().results} == {"accepted"}

    def test_a_lost_answer_is_given_again_and_nothing_happens_twice(
        self, store: HubStore, clock: HandClock, machine: AskingMachine
    ) -> None:
        first = machine.begin().hub_nonce
        assert machine.begin().hub_nonce == first
        type_code(store, clock, machine, machine.code)
        assert machine.send_question().content == machine.send_question().content
        machine.ask()
        assert machine.ask() == machine.ask()
        clock.move(days=6)
        assert machine.ask().enrolled is not None
        assert actions(store).count("enrol") == 1
        used = store.read_now(lambda reader: reader.column(enrolment_tokens.select()))
        assert len(used) == 1

    def test_a_known_node_comes_back_with_a_new_key_only(
        self, store: HubStore, clock: HandClock, client: TestClient, shv: HubNode
    ) -> None:
        with_its_key = AskingMachine(client, node_id=shv.node_id).with_key(shv.key.public_key)
        assert code_of(with_its_key.send_request()) == "node-id-taken"
        elsewhere = AskingMachine(client, node_id=shv.node_id, office_id="KYV")
        assert code_of(elsewhere.send_request()) == "node-id-taken"
        fresh = AskingMachine(client, node_id=shv.node_id).begin()
        type_code(store, clock, fresh, fresh.code)
        fresh.ask()
        assert fresh.ask().state == "admitted"
        assert actions(store)[-1] == "enrol_again"


class TestNotLetIn:
    def test_another_code_lets_nobody_in_for_good(
        self, store: HubStore, clock: HandClock, machine: AskingMachine
    ) -> None:
        machine.begin()
        type_code(store, clock, machine, WRONG)
        machine.ask()
        assert machine.ask().state == "differed"
        assert machine.ask() == pairing.PairingStanding(state="differed")
        with pytest.raises(PairingOver):
            type_code(store, clock, machine, machine.code)
        assert keys_of_nodes(store) == []
        assert actions(store) == ["type_pairing_code", "pairing_code_differed"]

    def test_slips_of_the_finger_are_forgiven_a_few_times(
        self, store: HubStore, clock: HandClock, machine: AskingMachine
    ) -> None:
        machine.begin()
        for slips in range(1, SLIPS_MAX):
            found = type_code(store, clock, machine, "K7QM-3F9")
            assert (found.state, found.slips) == (PairingState.WAITING, slips)
        assert type_code(store, clock, machine, "").state is PairingState.REFUSED
        with pytest.raises(PairingOver):
            type_code(store, clock, machine, machine.code)
        assert machine.ask().state == "refused"
        assert actions(store) == ["mistype_pairing_code"] * SLIPS_MAX

    def test_a_refused_machine_hears_it_and_may_ask_anew(
        self, store: HubStore, clock: HandClock, client: TestClient, machine: AskingMachine
    ) -> None:
        machine.begin()
        refuse = partial(commands.refuse_pairing, pairing_id=machine.pairing_id, by=SOMEBODY, now=clock.now())
        assert store.run_now(refuse).state is PairingState.REFUSED
        assert machine.ask().state == "refused"
        assert code_of(machine.send_request()) == "pairing-over"
        assert AskingMachine(client, nonce=b"m" * 32).begin().ask().state == "waiting"
        assert actions(store) == ["refuse_pairing"]

    def test_half_an_hour_later_nobody_waits_any_more(
        self, store: HubStore, clock: HandClock, machine: AskingMachine
    ) -> None:
        machine.begin()
        clock.move(minutes=PAIRING_MINUTES)
        assert store.read_now(partial(queries.waiting_pairings, now=clock.now())) == []
        with pytest.raises(PairingOver):
            type_code(store, clock, machine, machine.code)
        assert code_of(machine.send_question()) == "pairing-over"

    def test_a_code_typed_in_time_is_worth_nothing_after_it(
        self, store: HubStore, clock: HandClock, machine: AskingMachine
    ) -> None:
        machine.begin()
        type_code(store, clock, machine, machine.code)
        machine.ask()
        clock.move(minutes=PAIRING_MINUTES)
        assert code_of(machine.send_question(machine.nonce)) == "pairing-over"
        assert keys_of_nodes(store) == []

    def test_an_office_that_the_city_does_not_have_is_said_at_once(self, client: TestClient) -> None:
        assert code_of(AskingMachine(client, office_id="XXX").send_request()) == "office-unknown"


class TestAttacks:
    def test_a_nonce_says_nothing_before_a_code_was_typed(self, store: HubStore, machine: AskingMachine) -> None:
        machine.begin()
        assert machine.send_question(machine.nonce).status_code == 200
        assert machine.ask().state == "waiting"
        assert keys_of_nodes(store) == []

    def test_another_nonce_than_the_one_committed_to_decides_nothing(
        self, store: HubStore, clock: HandClock, machine: AskingMachine
    ) -> None:
        machine.begin()
        type_code(store, clock, machine, machine.code)
        assert machine.send_question(b"m" * 32).status_code == 422
        machine.ask()
        assert machine.ask().state == "admitted"

    def test_another_key_under_the_same_id_has_another_code_and_is_refused_with_the_first_let_in(
        self, store: HubStore, clock: HandClock, client: TestClient, machine: AskingMachine
    ) -> None:
        thief = AskingMachine(client, nonce=b"t" * 32).begin()
        machine.begin()
        assert thief.code != machine.code
        type_code(store, clock, machine, machine.code)
        machine.ask()
        assert machine.ask().state == "admitted"
        assert thief.ask().state == "refused"
        with pytest.raises(PairingOver):
            type_code(store, clock, thief, thief.code)

    def test_who_repeats_the_words_of_another_machine_with_another_key_has_another_code(
        self, store: HubStore, clock: HandClock, client: TestClient, machine: AskingMachine
    ) -> None:
        """The commitment is the machine's own, and so its nonce, once it has opened it."""
        machine.begin()
        parrot = AskingMachine(client).with_key(NodeKey.generate().public_key).begin()
        assert parrot.request.commitment == machine.request.commitment
        type_code(store, clock, parrot, machine.code)
        parrot.ask()
        assert parrot.ask().state == "differed"

    def test_who_stands_in_the_middle_shows_one_code_and_would_need_another(
        self, store: HubStore, clock: HandClock, client: TestClient
    ) -> None:
        """The true node saw the authority of the man in the middle; he asks the hub with a key of his own."""
        node = AskingMachine(client, authority="of-the-man-in-the-middle")
        node.hub_nonce = b"m" * 32  # drawn by him, before the node's nonce could be known to him
        middle = AskingMachine(client, nonce=b"i" * 32).begin()
        assert node.code != middle.code
        type_code(store, clock, middle, node.code)
        assert middle.ask().state == "typed"
        assert middle.ask().state == "differed"
        assert keys_of_nodes(store) == []

    def test_who_only_passes_on_what_the_two_say_is_found_by_the_authority_that_he_showed(
        self, store: HubStore, clock: HandClock, client: TestClient
    ) -> None:
        node = AskingMachine(client, authority="of-the-man-in-the-middle").begin()
        type_code(store, clock, node, node.code)
        node.ask()
        assert node.ask().state == "differed"

    def test_a_seal_made_without_the_code_does_not_open_to_it(self, machine: AskingMachine) -> None:
        """Who plays the hub has to seal before the node opens its nonce: no key found later fits the code."""
        machine.begin()
        guessed = pairing.seal(machine.exchange, typed=WRONG, seal_key=SEAL_KEY)
        assert pairing.seal(machine.exchange, typed=machine.code, seal_key=SEAL_KEY) != guessed

    def test_an_address_and_the_city_have_a_limited_number_of_guesses(
        self, client: TestClient, store: HubStore, clock: HandClock
    ) -> None:
        def ask(number: int, address: str) -> None:
            one = AskingMachine(client, nonce=number.to_bytes(32), node_id=f"01NODE{number:020}")
            begin = partial(commands.begin_pairing, request=one.request, address=address, hub_nonce=b"h" * 32)
            store.run_now(partial(begin, now=clock.now()))

        for number in range(OPEN_OF_ADDRESS_MAX):
            ask(number, "192.0.2.1")
        with pytest.raises(TooManyPairings):
            ask(OPEN_OF_ADDRESS_MAX, "192.0.2.1")
        for number in range(OPEN_OF_ADDRESS_MAX, OPEN_MAX):
            ask(number, f"192.0.2.{number}")
        with pytest.raises(TooManyPairings):
            ask(OPEN_MAX, "192.0.2.99")
        clock.move(minutes=PAIRING_MINUTES)
        ask(OPEN_MAX, "192.0.2.1")

    def test_who_asks_again_and_again_is_slowed_down(self, client: TestClient) -> None:
        answers = [AskingMachine(client, nonce=number.to_bytes(32)).send_request() for number in range(6)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429]
        assert "Retry-After" in answers[-1].headers

    def test_an_address_from_which_a_machine_was_let_in_starts_anew(
        self, client: TestClient, store: HubStore, clock: HandClock
    ) -> None:
        for number in range(4):
            AskingMachine(client, nonce=number.to_bytes(32)).begin()
        one = AskingMachine(client, nonce=b"o" * 32).begin()
        type_code(store, clock, one, one.code)
        one.ask()
        assert one.ask().state == "admitted"
        assert AskingMachine(client, nonce=b"p" * 32, node_id="01" + "A" * 24).send_request().status_code == 200

    def test_who_asks_for_what_nobody_asked_is_slowed_down_and_a_waiting_machine_is_not(
        self, client: TestClient, machine: AskingMachine
    ) -> None:
        machine.begin()
        for _ in range(20):
            assert machine.ask().state == "waiting"
        nobody = AskingMachine(client, nonce=b"x" * 32)
        assert [nobody.send_question().status_code for _ in range(6)] == [404] * 5 + [429]
