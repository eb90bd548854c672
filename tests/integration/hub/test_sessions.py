"""How the hub answers a greeting: whether the node may speak, and where its chain, its feed and its numbers stand."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

import msgspec
from sqlalchemy import select, update

from central_hub.provisioning import commands as provisioning
from central_hub.storage import HubStore, Transaction, replica
from central_hub.storage.tables import alarms, hub_state, number_leases, streams
from sync.replication import messages
from sync.replication.identity import NodeKey
from sync.replication.messages import PROTOCOLS, NumberLease
from tests.support.clock import HandClock, SeededIds
from tests.support.hub_node import HubNode

NewNode = Callable[[str], HubNode]


def code_of(response) -> str:
    return response.json()["code"]


def alarms_of(store: HubStore) -> list[tuple[str, str]]:
    class Alarm(msgspec.Struct):
        kind: str
        subject: str

    found = store.read_now(lambda reader: reader.rows(select(alarms.c.kind, alarms.c.subject), Alarm))
    return [(alarm.kind, alarm.subject) for alarm in found]


def rewind_hub(store: HubStore, node: HubNode, ids: SeededIds, now: datetime) -> None:
    """The hub as a backup from before the node's first word brings it back."""

    def forget(tx: Transaction) -> None:
        tx.execute(number_leases.delete())
        tx.execute(update(streams).values(oseq=0, head_hash=b""))
        provisioning.begin_anew(tx, incarnation=ids.new(), now=now)

    store.run_now(forget)


class TestStatus:
    def test_a_node_that_stands_where_the_hub_does_goes_on(self, shv: HubNode) -> None:
        shv.case()
        shv.push()
        answer = shv.greeted()
        assert (answer.status, answer.acknowledged_oseq, answer.protocols) == ("ok", 1, PROTOCOLS)

    def test_a_node_behind_its_own_chain_was_restored(self, shv: HubNode) -> None:
        shv.case()
        shv.case()
        shv.push()
        shv.chain.pop()
        shv.acknowledged_oseq = 1
        answer = shv.greeted()
        assert (answer.status, answer.nonce) == ("rewound", "")

    def test_other_words_under_the_same_number_are_a_fork(self, shv: HubNode, store: HubStore) -> None:
        shv.case()
        shv.push()
        shv.chain.clear()
        shv.case()
        shv.acknowledged_oseq = 0
        assert shv.greeted().status == "forked"
        assert alarms_of(store) == [("forked", shv.node_id)]

    def test_another_past_below_what_was_acknowledged_is_a_fork(self, shv: HubNode) -> None:
        for _ in range(3):
            shv.case()
        shv.push()
        other = shv.chain[1]
        shv.chain[1] = msgspec.structs.replace(other, made_at=other.made_at.replace(year=2027))
        shv.case()
        shv.acknowledged_oseq = 2
        assert shv.greeted().status == "forked"

    def test_a_forked_node_is_heard_no_more_until_it_is_enrolled_anew(self, shv: HubNode, store: HubStore) -> None:
        shv.case()
        shv.push()
        session = shv.nonce
        assert shv.greeted(head_hash=b"other").status == "forked"
        shv.nonce = session
        refused = shv.send("GET", "/sync/pull?cursor=0")
        assert (refused.status_code, code_of(refused)) == (403, "node-forked")
        assert shv.greeted().status == "forked"
        shv.incarnation = "01ANOTHERLIFE"
        assert shv.greeted().status == "forked"
        assert alarms_of(store) == [("forked", shv.node_id)]

        shv.key = NodeKey.generate()
        assert shv.enrol(shv.token()).status_code == 200
        shv.chain.clear()
        shv.acknowledged_oseq = 0
        assert shv.greeted().status == "ok"

    def test_of_two_incarnations_the_later_one_speaks(self, shv: HubNode) -> None:
        shv.hello()
        first, session = shv.incarnation, shv.nonce
        shv.incarnation = "01RESTORED"
        assert shv.greeted().status == "ok"
        later = shv.nonce
        shv.nonce = session
        assert code_of(shv.send("GET", "/sync/pull?cursor=0")) == "node-forked"
        assert shv.greeted(incarnation=first).status == "forked"
        shv.nonce = later
        assert shv.send("GET", "/sync/pull?cursor=0").status_code == 200

    def test_more_than_both_knew_is_sent_again_and_found_to_be_there(self, shv: HubNode) -> None:
        """What the hub answered last was lost: without a hash nobody can tell whether it is the same chain."""
        shv.case()
        shv.push()
        shv.case()
        shv.push()
        shv.acknowledged_oseq = 1
        shv.case()
        assert shv.greeted().acknowledged_oseq == 1
        assert [each.outcome for each in shv.push(first=2).results] == ["duplicate", "accepted"]

    def test_a_chain_that_came_in_an_earlier_life_can_be_joined_in_its_middle(self, shv: HubNode) -> None:
        for _ in range(4):
            shv.case()
        shv.push()
        shv.incarnation, shv.acknowledged_oseq = "01RESTORED", 0
        shv.greeted()
        shv.push(last=3)
        shv.push(last=4)
        assert [each.outcome for each in shv.push(first=3, last=4).results] == ["duplicate", "duplicate"]
        shv.case()
        shv.acknowledged_oseq = 2
        assert shv.greeted().status == "ok"
        assert [each.outcome for each in shv.push(first=3).results] == ["duplicate", "duplicate", "accepted"]

    def test_another_hub_wants_the_chain_again(self, shv: HubNode) -> None:
        assert shv.greeted(hub_incarnation="01ANOTHERHUB").status == "hub_restored"

    def test_another_hub_leases_anew_to_whom_it_tells_so(self, shv: HubNode) -> None:
        """The node gives up what it holds: whether it was put back too nobody can know."""
        plenty = {2026: 2_000}
        assert shv.greeted(numbers_left=plenty).leases == ()
        (lease,) = shv.greeted(numbers_left=plenty, hub_incarnation="01ANOTHERHUB").leases
        assert lease.first > max(held.last for held in shv.leases)

    def test_a_hub_that_forgot_without_knowing_it_wants_the_chain_again(self, shv: HubNode) -> None:
        shv.case()
        assert shv.greeted(acknowledged_oseq=1).status == "hub_restored"

    def test_a_cursor_that_the_feed_does_not_reach_is_lost(self, shv: HubNode, store: HubStore) -> None:
        shv.pull()
        store.run_now(lambda tx: tx.execute(update(hub_state).values(horizon=hub_state.c.seq)))
        assert shv.greeted().status == "ok"
        refused = shv.send("GET", f"/sync/pull?cursor={shv.cursor - 1}")
        assert (refused.status_code, code_of(refused)) == (409, "cursor-lost")
        assert shv.greeted(cursor=shv.cursor - 1).status == "refetch"
        assert code_of(shv.send("GET", f"/sync/pull?cursor={2**40}")) == "cursor-lost"

    def test_what_was_backed_up_is_named(self, shv: HubNode, store: HubStore, clock: HandClock) -> None:
        assert shv.greeted().durable_at is None
        store.run_now(partial(replica.mark_backed_up, at=clock.now()))
        assert shv.greeted().durable_at == clock.now()


class TestFirstProtocol:
    def test_it_hears_no_word_it_does_not_know(self, shv: HubNode, store: HubStore) -> None:
        store.run_now(lambda tx: tx.execute(update(hub_state).values(horizon=hub_state.c.seq)))
        answer = messages.decode(shv.say_hello({}, protocol=1).content, messages.HelloAnswer)
        assert answer.status == "upgrade"

    def test_it_tells_another_hub_by_its_incarnation(self, shv: HubNode) -> None:
        shv.hub_incarnation = "01ANOTHERHUB"
        answer = messages.decode(shv.say_hello({}, protocol=1).content, messages.HelloAnswer)
        assert (answer.status, answer.hub_incarnation != shv.hub_incarnation) == ("ok", True)

    def test_a_fork_is_a_refusal(self, shv: HubNode) -> None:
        shv.case()
        shv.push()
        shv.chain.pop()
        assert code_of(shv.say_hello({}, protocol=1)) == "node-forked"


class TestSeals:
    def test_a_restored_hub_believes_its_own_seal_and_leases_the_range_to_nobody_else(
        self, shv: HubNode, store: HubStore, clock: HandClock, ids: SeededIds, new_node: NewNode
    ) -> None:
        shv.hello()
        held = shv.leases
        assert [(lease.first, lease.last) for lease in held] == [(1, 2000), (2001, 4000)]
        rewind_hub(store, shv, ids, clock.now())
        assert shv.greeted(hub_incarnation=None).leases == ()
        shv.case()
        shv.push()
        assert [each.outcome for each in shv.push().results] == ["duplicate"]
        second = new_node("SHV").join()
        assert second.leases[0].first > 4000

    def test_a_restored_hub_believes_what_an_earlier_life_of_the_node_drew_from(
        self, shv: HubNode, store: HubStore, clock: HandClock, ids: SeededIds
    ) -> None:
        """The node was let in once more since: the hub forgot the range, and the life that held it."""
        earlier = tuple(
            msgspec.structs.replace(lease, incarnation=shv.incarnation) for lease in (*shv.leases, *shv.hello().leases)
        )
        rewind_hub(store, shv, ids, clock.now())
        shv.incarnation = "01ANOTHERLIFE"
        shv.leases = (earlier[0], msgspec.structs.replace(earlier[1], incarnation="01NOBODYSLIFE"))
        shv.hello(y2026=0)
        assert shv.leases[-1].first == earlier[0].last + 1
        shv.case()
        shv.push()
        assert [each.outcome for each in shv.push().results] == ["duplicate"]
        holders = select(number_leases.c.incarnation).order_by(number_leases.c.first)
        assert store.read_now(lambda reader: reader.column(holders)) == [earlier[0].incarnation, shv.incarnation]

    def test_a_seal_of_another_node_or_range_is_not_believed(
        self, shv: HubNode, store: HubStore, clock: HandClock, ids: SeededIds
    ) -> None:
        shv.hello()
        rewind_hub(store, shv, ids, clock.now())
        (lease, _) = shv.leases
        wider = msgspec.structs.replace(lease, last=9_000)
        shv.greeted(hub_incarnation=None, leases=(wider, NumberLease(year=2026, first=5_000, last=6_000)))
        shv.case()
        shv.push()
        assert [each.code for each in shv.push().results] == ["number-not-leased"]

    def test_a_range_that_another_holds_is_for_a_person_to_look_at(
        self, shv: HubNode, store: HubStore, clock: HandClock, ids: SeededIds, new_node: NewNode
    ) -> None:
        shv.hello()
        rewind_hub(store, shv, ids, clock.now())
        new_node("SHV").join()
        shv.greeted()
        assert {kind for kind, _ in alarms_of(store)} == {"lease-overlaps"}

    def test_a_lease_of_the_first_protocol_is_sealed_when_it_is_shown(self, shv: HubNode) -> None:
        (lease,) = shv.hello().leases
        (again,) = shv.greeted(leases=(msgspec.structs.replace(lease, seal=b""),)).leases
        assert again == lease


class TestRefetch:
    def test_the_scope_comes_page_by_page_and_each_document_once(self, shv: HubNode, kyv: HubNode) -> None:
        for _ in range(5):
            shv.case()
        kyv.case()
        shv.push()
        kyv.push()
        told: list[str] = []
        after: str | None = ""
        while after is not None:
            page = shv.refetch(after, limit=40)
            told += [item.document_id for item in page.items]
            after = page.refetch_after
        assert told == sorted(set(told))
        mine = {operation.document_id for operation in shv.chain}
        assert mine < set(told)
        assert kyv.chain[0].document_id not in told
        assert shv.pull(cursor=page.cursor).items == ()

    def test_what_changes_meanwhile_is_told_from_the_first_cursor_on(self, shv: HubNode, kyv: HubNode) -> None:
        case_id = shv.case(pickup_office_id="KYV").document_id
        shv.push()
        first = kyv.refetch(limit=1)
        shv.change(case_id, event="handed_over")
        shv.push()
        assert shv.chain[-1].operation_id in [item.operation_id for item in kyv.pull(cursor=first.cursor).items]

    def test_a_document_in_which_an_operation_does_not_count_says_so(self, shv: HubNode) -> None:
        case_id = shv.case().document_id
        shv.push()
        apart = shv.append(case_id, update=b"no update at all")
        never = shv.append("0-never", update=b"no update at all")
        shv.push()
        page = shv.refetch()
        told = [(item.document_id, item.what, item.operation_id) for item in page.items if item.kind == "case"]
        assert told == [
            ("0-never", "quarantined", never.operation_id),
            (case_id, "quarantined", apart.operation_id),
            (case_id, "snapshot", None),
        ]
        assert page.items[0].update == b""


def test_an_id_longer_than_any_is_refused(shv: HubNode) -> None:
    assert shv.send("GET", f"/sync/pull?refetch={'x' * 65}").status_code == 422
