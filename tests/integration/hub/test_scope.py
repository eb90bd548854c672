"""Which office reads which case: as the case says, where a citizen asked, and no longer than that."""

from collections.abc import Callable
from functools import partial

import pytest

from central_hub.node_gateway import commands
from central_hub.storage import HubStore, replica
from sync.documents.document import view
from tests.support.clock import HandClock
from tests.support.hub_node import HubNode

NewNode = Callable[[str], HubNode]


@pytest.fixture
def nov(new_node: NewNode) -> HubNode:
    node = new_node("NOV").join()
    node.pull()
    return node


def hand_over_at(node: HubNode, case_id: str, office_id: str) -> None:
    """Choose another office to hand the result over."""
    before = view(node.snapshots[case_id]).fields["pickup_office_id"]
    edit = {"field": "pickup_office_id", "base": before, "value": office_id}
    node.change(case_id, fields={"pickup_office_id": office_id}, event="edited", **edit)


def told(node: HubNode, case_id: str) -> list[str]:
    return [item.what for item in node.pull().items if item.document_id == case_id]


def outcome(node: HubNode) -> str | None:
    node.push()
    return node.push().results[-1].code


@pytest.fixture
def moved(shv: HubNode, kyv: HubNode) -> str:
    """A case that was to be handed over at KYV and now is at NOV; KYV holds it and has not heard."""
    case_id = shv.case(pickup_office_id="KYV").document_id
    shv.push()
    assert told(kyv, case_id) == ["snapshot"]
    kyv.snapshots[case_id] = shv.snapshots[case_id]
    hand_over_at(shv, case_id, "NOV")
    shv.push()
    return case_id


class TestPickup:
    def test_the_office_that_is_to_hand_over_no_more_lets_go_and_the_next_is_told_all(
        self, shv: HubNode, kyv: HubNode, nov: HubNode, moved: str
    ) -> None:
        assert told(kyv, moved) == ["drop"]
        assert told(nov, moved) == ["snapshot"]
        shv.change(moved, event="handed_over")
        shv.push()
        assert told(kyv, moved) == []
        assert told(nov, moved) == ["operation"]

    def test_it_changes_nothing_more(self, kyv: HubNode, moved: str) -> None:
        kyv.pull()
        kyv.greeted()
        kyv.change(moved, event="issued")
        assert outcome(kyv) == "out-of-scope"

    def test_it_learns_nothing_by_trying(self, kyv: HubNode, moved: str) -> None:
        kyv.pull()
        kyv.greeted()
        kyv.change(moved, event="issued")
        kyv.push()
        (notice,) = [item for item in kyv.pull().items if item.document_id == moved]
        assert (notice.what, notice.code, notice.update) == ("quarantined", "out-of-scope", b"")
        assert [item.what for item in kyv.refetch().items if item.document_id == moved] == ["quarantined"]

    def test_what_it_did_before_it_could_hear_counts_and_it_is_told_again_to_let_go(
        self, shv: HubNode, kyv: HubNode, moved: str
    ) -> None:
        """A weekend without a line: the office acted in good faith."""
        kyv.change(moved, event="issued")
        kyv.greeted()
        assert told(kyv, moved) == ["drop"]
        assert outcome(kyv) is None
        assert kyv.chain[-1].operation_id in [item.operation_id for item in shv.pull().items]
        assert told(kyv, moved) == ["drop"]
        kyv.change(moved, event="issued")
        assert outcome(kyv) == "out-of-scope"

    def test_who_was_away_for_both_changes_hears_only_the_last(
        self, shv: HubNode, kyv: HubNode, nov: HubNode, moved: str
    ) -> None:
        hand_over_at(shv, moved, "KYV")
        shv.push()
        assert told(nov, moved) == ["drop"]
        assert told(kyv, moved) == ["drop", "snapshot"]

    def test_to_and_fro_in_one_batch_leaves_who_read_before(
        self, shv: HubNode, kyv: HubNode, nov: HubNode, store: HubStore
    ) -> None:
        case_id = shv.case(pickup_office_id="KYV").document_id
        shv.push()
        told(kyv, case_id)
        hand_over_at(shv, case_id, "NOV")
        hand_over_at(shv, case_id, "KYV")
        shv.push()
        assert told(kyv, case_id) == ["drop", "snapshot"]
        assert told(nov, case_id) == ["drop"]
        scopes = store.read_now(partial(replica.scopes_of, document_id=case_id))
        assert scopes == {"office/SHV", "office/KYV"}


class TestCheckout:
    @pytest.fixture
    def lent(self, shv: HubNode, kyv: HubNode) -> str:
        case_id = shv.case().document_id
        shv.push()
        kyv.checked_out(str(view(shv.snapshots[case_id]).fields["number"]))
        kyv.pull()
        return case_id

    def test_a_case_stays_where_its_citizen_asked_while_it_goes_on(self, shv: HubNode, kyv: HubNode, lent: str) -> None:
        hand_over_at(shv, lent, "NOV")
        shv.push()
        assert told(kyv, lent) == ["operation"]

    @pytest.mark.parametrize("event", ["closed", "archived"])
    def test_until_it_ends(self, shv: HubNode, kyv: HubNode, lent: str, event: str) -> None:
        shv.change(lent, event=event)
        shv.push()
        assert told(kyv, lent) == ["drop"]


def test_a_case_of_the_own_office_stays_whatever_becomes_of_it(
    shv: HubNode, kyv: HubNode, store: HubStore, clock: HandClock
) -> None:
    case_id = shv.case(pickup_office_id="KYV").document_id
    shv.change(case_id, event="closed")
    shv.push()
    scopes = store.read_now(partial(replica.scopes_of, document_id=case_id))
    assert scopes == {"office/SHV", "office/KYV"}
    assert store.run_now(partial(commands.merge_received, limit=10, now=clock.now())) == 0
