"""Who speaks for a node: its key, replaced by itself or by a person; and what of a retired node still counts."""

from collections.abc import Callable
from functools import partial

import pytest
from sqlalchemy import select

from central_hub.directory.commands import first_broken_entry
from central_hub.provisioning import commands as provisioning
from central_hub.storage import HubStore
from central_hub.storage.tables import access_log, alarms
from sync.documents.document import view
from sync.replication import messages
from sync.replication.identity import NodeKey, covered_key
from sync.replication.messages import KeyRequest
from tests.support.clock import HandClock
from tests.support.hub_node import HubNode

NewNode = Callable[[str], HubNode]


def code_of(response) -> str:
    return response.json()["code"]


def actions(store: HubStore) -> list[str]:
    statement = select(access_log.c.action).order_by(access_log.c.entry_number)
    return store.read_now(lambda reader: [str(action) for action in reader.column(statement)])


def alarmed(store: HubStore) -> list[str]:
    return [str(kind) for kind in store.read_now(lambda reader: reader.column(select(alarms.c.kind)))]


def ask(node: HubNode, new: NodeKey, *, signed_by: NodeKey | None = None):
    proof = (signed_by or new).sign(covered_key(node_id=node.node_id, public_key=new.public_key))
    return node.send("POST", "/sync/key", messages.encode(KeyRequest(public_key=new.public_key, proof=proof)))


class TestNewKey:
    def test_from_then_on_only_the_new_key_speaks(self, shv: HubNode, store: HubStore) -> None:
        old, new = shv.key, NodeKey.generate()
        assert ask(shv, new).status_code == 204
        assert code_of(shv.send("GET", "/sync/pull")) == "signature-wrong"
        shv.key = new
        assert shv.send("GET", "/sync/pull").status_code == 200
        assert shv.greeted().status == "ok"
        assert "rotate_key" in actions(store)
        assert store.read_now(first_broken_entry) is None
        assert old.public_key != new.public_key

    def test_a_lost_answer_is_told_again_to_either_key(self, shv: HubNode, store: HubStore) -> None:
        old, new = shv.key, NodeKey.generate()
        assert ask(shv, new).status_code == 204
        assert ask(shv, new).status_code == 204
        shv.key = new
        assert ask(shv, new).status_code == 204
        assert actions(store).count("rotate_key") == 1
        shv.key = old
        assert code_of(ask(shv, NodeKey.generate())) == "signature-wrong"

    def test_whoever_copied_the_key_before_that_one_raises_an_alarm_once_a_day(
        self, shv: HubNode, store: HubStore, clock: HandClock
    ) -> None:
        old, new = shv.key, NodeKey.generate()
        ask(shv, new)
        clock.move(hours=1)
        assert code_of(shv.send("GET", "/sync/pull")) == "signature-wrong"  # the answer was lost: the node asks so
        shv.key = new
        shv.hello()
        shv.key = old
        assert code_of(shv.send("GET", "/sync/pull")) == "signature-wrong"  # and this was on its way meanwhile
        assert alarmed(store) == []

        clock.move(hours=1)
        for _ in range(2):
            assert code_of(shv.say_hello({})) == "signature-wrong"
        shv.key = NodeKey.generate()
        assert code_of(shv.say_hello({})) == "signature-wrong"
        assert alarmed(store) == ["previous-key"]

    def test_a_key_that_the_node_does_not_hold_is_refused(self, shv: HubNode) -> None:
        assert code_of(ask(shv, NodeKey.generate(), signed_by=shv.key)) == "signature-wrong"
        assert shv.send("GET", "/sync/pull").status_code == 200

    def test_a_stranger_replaces_nothing(self, shv: HubNode) -> None:
        shv.key = NodeKey.generate()
        assert code_of(ask(shv, NodeKey.generate())) == "signature-wrong"


class TestReturn:
    def test_a_node_returns_with_a_new_key_and_the_old_one_is_dead(self, shv: HubNode, store: HubStore) -> None:
        old = shv.key
        shv.key = NodeKey.generate()
        assert shv.enrol(shv.token()).status_code == 200
        assert shv.greeted().status == "ok"
        shv.key = old
        assert code_of(shv.send("GET", "/sync/pull")) == "signature-wrong"
        assert actions(store)[-1] == "enrol_again"

    def test_what_it_registered_before_it_returned_still_bears_a_number_leased_to_it(self, shv: HubNode) -> None:
        unsent = shv.case()
        shv.key, shv.incarnation = NodeKey.generate(), f"{shv.incarnation[:-1]}Z"
        assert shv.enrol(shv.token()).status_code == 200
        shv.hello()
        shv.push()
        (result,) = shv.push().results
        assert (result.operation_id, result.outcome, result.code) == (unsent.operation_id, "duplicate", None)

    def test_a_node_does_not_return_with_a_key_that_was_copied(self, shv: HubNode) -> None:
        assert code_of(shv.enrol(shv.token())) == "node-id-taken"
        old, new = shv.key, NodeKey.generate()
        ask(shv, new)
        shv.key = old
        assert code_of(shv.enrol(shv.token())) == "node-id-taken"

    def test_a_node_does_not_return_at_another_office(self, shv: HubNode) -> None:
        shv.key, shv.office_id = NodeKey.generate(), "KYV"
        assert code_of(shv.enrol(shv.token())) == "node-id-taken"


@pytest.fixture
def retire(store: HubStore, clock: HandClock) -> Callable[..., list[tuple[str, int]]]:
    def do(node: HubNode, cut_off_oseq: int | None = None) -> list[tuple[str, int]]:
        command = partial(provisioning.retire_node, node_id=node.node_id, cut_off_oseq=cut_off_oseq, now=clock.now())
        return [(found.document_id, found.count) for found in store.run_now(command)]

    return do


class TestRetirement:
    @pytest.mark.parametrize(
        ("method", "target"),
        [("GET", "/sync/pull"), ("POST", "/sync/documents"), ("PUT", "/sync/live"), ("GET", f"/blobs/{'0' * 64}")],
    )
    def test_it_is_answered_nothing(self, shv: HubNode, retire: Callable, method: str, target: str) -> None:
        retire(shv)
        refused = shv.send(method, target)
        assert (refused.status_code, code_of(refused)) == (403, "node-retired")

    def test_what_it_did_up_to_the_cut_off_is_still_taken(self, shv: HubNode, retire: Callable) -> None:
        shv.case()
        shv.push()
        for _ in range(3):
            shv.case()
        assert retire(shv, 3) == []
        answer = shv.greeted()
        assert (answer.status, answer.cut_off_oseq, answer.acknowledged_oseq) == ("revoked", 3, 1)
        refused = shv.send("POST", "/sync/push", messages.encode(shv.push_request(first=2, last=4)))
        assert (refused.status_code, code_of(refused)) == (403, "node-retired")
        assert [each.outcome for each in shv.push(first=2, last=3).results] == ["accepted", "accepted"]
        assert shv.greeted().acknowledged_oseq == 3

    def test_by_default_what_has_come_counts(self, shv: HubNode, retire: Callable) -> None:
        shv.case()
        shv.push()
        retire(shv)
        assert shv.greeted().cut_off_oseq == 1

    def test_another_life_of_it_says_nothing(self, shv: HubNode, retire: Callable) -> None:
        shv.case()
        shv.push()
        retire(shv, 10)
        shv.incarnation, shv.acknowledged_oseq = "01RESTORED", 0
        assert shv.greeted().cut_off_oseq == 0
        assert code_of(shv.send("POST", "/sync/push", messages.encode(shv.push_request()))) == "node-retired"

    def test_what_was_taken_after_the_cut_off_is_named(
        self, shv: HubNode, kyv: HubNode, retire: Callable, store: HubStore
    ) -> None:
        kept = shv.case(pickup_office_id="KYV").document_id
        doubted = shv.case(pickup_office_id="KYV").document_id
        shv.change(kept, event="handed_over")
        shv.push()
        assert retire(shv, 1) == sorted([(kept, 1), (doubted, 1)])
        told = store.read_now(lambda reader: reader.column(select(alarms.c.subject)))
        assert set(told) == {kept, doubted}
        assert {item.document_id for item in kyv.pull().items} == {kept, doubted}
        assert retire(shv, 3) == []

    def test_it_may_return_with_a_new_key_and_life(self, shv: HubNode, retire: Callable) -> None:
        shv.case()
        shv.push()
        retire(shv, 0)
        shv.key, shv.incarnation = NodeKey.generate(), "01SECONDLIFE"
        assert shv.enrol(shv.token()).status_code == 200
        shv.chain.clear()
        shv.acknowledged_oseq = 0
        assert shv.greeted().status == "ok"
        number = view(shv.case().update).fields["number"]
        shv.push()
        assert [(each.outcome, number is None) for each in shv.push().results] == [("duplicate", False)]
