"""Into an erased case nobody writes: what is left of it says that it was, when, and by which act."""

from collections.abc import Callable

import pytest

from edge_node.archive import commands as archive
from edge_node.back_office import queries as back_office
from edge_node.case_register import commands, queries
from edge_node.case_register.commands import recording
from edge_node.case_register.model import Case, CaseErased, Settlement
from sync.replication import outbox
from sync.vocabulary.case import EventKind
from tests.support.case_office import OLENA, OLENA_SIGNED_IN, CaseOffice, case_office

__all__ = ["case_office"]

SCAN = {"sha256": "a" * 64, "size": 1, "media_type": "image/png"}
SETTLEMENT = Settlement(dispute="status", conflict_event_ids="", holds_event_id="", reasons="")


def step(office: CaseOffice, case: Case) -> None:
    office.step(case, EventKind.HANDED_OVER)


def scan(office: CaseOffice, case: Case) -> None:
    office.do(commands.attach, case_id=case.case_id, attachments={"01SCAN": SCAN}, facts={}, **_hand(office))


def edit(office: CaseOffice, case: Case) -> None:
    office.do(commands.edit_field, case_id=case.case_id, field="applicant_phone", value="+380", **_hand(office))


def settle(office: CaseOffice, case: Case) -> None:
    office.do(commands.settle, SETTLEMENT, case_id=case.case_id, **_hand(office))


def begin_a_scan(office: CaseOffice, case: Case) -> None:
    office.do(archive.may_scan, case_id=case.case_id, by=OLENA_SIGNED_IN)


@pytest.mark.parametrize("write", [step, scan, edit, settle, begin_a_scan])
def test_nothing_is_added_to_an_erased_case(case_office: CaseOffice, write: Callable[[CaseOffice, Case], None]) -> None:
    case = case_office.register()
    case_office.erase(case)
    before = case_office.store.read_now(lambda reader: outbox.view(reader, case.case_id))

    with pytest.raises(CaseErased):
        write(case_office, case)

    assert case_office.store.read_now(lambda reader: outbox.view(reader, case.case_id)) == before


def test_no_step_is_offered_with_an_erased_case(case_office: CaseOffice) -> None:
    case = case_office.register()
    case_office.erase(case)
    file = case_office.file(case)

    assert case_office.do(commands.details, file=file).next_steps == ()
    assert {step.why_not for step in back_office.offered_steps(file, by=OLENA_SIGNED_IN)} == {"erased"}


def test_an_erased_case_that_contradicted_itself_waits_for_nobody(case_office: CaseOffice) -> None:
    case = case_office.register()
    _hand_over_at_two_offices(case_office, case)
    assert case_office.store.read_now(queries.count_in_conflict) == 1

    case_office.erase(case)

    assert case_office.store.read_now(queries.count_in_conflict) == 0
    assert case_office.do(commands.open_disputes, file=case_office.file(case)) == []


def test_what_was_handed_over_and_erased_is_not_archived_over_again(case_office: CaseOffice) -> None:
    case = case_office.register()
    case_office.step(case, *_UNTIL_ISSUED)
    case_office.erase(case)

    archived = case_office.do(archive.archive_issued, case_id=case.case_id, **_hand(case_office))

    assert archived is None


_UNTIL_ISSUED = (
    EventKind.HANDED_OVER,
    EventKind.ACCEPTED_BY_PROVIDER,
    EventKind.STARTED,
    EventKind.DECIDED_GRANTED,
    EventKind.RESULT_RECEIVED,
    EventKind.READY_FOR_ISSUE,
    EventKind.ISSUED,
)


def _hand_over_at_two_offices(office: CaseOffice, case: Case) -> None:
    """Two hand-overs of one registered case, each written before its office heard of the other."""
    view = office.store.read_now(lambda reader: outbox.view(reader, case.case_id))
    for _ in range(2):
        hand = _hand(office)
        office.do(_write_after, view=view, case_id=case.case_id, **hand)


def _write_after(tx, *, view, case_id, by, now, ids) -> None:
    event = recording.written(tx, EventKind.HANDED_OVER, {}, after=view, by=by, now=now, ids=ids)
    written = outbox.record(tx, outbox.Change(document_id=case_id, events=(event,)), operation_id=ids.new(), now=now)
    commands.project(tx, case_id, written)


def _hand(office: CaseOffice) -> dict:
    return {"by": OLENA, "now": office.clock.move(minutes=1), "ids": office.ids}
