"""What a node may say to the hub, and what the hub keeps and tells of it."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from litestar.testing import TestClient

from central_hub.settings import HubSettings
from central_hub.storage import HubStore, ingest
from sync.documents.document import view
from sync.replication import messages
from sync.replication.blobs import BlobFolder
from sync.replication.identity import NodeKey
from sync.vocabulary.live import LiveState
from tests.support.clock import HandClock
from tests.support.hub_node import HubNode

NewNode = Callable[[str], HubNode]


def code_of(response) -> str:
    return response.json()["code"]


class TestEnrolment:
    def test_a_token_lets_one_node_in(self, new_node: NewNode) -> None:
        first, second = new_node("SHV"), new_node("SHV")
        token = first.token()
        assert first.enrol(token).status_code == 200
        refused = second.enrol(token)
        assert (refused.status_code, code_of(refused)) == (403, "token-refused")

    def test_a_node_that_lost_the_answer_is_told_it_again(self, new_node: NewNode) -> None:
        node = new_node("SHV")
        token = node.token()
        assert node.enrol(token).content == node.enrol(token).content

    def test_a_token_is_good_for_its_office_only(self, new_node: NewNode) -> None:
        assert code_of(new_node("KYV").enrol(new_node("SHV").token())) == "token-refused"

    def test_a_token_expires(self, new_node: NewNode, clock: HandClock) -> None:
        node = new_node("SHV")
        token = node.token()
        clock.move(hours=25)
        assert code_of(node.enrol(token)) == "token-refused"


class TestSignatures:
    def test_an_unknown_node_is_not_heard(self, new_node: NewNode) -> None:
        refused = new_node("SHV").say_hello({})
        assert (refused.status_code, code_of(refused)) == (401, "node-unknown")

    def test_another_key_is_refused(self, shv: HubNode) -> None:
        shv.key = NodeKey.generate()
        assert code_of(shv.send("GET", "/sync/pull?cursor=0&limit=1&wait=0")) == "signature-wrong"

    def test_a_signature_over_another_address_is_refused(self, shv: HubNode) -> None:
        refused = shv.send("GET", "/sync/pull?cursor=0", covered="/sync/pull?cursor=9")
        assert (refused.status_code, code_of(refused)) == (401, "signature-wrong")

    def test_a_hello_is_heard_once(self, shv: HubNode) -> None:
        assert shv.say_hello({}, nonce="once").status_code == 200
        assert code_of(shv.say_hello({}, nonce="once")) == "nonce-reused"

    def test_a_nonce_of_the_node_itself_opens_nothing(self, shv: HubNode) -> None:
        shv.nonce = "my own"
        assert code_of(shv.send("GET", "/sync/pull")) == "nonce-expired"

    def test_a_nonce_ends_after_an_hour(self, shv: HubNode, clock: HandClock) -> None:
        clock.move(minutes=61)
        assert code_of(shv.send("GET", "/sync/pull")) == "nonce-expired"

    def test_a_newer_protocol_is_asked_to_wait_for_the_upgrade(self, shv: HubNode) -> None:
        answer = messages.decode(shv.say_hello({}, protocol=3).content, messages.HelloAnswer)
        assert answer.status == "upgrade"


class TestPush:
    def test_a_case_is_kept_and_acknowledged(self, shv: HubNode) -> None:
        operation = shv.case()
        answer = shv.push()
        assert [(each.operation_id, each.outcome) for each in answer.results] == [(operation.operation_id, "accepted")]
        assert answer.acknowledged_oseq == shv.hello(y2026=2000).acknowledged_oseq == 1

    def test_a_second_delivery_is_a_duplicate(self, shv: HubNode) -> None:
        shv.case()
        shv.push()
        shv.case()
        assert [each.outcome for each in shv.push().results] == ["duplicate", "accepted"]
        assert [each.outcome for each in shv.push().results] == ["duplicate", "duplicate"]

    def test_a_gap_in_the_chain_is_named(self, shv: HubNode) -> None:
        shv.case()
        shv.push()
        shv.case()
        shv.case()
        refused = shv.send("POST", "/sync/push", messages.encode(shv.push_request(first=3)))
        assert (refused.status_code, code_of(refused)) == (409, "chain-gap")
        assert refused.json()["facts"] == {"acknowledged_oseq": 1}

    def test_another_history_under_the_same_numbers_is_a_fork(self, shv: HubNode) -> None:
        shv.case()
        shv.push()
        shv.chain.clear()
        shv.case()
        refused = shv.send("POST", "/sync/push", messages.encode(shv.push_request()))
        assert (refused.status_code, code_of(refused)) == (409, "chain-forked")
        assert shv.greeted().status == "forked"

    def test_a_copy_that_outran_the_head_is_found_by_its_push(self, shv: HubNode) -> None:
        """Its greeting names a longer chain and a past that both know: what differs in between only the push shows."""
        shv.case()
        shv.push()
        shv.case()
        shv.push()
        shv.chain.pop()
        shv.case()
        shv.case()
        shv.acknowledged_oseq = 1
        greeted = shv.greeted()
        assert (greeted.status, greeted.acknowledged_oseq) == ("ok", 1)
        assert code_of(shv.send("POST", "/sync/push", messages.encode(shv.push_request(first=2)))) == "chain-forked"
        assert code_of(shv.send("GET", "/sync/pull?cursor=0")) == "node-forked"
        assert shv.greeted().status == "forked"

    def test_a_head_signed_by_another_is_refused_whole(self, shv: HubNode) -> None:
        shv.case()
        honest, shv.key = shv.key, NodeKey.generate()
        forged = shv.push_request()
        shv.key = honest
        assert code_of(shv.send("POST", "/sync/push", messages.encode(forged))) == "signature-wrong"
        assert shv.hello().acknowledged_oseq == 0

    def test_more_than_a_push_may_carry_is_refused(self, shv: HubNode) -> None:
        for number in range(501):
            shv.append(f"case-{number}", update=b"x")
        assert shv.send("POST", "/sync/push", messages.encode(shv.push_request())).status_code == 413

    def test_a_larger_operation_than_allowed_is_refused(self, shv: HubNode) -> None:
        shv.append("case-1", update=b"x" * (64 * 1024 + 1))
        assert code_of(shv.send("POST", "/sync/push", messages.encode(shv.push_request()))) == "push-too-large"

    def test_a_poison_operation_does_not_block_the_next(self, shv: HubNode) -> None:
        shv.append("case-1", update=b"no update at all")
        shv.case()
        answer = shv.push()
        assert [(each.outcome, each.code) for each in answer.results] == [
            ("quarantined", "update-client-count"),
            ("accepted", None),
        ]
        assert [each.outcome for each in shv.push().results] == ["quarantined", "duplicate"]


class TestRights:
    def outcome(self, node: HubNode) -> str | None:
        """What became of the last operation: a push is answered before it is judged, said again it is told."""
        node.push()
        return node.push().results[-1].code

    def test_a_case_of_another_office_is_refused(self, shv: HubNode) -> None:
        shv.case(home_office_id="KYV")
        assert self.outcome(shv) == "out-of-scope"

    def test_a_number_that_was_not_leased_is_refused(self, shv: HubNode) -> None:
        shv.numbers.insert(0, 5_000)
        shv.case()
        assert self.outcome(shv) == "number-not-leased"

    def test_a_number_of_another_office_is_refused(self, shv: HubNode) -> None:
        shv.case(number="KYV-2026-0000001-8")
        assert self.outcome(shv) == "number-malformed"

    def test_a_number_is_borne_once(self, shv: HubNode) -> None:
        shv.numbers.insert(0, shv.numbers[0])
        shv.case()
        shv.case()
        assert self.outcome(shv) == "number-taken"

    def test_a_case_of_another_office_is_not_changed(self, shv: HubNode, kyv: HubNode) -> None:
        case_id = shv.case().document_id
        shv.push()
        kyv.snapshots[case_id] = shv.snapshots[case_id]
        kyv.change(case_id, event="issued")
        assert self.outcome(kyv) == "out-of-scope"

    def test_the_catalogue_is_not_written_by_nodes(self, shv: HubNode) -> None:
        shv.append("service.01-01", kind="administrative_service", update=b"x")
        assert self.outcome(shv) == "kind-not-writable"

    def test_the_number_of_a_case_is_fixed(self, shv: HubNode) -> None:
        case_id = shv.case().document_id
        shv.change(case_id, fields={"number": "SHV-2026-0000009-0"})
        assert self.outcome(shv) == "field-fixed"

    def test_the_past_is_not_changed(self, shv: HubNode) -> None:
        case_id = shv.case().document_id
        (event_id,) = view(shv.snapshots[case_id]).events
        shv.change(case_id, fields={"fee_kopecks": 1}, event="edited", field="fee_kopecks", base=4542, value=1)
        assert self.outcome(shv) is None
        from sync.documents import document  # noqa: PLC0415 - only this test forges

        forged = document.change(
            shv.snapshots[case_id], client_id=99, fields={}, events={event_id: {"kind": "issued"}}, attachments={}
        )
        shv.append(case_id, client_id=99, update=forged)
        assert self.outcome(shv) == "event-changed"


class TestPull:
    def test_the_reference_data_reaches_every_node_but_staff_only_theirs(self, shv: HubNode) -> None:
        kinds = [item.kind for item in shv.pull().items]
        assert kinds.count("office") == 12
        assert kinds.count("administrative_service") == 99
        assert shv.pull().items == ()

    def test_its_own_words_are_not_told_back(self, shv: HubNode) -> None:
        shv.pull()
        shv.case()
        shv.push()
        assert shv.pull().items == ()

    def test_the_cursor_moves_on_though_nothing_is_for_this_node(self, shv: HubNode, kyv: HubNode) -> None:
        before = kyv.cursor
        shv.case()
        shv.push()
        answer = kyv.pull()
        assert answer.items == ()
        assert answer.cursor > before

    def test_a_case_to_be_handed_over_elsewhere_arrives_there_whole_then_change_by_change(
        self, shv: HubNode, kyv: HubNode
    ) -> None:
        case_id = shv.case(pickup_office_id="KYV").document_id
        shv.push()
        (item,) = kyv.pull().items
        assert (item.what, item.document_id) == ("snapshot", case_id)
        assert view(item.update).fields["pickup_office_id"] == "KYV"

        shv.change(case_id, event="handed_over")
        shv.change(case_id, event="accepted_by_provider")
        shv.push()
        told = kyv.pull().items
        assert [each.operation_id for each in told] == [each.operation_id for each in shv.chain[1:]]
        assert [each.seq for each in told] == sorted(each.seq for each in told)

        kyv.snapshots[case_id] = shv.snapshots[case_id]
        issued = kyv.change(case_id, event="issued")
        assert kyv.push().results[0].outcome == "accepted"
        assert issued.operation_id in [each.operation_id for each in shv.pull().items]

    def test_a_page_of_the_feed_is_as_long_as_asked(self, shv: HubNode) -> None:
        whole = shv.pull(cursor=0).items
        shv.cursor = 0
        pages = [shv.pull(limit=40).items for _ in range(4)]
        assert [len(page) for page in pages] == [40, 40, 31, 0]
        assert [item for page in pages for item in page] == list(whole)

    def test_a_new_incarnation_hears_what_the_lost_one_said(self, shv: HubNode) -> None:
        shv.pull()
        operation = shv.case()
        shv.push()
        shv.incarnation = "01RESTORED"
        shv.hello()
        assert operation.operation_id in [item.operation_id for item in shv.pull(cursor=0).items]


class TestCheckout:
    def test_a_case_is_fetched_by_its_number_and_second_factor_and_may_then_be_changed(
        self, shv: HubNode, kyv: HubNode
    ) -> None:
        case_id = shv.case().document_id
        shv.push()
        number = str(view(shv.snapshots[case_id]).fields["number"])
        item = kyv.checked_out(number).item
        assert view(item.update).fields["number"] == number
        assert [each.document_id for each in kyv.pull().items] == [case_id]
        kyv.change(case_id, event="issued")
        assert kyv.push().results[0].outcome == "accepted"

    def test_a_wrong_factor_and_an_unknown_number_are_answered_alike(self, shv: HubNode, kyv: HubNode) -> None:
        case_id = shv.case().document_id
        shv.push()
        number = str(view(shv.snapshots[case_id]).fields["number"])
        wrong, unknown = kyv.check_out(number, "0000"), kyv.check_out("SHV-2026-0001999-1")
        assert wrong.status_code == unknown.status_code == 404
        assert wrong.json() == unknown.json()

    def test_whoever_guesses_is_slowed_down(self, kyv: HubNode) -> None:
        assert [kyv.check_out("SHV-2026-0000001-1", f"{guess:04}").status_code for guess in range(6)] == [
            *[404] * 5,
            429,
        ]


class TestLeases:
    def test_ranges_never_overlap(self, shv: HubNode, new_node: NewNode) -> None:
        second = new_node("SHV").join()
        shv.hello(y2026=999)
        second.hello(y2026=0)
        numbers = [*shv.numbers, *second.numbers]
        assert len(numbers) == len(set(numbers)) == 8_000

    def test_a_node_with_enough_numbers_gets_none(self, shv: HubNode) -> None:
        assert shv.hello(y2026=1_000).leases == ()

    def test_in_december_the_next_year_is_leased_too(self, shv: HubNode, clock: HandClock) -> None:
        clock.move(days=10)
        assert [lease.year for lease in shv.hello(y2026=1_500).leases] == [2027]


class TestBlobs:
    CONTENT = b"%PDF-1.7 a scan"
    SHA256 = hashlib.sha256(CONTENT).hexdigest()

    def name_it(self, node: HubNode, **fields: str) -> None:
        case_id = node.case(**fields).document_id
        node.change(case_id, attachments={"01": {"sha256": self.SHA256, "size": len(self.CONTENT)}})
        node.push()

    def test_a_scan_is_kept_and_fetched_by_who_reads_its_case(self, shv: HubNode, kyv: HubNode) -> None:
        self.name_it(shv, pickup_office_id="KYV")
        target = f"/blobs/{self.SHA256}"
        assert shv.send("HEAD", target).status_code == 404
        assert shv.send("PUT", target, self.CONTENT).status_code == 204
        assert shv.send("PUT", target, self.CONTENT).status_code == 204
        assert shv.send("HEAD", target).status_code == 200
        assert kyv.send("GET", target).content == self.CONTENT

    def test_a_scan_of_a_case_elsewhere_is_not_there(self, shv: HubNode, kyv: HubNode) -> None:
        self.name_it(shv)
        shv.send("PUT", f"/blobs/{self.SHA256}", self.CONTENT)
        assert kyv.send("GET", f"/blobs/{self.SHA256}").status_code == 404
        assert kyv.send("PUT", f"/blobs/{self.SHA256}", self.CONTENT).status_code == 404

    def test_other_bytes_than_the_hash_says_are_refused(self, shv: HubNode) -> None:
        self.name_it(shv)
        assert code_of(shv.send("PUT", f"/blobs/{self.SHA256}", b"other")) == "signature-wrong"
        refused = shv.send("PATCH", f"/blobs/{self.SHA256}?offset=0&size=5", b"other")
        assert refused.status_code == 422
        assert shv.send("HEAD", f"/blobs/{self.SHA256}").status_code == 404

    def test_a_scan_that_rotted_at_the_hub_is_asked_for_again(
        self, shv: HubNode, store: HubStore, tmp_path: Path
    ) -> None:
        self.name_it(shv)
        target = f"/blobs/{self.SHA256}"
        shv.send("PUT", target, self.CONTENT)
        folder = HubSettings(folder=tmp_path).blob_folder
        BlobFolder(folder).path(self.SHA256).write_bytes(b"%PDF-1.7 a scam")
        for _ in range(2):
            assert shv.send("GET", target).status_code == 404
        assert [each.kind for each in store.read_now(ingest.last_alarms)] == ["blob-rotten"]
        assert shv.send("HEAD", target).status_code == 404
        assert shv.send("PUT", target, self.CONTENT).status_code == 204
        assert shv.send("GET", target).content == self.CONTENT


class TestLive:
    def state(self, office_id: str, clock: HandClock) -> bytes:
        return messages.encode(LiveState(office_id=office_id, taken_at=clock.now(), waiting={"residence": 4}))

    def test_an_office_tells_its_own_state(self, shv: HubNode, clock: HandClock) -> None:
        assert shv.send("PUT", "/sync/live", self.state("SHV", clock)).status_code == 204

    def test_an_office_does_not_speak_for_another(self, shv: HubNode, clock: HandClock) -> None:
        assert shv.send("PUT", "/sync/live", self.state("KYV", clock)).status_code == 403


@pytest.mark.parametrize("target", ["/sync/hello", "/sync/push", "/sync/documents"])
def test_a_body_that_is_no_message_is_refused(client: TestClient, target: str) -> None:
    """There is no unsigned mode, not even for nonsense."""
    assert client.post(target, content=b"nonsense").status_code == 401
