"""A case goes its way step by step, each by who may, each a line of the path sheet."""

import pytest

from edge_node.back_office import queries
from edge_node.back_office.model import StepKey, Verdict
from edge_node.case_register.model import CaseNotYours, IllegalStep
from edge_node.staff import queries as staff
from sync.vocabulary.case import CaseStatus
from sync.vocabulary.errors import Forbidden, InvalidInput


def kinds(desk, case_id: str) -> list[str]:
    return [event.kind for event in desk.file(case_id).state.path]


def test_the_path_sheet_grows_line_by_line_to_the_archive(desk):
    case = desk.take_in()
    desk.bring_to_issue(case.case_id)
    closed = desk.issue(case.case_id)
    assert closed.status is CaseStatus.ARCHIVED
    assert kinds(desk, case.case_id) == [
        "registered",
        "handed_over",
        "accepted_by_provider",
        "started",
        "decided_granted",
        "result_received",
        "ready_for_issue",
        "issued",
        "closed",
        "archived",
    ]


def test_what_is_issued_shows_the_document_but_not_its_number(desk):
    case = desk.take_in()
    desk.bring_to_issue(case.case_id)
    desk.issue(case.case_id, number="КС654321")
    facts = next(event.facts for event in desk.file(case.case_id).state.path if event.kind == "issued")
    assert facts == {
        "document_kind": "passport_book",
        "document_number": "••••4321",
        "is_document_of_application": False,
    }


def test_a_refusal_needs_its_reasons(desk):
    case = desk.take_in()
    desk.step(case.case_id, StepKey.HAND_OVER, by="oksana")
    desk.step(case.case_id, StepKey.ACCEPT, by="iryna")
    with pytest.raises(InvalidInput) as refusal:
        desk.decide(case.case_id, Verdict.REFUSED)
    assert (refusal.value.field, refusal.value.rule) == ("reasons", "required")
    assert desk.decide(case.case_id, Verdict.REFUSED, reasons="немає права").status is CaseStatus.DECISION_REFUSED


def test_a_step_out_of_turn_is_refused(desk):
    case = desk.take_in()
    with pytest.raises(IllegalStep) as refusal:
        desk.step(case.case_id, StepKey.ACCEPT, by="iryna")
    assert refusal.value.facts == {"status": "registered", "step": "accepted_by_provider"}


def test_a_registrar_of_another_body_cannot_touch_the_case(desk):
    case = desk.take_in()
    desk.step(case.case_id, StepKey.HAND_OVER, by="oksana")
    with pytest.raises(CaseNotYours):
        desk.step(case.case_id, StepKey.ACCEPT, by="petro")


@pytest.mark.parametrize(
    ("step", "by"), [(StepKey.HAND_OVER, "iryna"), (StepKey.ACCEPT, "oksana"), (StepKey.START, "taras")]
)
def test_a_step_of_another_role_is_forbidden(desk, step, by):
    case = desk.take_in()
    with pytest.raises(Forbidden):
        desk.step(case.case_id, step, by=by)


def test_every_step_is_in_the_access_log(desk):
    case = desk.take_in()
    desk.step(case.case_id, StepKey.HAND_OVER, by="oksana")
    log = desk.store.read_now(lambda reader: staff.access_log(reader, subject=case.case_id))
    assert [line.action for line in log] == ["case-hand-over", "case-registered"]


def test_piles_show_each_case_to_who_must_act(desk):
    case = desk.take_in()
    by_key = {pile.key: pile.cases for pile in desk.store.read_now(lambda r: queries.piles(r, by=desk.who("oksana")))}
    assert [each.case_id for each in by_key["to-hand-over"]] == [case.case_id]
    assert desk.store.read_now(lambda r: queries.piles(r, by=desk.who("iryna")))[0].cases == ()
    desk.step(case.case_id, StepKey.HAND_OVER, by="oksana")
    (pile, *_) = desk.store.read_now(lambda r: queries.piles(r, by=desk.who("iryna")))
    assert [each.case_id for each in pile.cases] == [case.case_id]


def test_a_step_that_is_not_possible_now_says_why(desk):
    case = desk.take_in()
    offered = {step.key: step.why_not for step in queries.offered_steps(desk.file(case.case_id), by=desk.who("oksana"))}
    assert offered == {
        StepKey.HAND_OVER: None,
        StepKey.RECEIVE_RESULT: "receive-result-not-yet",
        StepKey.ISSUE: "issue-not-yet",
    }
