"""The register finds a case for who may see it, and its row follows the document alone."""

import pytest

from edge_node.case_register import commands, queries
from edge_node.case_register.model import CaseNotHere, CaseNotYours, search_key
from edge_node.staff import queries as staff
from sync.replication import outbox
from sync.vocabulary.errors import Forbidden, InvalidInput
from tests.support.builders import KYV, an_applicant, an_application


def find(desk, text: str, *, by: str = "oksana"):
    return [case.number for case in desk.do(commands.find, by=desk.who(by), text=text, now=desk.clock.now())]


@pytest.mark.parametrize(
    "text", ["шевч", "Шевченко Оксана", "2125011422", "067 123-45-67", "+380 67 123 45 67", "number"]
)
def test_a_case_is_found_by_what_its_applicant_knows(desk, text):
    case = desk.take_in()
    assert find(desk, case.number.replace("-", " ").lower() if text == "number" else text) == [case.number]


def test_an_apostrophe_does_not_hide_a_name(desk):
    case = desk.take_in(an_application(applicant=an_applicant(last_name="Соловʼяненко")))
    assert find(desk, "соловяненко") == find(desk, "Солов'я") == [case.number]


@pytest.mark.parametrize(
    ("text", "rule"), [("ш", "length-min"), ("12345", "search-text"), ("SHV-2026-0000001-0", "check-digit")]
)
def test_what_cannot_be_searched_for_is_refused(desk, text, rule):
    with pytest.raises(InvalidInput) as refusal:
        find(desk, text)
    assert refusal.value.rule == rule


def test_a_search_is_logged_without_what_was_searched(desk):
    desk.take_in()
    find(desk, "Шевченко")
    (line, *_) = desk.store.read_now(staff.access_log)
    assert (line.action, line.subject) == ("cases-searched", "1")


def test_another_office_sees_the_case_only_when_the_result_is_picked_up_there(desk):
    ours = desk.take_in()
    theirs = desk.take_in(an_application(pickup_office_id=KYV))
    assert find(desk, "Шевченко", by="mykola") == [theirs.number]
    with pytest.raises(CaseNotYours):
        desk.store.read_now(lambda r: commands.case_for(r, by=desk.who("mykola"), case_id=ours.case_id))


def test_a_registrar_sees_the_cases_of_their_body_alone(desk):
    case = desk.take_in()
    assert find(desk, "Шевченко", by="iryna") == [case.number]
    assert find(desk, "Шевченко", by="petro") == []


def test_a_technician_reads_no_cases(desk):
    case = desk.take_in()
    with pytest.raises(Forbidden):
        desk.store.read_now(lambda r: commands.case_for(r, by=desk.who("taras"), case_id=case.case_id))


def test_a_denied_look_is_in_the_access_log(desk):
    case = desk.take_in()
    answer = desk.do(commands.look, by=desk.who("petro"), case_id=case.case_id, now=desk.clock.now())
    assert isinstance(answer, CaseNotYours)
    (line, *_) = desk.store.read_now(staff.access_log)
    assert (line.action, line.staff_id, line.subject) == ("case-denied", "petro", case.case_id)


def test_a_case_nobody_has_is_not_here(desk):
    with pytest.raises(CaseNotHere):
        desk.store.read_now(lambda r: commands.case_for(r, by=desk.who("oksana"), case_id="01NOBODY"))


def test_the_row_is_the_same_however_often_it_is_rebuilt(desk):
    case = desk.take_in()
    desk.bring_to_issue(case.case_id)
    row = desk.store.read_now(lambda r: queries.case(r, case_id=case.case_id))
    view = desk.store.read_now(lambda r: outbox.view(r, case.case_id))
    desk.do(commands.remove, case.case_id)
    again = [desk.do(commands.project, case.case_id, view) for _ in range(2)]
    assert again == [row, row]
    assert desk.store.read_now(lambda r: queries.office_ids(r, case_id=case.case_id)) == {"SHV"}


def test_an_edit_keeps_what_stood_there_before(desk):
    case = desk.take_in()
    by = desk.who("oksana")
    desk.do(
        commands.edit_field,
        case_id=case.case_id,
        field="applicant_phone",
        value="+380501112233",
        by=by,
        now=desk.clock.now(),
        ids=desk.ids,
    )
    assert desk.file(case.case_id).applicant.phone == "+380501112233"
    assert desk.file(case.case_id).state.path[-1].facts["base"] == "+380671234567"
    assert find(desk, "0501112233") == [case.number]


def test_leading_digits_tell_a_phone_from_a_tax_number():
    assert search_key("0671234567").kind == "phone"
    assert search_key("3347301210").kind == "rnokpp"
