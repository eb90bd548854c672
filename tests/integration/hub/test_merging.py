"""What becomes of operations behind the append: judged in order, set apart with what follows, released, discarded."""

from collections.abc import Callable
from functools import partial

import pytest

from central_hub.node_gateway import commands
from central_hub.node_gateway.commands import merge_received, merging
from central_hub.node_gateway.model import NotReleasable
from central_hub.storage import HubStore, ingest
from sync.documents import document
from sync.documents.document import view
from sync.replication.messages import PullItem
from sync.vocabulary.errors import NotFound
from tests.support.clock import HandClock
from tests.support.hub_node import HubNode


def codes(node: HubNode) -> list[str | None]:
    """What became of every operation of the node."""
    node.push()
    return [each.code for each in node.push().results]


def notices(node: HubNode) -> list[PullItem]:
    return [item for item in node.pull().items if item.what in {"quarantined", "released", "discarded"}]


def spoil(node: HubNode, case_id: str) -> str:
    """Change what is fixed, once; the operation's id."""
    before = node.snapshots[case_id]
    operation = node.change(case_id, fields={"number": "SHV-2026-0000009-0"})
    node.snapshots[case_id] = before
    return operation.operation_id


class TestJudgement:
    @pytest.fixture
    def case_id(self, shv: HubNode) -> str:
        return shv.case(pickup_office_id="KYV").document_id

    def test_a_field_changes_with_the_event_that_says_so(self, shv: HubNode, case_id: str) -> None:
        shv.change(case_id, fields={"fee_kopecks": 1}, event="edited", field="fee_kopecks", base=4542, value=1)
        assert codes(shv) == [None, None]

    @pytest.mark.parametrize(
        "facts", [{}, {"field": "fee_kopecks", "base": 4542, "value": 2}, {"field": "phone", "base": 4542, "value": 1}]
    )
    def test_a_field_that_no_event_carries_stays(self, shv: HubNode, case_id: str, facts: dict[str, int]) -> None:
        shv.change(case_id, fields={"fee_kopecks": 1}, event="edited", **facts)
        assert codes(shv) == [None, "field-unannounced"]

    def test_nobody_writes_in_the_name_of_another_office(self, shv: HubNode, kyv: HubNode, case_id: str) -> None:
        assert codes(shv) == [None]
        kyv.snapshots[case_id] = shv.snapshots[case_id]
        kyv.office_id = "SHV"
        kyv.change(case_id, event="issued")
        assert codes(kyv) == ["event-not-yours"]

    def test_nobody_writes_in_the_name_of_another_node(self, shv: HubNode, kyv: HubNode, case_id: str) -> None:
        shv.maker_id = kyv.node_id
        shv.change(case_id, event="issued")
        assert codes(shv) == [None, "event-not-yours"]

    def test_another_office_serves_in_the_case_under_its_own_name(
        self, shv: HubNode, kyv: HubNode, case_id: str
    ) -> None:
        assert codes(shv) == [None]
        kyv.snapshots[case_id] = shv.snapshots[case_id]
        kyv.change(case_id, event="issued")
        assert codes(kyv) == [None]

    def test_only_where_it_lives_a_case_is_archived(self, shv: HubNode, kyv: HubNode, case_id: str) -> None:
        assert codes(shv) == [None]
        kyv.snapshots[case_id] = shv.snapshots[case_id]
        kyv.change(case_id, event="archived")
        assert codes(kyv) == ["event-not-yours"]

    def test_an_attachment_stays_as_it_was_hung(self, shv: HubNode, case_id: str) -> None:
        shv.change(case_id, attachments={"01": {"sha256": "ab" * 32}})
        shv.change(case_id, attachments={"01": {"sha256": "cd" * 32}})
        assert codes(shv) == [None, None, "attachment-changed"]

    def test_an_event_nobody_can_fold_is_set_apart(self, shv: HubNode, case_id: str) -> None:
        shv.append(
            case_id,
            client_id=9,
            update=document.change(
                shv.snapshots[case_id],
                client_id=9,
                fields={},
                events={"01": {"kind": "issued", "node_id": shv.node_id, "office_id": "SHV"}},
                attachments={},
            ),
        )
        assert codes(shv) == [None, "event-malformed"]


class TestWaiting:
    def test_what_misses_a_change_waits_for_it_but_not_any_number_of_them(
        self, shv: HubNode, kyv: HubNode, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(merging, "WAITING_MAX", 2)
        case_id = shv.case(pickup_office_id="KYV").document_id
        shv.push()
        edit = {"event": "edited", "field": "fee_kopecks"}
        shv.change(case_id, fields={"fee_kopecks": 1}, base=4542, value=1, **edit)
        kyv.snapshots[case_id] = shv.snapshots[case_id]
        first = kyv.change(case_id, fields={"fee_kopecks": 2}, base=1, value=2, **edit)
        kyv.change(case_id, fields={"fee_kopecks": 3}, base=2, value=3, **edit)
        assert codes(kyv) == [None, None]
        kyv.change(case_id, fields={"fee_kopecks": 4}, base=3, value=4, **edit)
        assert codes(kyv) == ["too-many-wait", "depends-on-quarantined", "depends-on-quarantined"]
        told = [(item.operation_id, item.code) for item in notices(kyv)]
        assert told == [(each.operation_id, code) for each, code in zip(kyv.chain, codes(kyv), strict=True)]

        assert codes(shv) == [None, None]
        kyv.snapshots[case_id] = shv.snapshots[case_id]
        anew = kyv.change(case_id, fields={"fee_kopecks": 4}, base=1, value=4, rebase_of=first.operation_id, **edit)
        assert codes(kyv)[-1] is None
        heard = [item.operation_id for item in shv.pull().items if item.document_id == case_id]
        assert heard == [anew.operation_id]


class TestQuarantine:
    def test_its_node_alone_is_told_with_the_document_as_it_counts(self, shv: HubNode, kyv: HubNode) -> None:
        case_id = shv.case(pickup_office_id="KYV").document_id
        whole = shv.snapshots[case_id]
        spoilt = spoil(shv, case_id)
        shv.push()
        (told,) = notices(shv)
        assert (told.what, told.operation_id, told.code) == ("quarantined", spoilt, "field-fixed")
        assert view(told.update) == view(whole)
        assert notices(kyv) == []

    def test_what_follows_in_the_same_case_waits_until_it_is_made_anew(self, shv: HubNode) -> None:
        case_id = shv.case().document_id
        other = shv.case().document_id
        spoilt = spoil(shv, case_id)
        shv.change(case_id, event="handed_over")
        shv.change(other, event="handed_over")
        assert codes(shv) == [None, None, "field-fixed", "depends-on-quarantined", None]
        shv.change(case_id, event="handed_over", rebase_of=spoilt)
        shv.change(case_id, event="accepted_by_provider")
        assert codes(shv)[-2:] == [None, None]

    def test_what_was_made_anew_asks_no_person_for_a_decision(self, shv: HubNode, store: HubStore) -> None:
        case_id = shv.case().document_id
        spoilt = spoil(shv, case_id)
        shv.change(case_id, event="handed_over")
        shv.push()
        assert len(store.read_now(ingest.quarantined)) == 2
        shv.change(case_id, event="handed_over", rebase_of=spoilt)
        shv.push()
        assert [each.operation_id for each in store.read_now(ingest.quarantined)] == [spoilt]

    def test_what_was_made_anew_may_be_set_apart_again(self, shv: HubNode) -> None:
        case_id = shv.case().document_id
        first = spoil(shv, case_id)
        shv.change(case_id, fields={"home_office_id": "KYV"}, rebase_of=first)
        again = shv.chain[-1].operation_id
        shv.change(case_id, event="handed_over", rebase_of=first)
        shv.change(case_id, event="handed_over", rebase_of=again)
        assert codes(shv)[1:] == ["field-fixed", "field-fixed", "depends-on-quarantined", None]

    def test_of_a_case_that_never_counted_the_node_hears_there_is_none(self, shv: HubNode) -> None:
        case_id = shv.case(home_office_id="KYV").document_id
        shv.change(case_id, event="handed_over")
        shv.push()
        told = notices(shv)
        assert [each.code for each in told] == ["out-of-scope", "depends-on-quarantined"]
        assert {each.update for each in told} == {b""}

    def test_one_refused_at_the_door_is_told_after_what_came_before_it(self, shv: HubNode) -> None:
        case_id = shv.case().document_id
        shv.append(case_id, update=b"no update at all")
        shv.push()
        (told,) = notices(shv)
        assert told.code == "update-client-count"
        assert view(told.update).fields["fee_kopecks"] == 4542

    def test_what_misses_a_change_still_on_its_way_waits_for_it(
        self, shv: HubNode, kyv: HubNode, store: HubStore, clock: HandClock
    ) -> None:
        """After the hub's restore one office may push before the other on whose words it built."""
        case_id = shv.case(pickup_office_id="KYV").document_id
        shv.push()
        edit = {"event": "edited", "field": "fee_kopecks"}
        shv.change(case_id, fields={"fee_kopecks": 1}, base=4542, value=1, **edit)
        kyv.snapshots[case_id] = shv.snapshots[case_id]
        kyv.change(case_id, fields={"fee_kopecks": 2}, base=1, value=2, **edit)
        assert kyv.push().results[0].outcome == "accepted"
        assert [item.what for item in shv.pull().items if item.document_id == case_id] == []
        shv.push()
        assert kyv.push().results[0].code is None
        assert [item.operation_id for item in shv.pull().items] == [kyv.chain[0].operation_id]
        assert store.run_now(partial(merge_received, limit=9, now=clock.now())) == 0


class TestPeople:
    @pytest.fixture
    def settle(self, store: HubStore, clock: HandClock) -> Callable[..., None]:
        def do(command: Callable[..., None], operation_id: str) -> None:
            now = clock.now()
            store.run_now(partial(command, operation_id=operation_id, actor_id="head", office_id="CEN", now=now))
            store.run_now(partial(merge_received, limit=100, now=now))

        return do

    def test_release_one_and_everybody_reads_it(self, shv: HubNode, kyv: HubNode, settle: Callable[..., None]) -> None:
        case_id = shv.case(pickup_office_id="KYV").document_id
        shv.change(case_id, fields={"fee_kopecks": 7})
        shv.push()
        shv.pull()
        kyv.pull()
        settle(commands.release, shv.chain[1].operation_id)
        assert [(item.what, item.operation_id) for item in kyv.pull().items] == [
            ("operation", shv.chain[1].operation_id)
        ]
        (told,) = notices(shv)
        assert (told.what, told.update) == ("released", shv.chain[1].update)
        shv.change(case_id, event="handed_over")
        assert codes(shv) == [None, None, None]

    def test_release_a_case_with_all_that_follows(
        self, shv: HubNode, kyv: HubNode, settle: Callable[..., None]
    ) -> None:
        shv.numbers.insert(0, 5_000)
        case_id = shv.case(pickup_office_id="KYV").document_id
        shv.change(case_id, event="handed_over")
        shv.change(case_id, fields={"number": "SHV-2026-0000009-0"})
        assert codes(shv) == ["number-not-leased", "depends-on-quarantined", "depends-on-quarantined"]
        settle(commands.release, shv.chain[0].operation_id)
        assert codes(shv) == [None, None, "field-fixed"]
        assert [item.what for item in kyv.pull().items] == ["snapshot", "operation"]

    def test_release_what_an_ended_life_of_its_node_left_to_be_made_anew(
        self, shv: HubNode, settle: Callable[..., None]
    ) -> None:
        """A disk brought back from before it knows nothing of it."""
        case_id = shv.case().document_id
        spoil(shv, case_id)
        event = shv.change(case_id, event="handed_over")
        assert codes(shv) == [None, "field-fixed", "depends-on-quarantined"]
        with pytest.raises(NotReleasable):
            settle(commands.release, event.operation_id)

        shv.chain.clear()
        shv.incarnation = "01RESTORED"
        shv.hello()
        settle(commands.release, event.operation_id)
        told = [item for item in shv.pull().items if item.operation_id == event.operation_id]
        assert [each.what for each in told] == ["quarantined", "operation", "released"]
        assert "handed_over" in {entry["kind"] for entry in view(told[1].update).events.values()}

    def test_release_nothing_that_no_document_can_be_made_of(self, shv: HubNode, settle: Callable[..., None]) -> None:
        shv.append("case-1", update=b"no update at all")
        shv.push()
        with pytest.raises(NotReleasable):
            settle(commands.release, shv.chain[0].operation_id)

    def test_discard_one_for_good(self, shv: HubNode, settle: Callable[..., None]) -> None:
        case_id = shv.case().document_id
        spoilt = spoil(shv, case_id)
        shv.push()
        shv.pull()
        settle(commands.discard, spoilt)
        assert [(each.what, each.operation_id) for each in notices(shv)] == [("discarded", spoilt)]
        with pytest.raises(NotFound):
            settle(commands.release, spoilt)


def test_what_kills_the_worker_is_set_apart_unopened(shv: HubNode, store: HubStore, clock: HandClock) -> None:
    """The merging process died at it twice before it was merged."""
    from central_hub.storage.tables import operations  # noqa: PLC0415 - only this test turns time back

    operation = shv.case()
    shv.push()
    back = operations.update().where(operations.c.operation_id == operation.operation_id).values(state="received")
    store.run_now(lambda tx: tx.execute(back))
    apart = partial(commands.set_apart, operation_id=operation.operation_id, code="kills-the-worker", now=clock.now())
    store.run_now(apart)
    store.run_now(partial(merge_received, limit=9, now=clock.now()))
    assert codes(shv) == ["kills-the-worker"]
