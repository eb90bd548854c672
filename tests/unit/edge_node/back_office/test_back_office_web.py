"""Steps over HTTP and on the pages: rights, refusals, and what a person is shown."""

import pytest

from edge_node.back_office.model import StepKey
from edge_node.printing import queries as printing
from edge_node.printing.model import PaperKind
from edge_node.staff import queries as staff
from sync.vocabulary.case import CaseStatus
from tests.support.builders import KYV, an_application
from tests.support.desk_app import desk_app
from tests.support.visits import visiting

BROWSER = {"accept": "text/html"}
PASSPORT = {"document_kind": "passport_book", "document_number": "АА123456"}


@pytest.fixture
def visit(desk):
    return lambda login: visiting(desk_app(desk), None if login is None else desk.who(login))


def test_a_case_goes_its_way_over_the_api(visit, desk):
    case = desk.take_in()
    address = f"/api/cases/{case.case_id}"
    with visit("oksana") as client:
        assert client.post(f"{address}/hand-over").json()["status"] == "handed_over"
    with visit("iryna") as client:
        assert client.post(f"{address}/acceptance").json()["status"] == "accepted_by_provider"
        decision = {"verdict": "granted", "act_number": "17/4"}
        assert client.post(f"{address}/decision", json=decision).json()["status"] == "decision_granted"
    with visit("oksana") as client:
        assert client.post(f"{address}/result").json()["status"] == "ready_for_issue"
        issued = [client.post(f"{address}/issue", json=PASSPORT, headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert [answer.json()["status"] for answer in issued] == ["archived", "archived"]
    assert [event.kind for event in desk.file(case.case_id).state.path].count("issued") == 1


@pytest.mark.parametrize(
    ("login", "step", "status"),
    [
        (None, "hand-over", 401),
        ("iryna", "hand-over", 403),
        ("oksana", "acceptance", 403),
        ("petro", "acceptance", 403),
        ("taras", "result", 403),
        ("mykola", "hand-over", 403),
    ],
)
def test_a_step_of_somebody_else_is_refused(visit, desk, login, step, status):
    case = desk.take_in()
    with visit(login) as client:
        assert client.post(f"/api/cases/{case.case_id}/{step}").status_code == status
    assert desk.file(case.case_id).case.status is CaseStatus.REGISTERED


def test_a_denied_step_is_in_the_access_log(visit, desk):
    case = desk.take_in()
    with visit("mykola") as client:
        client.post(f"/api/cases/{case.case_id}/hand-over")
    (line, *_) = desk.store.read_now(staff.access_log)
    assert (line.action, line.staff_id) == ("case-denied", "mykola")


@pytest.mark.parametrize(
    ("body", "field", "rule"),
    [
        ({"verdict": "granted"}, "act_number", "required"),
        ({"verdict": "maybe", "act_number": "1"}, "verdict", "choice"),
        ({"verdict": "granted", "act_number": "1" * 41}, "act_number", "length-max"),
        ({"verdict": "refused", "act_number": "1"}, "reasons", "required"),
        ({"verdict": "granted", "act_number": "1", "mood": "good"}, "mood", "unknown"),
    ],
)
def test_a_wrong_decision_names_field_and_rule(visit, desk, body, field, rule):
    case = desk.take_in()
    with visit("iryna") as client:
        answer = client.post(f"/api/cases/{case.case_id}/decision", json=body)
    assert answer.status_code == 422
    assert [(error["field"], error["rule"]) for error in answer.json()["errors"]] == [(field, rule)]


def test_several_cases_are_handed_over_all_or_none(visit, desk):
    first, second = desk.take_in(), desk.take_in()
    desk.step(second.case_id, StepKey.HAND_OVER, by="oksana")
    with visit("oksana") as client:
        answer = client.post("/api/cases/hand-over", json={"case_ids": [first.case_id, second.case_id]})
        assert (answer.status_code, answer.json()["code"]) == (409, "illegal-step")
        assert desk.file(first.case_id).case.status is CaseStatus.REGISTERED
        page = client.post("/back-office/hand-over", data={"case_ids": first.case_id}, headers=BROWSER)
    assert page.status_code == 200
    assert desk.file(first.case_id).case.status is CaseStatus.HANDED_OVER
    registers = [
        job.details.batch
        for job in desk.store.read_now(lambda reader: printing.ordered(reader, kinds=(PaperKind.COURIER_BATCH,)))
        if job.details.batch is not None
    ]
    assert [batch.case_ids for batch in registers] == [(first.case_id,)]
    assert all(batch.handed_by for batch in registers)


def test_the_page_of_a_case_offers_what_the_role_may_do_and_says_why_not(visit, desk):
    case = desk.take_in()
    with visit("oksana") as client:
        page = client.get(f"/cases/{case.case_id}", headers=BROWSER).text
    assert "Передати до органу" in page
    assert "Орган ще не ухвалив рішення" in page
    assert "Прийняти справу" not in page


def test_a_refused_decision_comes_back_with_what_was_typed(visit, desk):
    case = desk.take_in()
    desk.step(case.case_id, StepKey.HAND_OVER, by="oksana")
    desk.step(case.case_id, StepKey.ACCEPT, by="iryna")
    with visit("iryna") as client:
        form = {"verdict": "refused", "act_number": "17/4", "reasons": ""}
        answer = client.post(f"/cases/{case.case_id}/decision", data=form, headers=BROWSER)
    assert (answer.status_code, 'value="17/4"' in answer.text) == (422, True)


def test_a_result_is_handed_out_on_the_page(visit, desk):
    case = desk.take_in()
    desk.bring_to_issue(case.case_id)
    with visit("oksana") as client:
        page = client.post(f"/cases/{case.case_id}/issue", data=PASSPORT, headers=BROWSER)
    assert "••••3456" in page.text
    assert desk.file(case.case_id).case.status is CaseStatus.ARCHIVED


def test_a_case_of_this_office_is_opened_for_issue_without_the_line(visit, desk):
    case = desk.take_in(an_application(pickup_office_id=KYV))
    with visit("oksana") as client:
        page = client.post("/desk/issue", data={"number": case.number, "second_factor": ""}, headers=BROWSER)
        assert str(page.url).endswith(f"/cases/{case.case_id}")
        desk.do(lambda tx: tx.execute("delete from case_offices"))
        form = {"number": case.number, "second_factor": "4567"}
        cut = client.post("/desk/issue", data=form, headers=BROWSER)
    assert cut.status_code == 503
    assert "Немає зв&#39;язку з містом" in cut.text


def test_a_search_on_the_page_keeps_names_out_of_addresses(visit, desk):
    case = desk.take_in()
    with visit("oksana") as client:
        page = client.post("/desk/cases", data={"text": "шевченко"}, headers=BROWSER)
    assert case.number in page.text
    assert str(page.url).endswith("/desk/cases")


def test_what_a_person_may_not_open_is_a_page_that_says_so(visit, desk):
    case = desk.take_in()
    with visit("petro") as client:
        answer = client.get(f"/cases/{case.case_id}", headers=BROWSER)
    assert answer.status_code == 403
    assert "Шевченко" not in answer.text
