"""The owner of one enrolled node, with its key, against the hub: what it tries beyond its own office is refused.

On SQLite alone but for what a database understands in its own way, which is asked of both in ``test_odd_messages``.
"""

import hashlib
from functools import partial
from pathlib import Path
from shutil import copy

import msgspec
import pytest
from pycrdt import Doc, Map
from sqlalchemy import select

from central_hub.node_gateway import commands
from central_hub.node_gateway.commands import ErasureOrder
from central_hub.node_gateway.commands.applying import DOCUMENT_BYTES_MAX
from central_hub.node_gateway.commands.leasing import LEASES_A_DAY_MAX
from central_hub.storage import HubStore, ingest, replica
from central_hub.storage.tables import cases
from central_hub.storage.tables import documents as documents_table
from sync.documents import document as documents
from sync.documents.document import DocumentView, Entry, view
from sync.replication import messages
from sync.replication.messages import HealAnswer, HealRequest
from sync.vocabulary.case import CaseEvent, to_entry
from sync.vocabulary.clock import tick
from tests.support.clock import HandClock, SeededIds
from tests.support.hub_node import HubNode


class Row(msgspec.Struct, frozen=True):
    """A case as the city's register shows it."""

    number: str
    home_office_id: str


@pytest.fixture
def database_url(tmp_path: Path, sqlite_city: Path) -> str:
    copy(sqlite_city, tmp_path / "hub.db")
    return f"sqlite:///{tmp_path / 'hub.db'}"


@pytest.fixture
def shared(shv: HubNode, kyv: HubNode) -> str:
    """A case of SHV that KYV reads and may go on with: its citizen stood there."""
    case_id = shv.case().document_id
    shv.push()
    kyv.checked_out(str(said(shv, case_id).fields["number"]))
    kyv.pull()
    return case_id


def said(node: HubNode, case_id: str) -> DocumentView:
    return view(node.snapshots[case_id])


def held(store: HubStore, case_id: str) -> DocumentView:
    stored = store.read_now(partial(replica.document, document_id=case_id))
    assert stored is not None
    return view(stored.snapshot)


def registered(store: HubStore, case_id: str) -> Row | None:
    statement = select(cases.c.number, cases.c.home_office_id).where(cases.c.case_id == case_id)
    return store.read_now(lambda reader: reader.row(statement, Row))


def verdict(node: HubNode) -> str | None:
    """The code of the last operation, after it was merged or not."""
    node.push()
    return node.push().results[-1].code


def forged(node: HubNode, case_id: str, events: dict[str, Entry], *, client_id: int = 99) -> None:
    """One more operation of the chain, with entries that no node of ours would write."""
    update = documents.change(node.snapshots[case_id], client_id=client_id, fields={}, events=events, attachments={})
    node.snapshots[case_id] = documents.merge(node.snapshots[case_id], [update], clients=[client_id]).snapshot
    node.append(case_id, client_id=client_id, update=update)


def entry(node: HubNode, **facts: object) -> Entry:
    at = HandClock().now()
    event = CaseEvent(
        id="E",
        kind="payment_received",
        clock=tick(None, at),
        at=at,
        node_id=node.node_id,
        office_id=node.office_id,
        actor_id="staff",
    )
    return to_entry(event) | msgspec.convert(facts, Entry)


class TestTakingACase:
    @pytest.mark.parametrize(("field", "value"), [("home_office_id", "KYV"), ("number", "SHV-2026-0000500-0")])
    def test_a_word_on_a_conflict_moves_no_case_and_changes_no_number(
        self, kyv: HubNode, shared: str, store: HubStore, *, field: str, value: str
    ) -> None:
        before = registered(store, shared)
        kyv.change(shared, event="resolved", field=field, value=value, conflict_event_ids="E")
        kyv.push()
        assert registered(store, shared) == before

    def test_a_number_taken_from_another_case_by_such_a_word_stops_no_merge(
        self, shv: HubNode, store: HubStore
    ) -> None:
        first, second = shv.case().document_id, shv.case().document_id
        shv.push()
        number = said(shv, first).fields["number"]
        shv.change(second, event="resolved", field="number", value=number, conflict_event_ids="E")
        shv.push()
        row = registered(store, second)
        assert row is not None
        assert row.number == said(shv, second).fields["number"] != number

    def test_nothing_is_added_under_the_id_of_another_client(
        self, shv: HubNode, kyv: HubNode, shared: str, store: HubStore
    ) -> None:
        """The entries behind another's last would be that one's own word to every replica."""
        victim = shv.chain[0]
        document: Doc[Map[object]] = Doc(client_id=victim.client_id)
        document.apply_update(victim.update)
        with document.transaction():
            document.get("ev", type=Map)["E"] = entry(kyv)
        before = held(store, shared)
        kyv.append(shared, client_id=victim.client_id, update=document.get_update())
        assert verdict(kyv) == "update-known-client"
        assert held(store, shared) == before


class TestHealing:
    def test_takes_no_attachment_away(self, shv: HubNode, kyv: HubNode, shared: str, store: HubStore) -> None:
        scan: Entry = {"sha256": "a" * 64, "size": 1}
        shv.change(shared, event="scan_attached", attachment_id="A", attachments={"A": scan})
        shv.push()
        document: Doc[Map[object]] = Doc()
        document.apply_update(shv.snapshots[shared])
        del document.get("att", type=Map)["A"]
        spoilt = HealRequest(document_id=shared, snapshot=document.get_update())
        kyv.ask("POST", "/sync/heal", spoilt, HealAnswer)
        assert held(store, shared).attachments == {"A": scan}

    def test_brings_nothing_of_an_erased_case_back(
        self, shv: HubNode, store: HubStore, clock: HandClock, ids: SeededIds
    ) -> None:
        case_id = shv.case().document_id
        shv.push()
        order = ErasureOrder(number=str(said(shv, case_id).fields["number"]), act="act", ordered_by="city")
        store.run_now(partial(commands.erase, order=order, operation_id=ids.new(), now=clock.now()))
        before = held(store, case_id)
        late = HealRequest(document_id=case_id, snapshot=shv.snapshots[case_id])
        shv.ask("POST", "/sync/heal", late, HealAnswer)
        assert held(store, case_id) == before
        assert "applicant_last_name" not in before.fields

    def test_tells_nothing_of_a_case_elsewhere_and_buries_no_alarm(
        self, shv: HubNode, kyv: HubNode, store: HubStore, ids: SeededIds
    ) -> None:
        case_id = shv.case().document_id
        shv.push()
        for document_id in (case_id, *(ids.new() for _ in range(5))):
            asked = HealRequest(document_id=document_id, snapshot=shv.snapshots[case_id])
            assert kyv.ask("POST", "/sync/heal", asked, HealAnswer).item is None
        (alarm,) = store.read_now(ingest.last_alarms)
        assert (alarm.kind, alarm.subject, alarm.office_id) == ("digest", kyv.node_id, "KYV")


class TestBreakingTheMerge:
    """What an operation says must fit where the hub keeps it, or every office behind it waits."""

    def test_a_moment_that_utc_does_not_have(self, shv: HubNode) -> None:
        case_id = shv.case().document_id
        shv.push()
        forged(shv, case_id, {"E": entry(shv, kind="issued", at="0001-01-01T00:00:00+14:00")})
        assert verdict(shv) == "event-malformed"

    def test_money_whose_sum_no_column_keeps(self, shv: HubNode) -> None:
        case_id = shv.case().document_id
        shv.push()
        events = {
            f"E{number}": entry(shv, terminal_id="T", reference=str(number), amount_kopecks=2**53 - 1)
            for number in range(2)
        }
        forged(shv, case_id, events)
        assert verdict(shv) == "event-malformed"

    def test_a_document_larger_than_any_node_takes(self, shv: HubNode, store: HubStore) -> None:
        case_id = shv.case().document_id
        for number in range(DOCUMENT_BYTES_MAX // 60_000 + 2):
            forged(shv, case_id, {f"E{number}": entry(shv, kind="noted", note="x" * 60_000)}, client_id=1_000 + number)
        for first in range(1, len(shv.chain) + 1, 10):
            shv.push(first, min(first + 9, len(shv.chain)))
        last = len(shv.chain)
        assert shv.push(last, last).results[0].code == "depends-on-quarantined"
        size = store.read_now(
            lambda reader: reader.scalar(
                select(documents_table.c.snapshot).where(documents_table.c.document_id == case_id)
            )
        )
        assert isinstance(size, bytes)
        assert len(size) <= DOCUMENT_BYTES_MAX


def test_the_numbers_of_a_year_are_not_leased_away_in_a_day(shv: HubNode, store: HubStore, clock: HandClock) -> None:
    for _ in range(LEASES_A_DAY_MAX + 5):
        shv.hello(y2026=0)
    assert len(shv.leases) == LEASES_A_DAY_MAX
    assert [alarm.kind for alarm in store.read_now(ingest.last_alarms)] == ["leases-many"]
    clock.move(hours=25)
    assert len(shv.hello(y2026=0).leases) == 1


def test_an_id_taken_before_by_another_office_is_no_duplicate(shv: HubNode, kyv: HubNode, store: HubStore) -> None:
    """After the hub was restored, whoever had read an operation could send its id first: it must not vanish."""
    operation = shv.case()
    kyv.case()
    kyv.chain[-1] = msgspec.structs.replace(kyv.chain[-1], operation_id=operation.operation_id)
    kyv.push()
    (result,) = shv.push().results
    assert (result.outcome, result.code) == ("quarantined", "id-taken")
    told = [(item.what, item.code, item.update) for item in shv.pull().items if item.operation_id]
    assert ("quarantined", "id-taken", b"") in told
    assert [(alarm.kind, alarm.subject) for alarm in store.read_now(ingest.last_alarms)] == [("id-taken", shv.node_id)]
    shv.push()
    assert "quarantined" not in [item.what for item in shv.pull().items]


class TestGuessing:
    """Four digits can be tried: only the pause between tries keeps a case closed."""

    def test_with_a_case_of_ones_own_between_the_tries_is_slowed_down_all_the_same(
        self, shv: HubNode, kyv: HubNode
    ) -> None:
        case_id, own_id = shv.case().document_id, kyv.case().document_id
        shv.push()
        kyv.push()
        number, own = (str(said(*each).fields["number"]) for each in ((shv, case_id), (kyv, own_id)))
        answers = []
        for guess in range(4):
            answers += [kyv.check_out(number, f"{guess:04}").status_code, kyv.check_out(own).status_code]
        assert answers == [404, 200, 404, 200, 404, 429, 429, 429]

    def test_a_citizen_who_stands_there_wipes_the_slate(self, shv: HubNode, kyv: HubNode) -> None:
        numbers = [str(said(shv, shv.case().document_id).fields["number"]) for _ in range(7)]
        shv.push()
        assert [kyv.check_out(number).status_code for number in numbers] == [200] * 7


class TestScans:
    def test_a_partial_scan_of_one_office_spoils_that_of_no_other(
        self, shv: HubNode, kyv: HubNode, shared: str
    ) -> None:
        content = b"page" * 100
        sha256 = hashlib.sha256(content).hexdigest()
        scan: Entry = {"sha256": sha256, "size": len(content)}
        shv.change(shared, event="scan_attached", attachment_id="A", attachments={"A": scan})
        shv.push()
        address = f"/blobs/{sha256}?offset=0&size={len(content)}"
        assert kyv.send("PATCH", f"/blobs/{sha256}?offset=0&size=400", b"poison" * 10).status_code == 202
        assert shv.send("PATCH", address, content).status_code == 201
        assert kyv.send("GET", f"/blobs/{sha256}").content == content

    def test_a_scan_elsewhere_is_not_told_from_one_that_is_nowhere(self, shv: HubNode, kyv: HubNode) -> None:
        content = b"scan"
        sha256 = hashlib.sha256(content).hexdigest()
        case_id = shv.case().document_id
        shv.change(case_id, event="scan_attached", attachment_id="A", attachments={"A": {"sha256": sha256, "size": 4}})
        shv.push()
        assert shv.send("PUT", f"/blobs/{sha256}", content).status_code == 204
        there, nowhere = (kyv.send("HEAD", f"/blobs/{each}") for each in (sha256, "0" * 64))
        assert (there.status_code, there.headers["Vikno-Offset"]) == (404, "unknown")
        assert (nowhere.status_code, nowhere.headers["Vikno-Offset"]) == (404, "unknown")


class TestSessions:
    def test_the_nonce_of_another_node_opens_nothing(self, shv: HubNode, kyv: HubNode) -> None:
        kyv.nonce = shv.nonce
        assert kyv.send("GET", "/sync/pull?cursor=0").status_code == 401

    def test_a_push_of_another_incarnation_than_greeted_is_refused(self, shv: HubNode, ids: SeededIds) -> None:
        shv.case()
        shv.incarnation = ids.new()
        assert shv.send("POST", "/sync/push", messages.encode(shv.push_request())).status_code == 403

    def test_a_copied_disk_ends_the_node_for_all_to_see(self, shv: HubNode, store: HubStore, ids: SeededIds) -> None:
        """A thief who greets as a new life cannot be told from a restore; the first word of the true node tells."""
        true_life, true_nonce = shv.incarnation, shv.nonce
        shv.incarnation = ids.new()
        assert shv.greeted(oseq=0, head_hash=b"", acknowledged_oseq=0, acknowledged_hash=b"").status == "ok"
        shv.incarnation, shv.nonce = true_life, true_nonce
        assert shv.send("GET", "/sync/pull?cursor=0").status_code == 403
        assert shv.greeted().status == "forked"
        assert [alarm.kind for alarm in store.read_now(ingest.last_alarms)] == ["forked"]
