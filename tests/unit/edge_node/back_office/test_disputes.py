"""What two offices wrote apart is shown with both sides; the head of the home office says which one holds."""

from functools import partial

import pytest

from edge_node.back_office import queries
from edge_node.back_office.model import StepKey
from edge_node.case_register import commands as register
from edge_node.case_register.model import Actor
from edge_node.staff import queries as staff
from sync.documents import document as documents
from sync.replication import inbox, outbox
from sync.replication.messages import PullItem
from sync.storage import replica
from sync.vocabulary.case import CaseEvent, CaseStatus, EventKind, may_notify, to_entry
from sync.vocabulary.clock import tick
from sync.vocabulary.errors import Fact
from tests.support.desk_app import desk_app
from tests.support.visits import visiting

BROWSER = {"accept": "text/html"}
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def visit(desk):
    return lambda login: visiting(desk_app(desk), desk.who(login))


def hear_from_kyivskyi(desk, case_id: str, kind: EventKind, *, fields=None, **facts: Fact) -> None:
    """What the Kyivskyi office wrote while it was alone arrives by the hub."""
    now, operation_id = desk.clock.now(), desk.ids.new()
    client_id = documents.fresh_client_id(now=now, operation_id=operation_id)
    event = CaseEvent(
        id=desk.ids.new(),
        kind=kind,
        clock=tick(None, now),
        at=now,
        node_id="node-kyv",
        office_id="KYV",
        actor_id="somebody",
        facts=facts,
    )
    stored = desk.store.read_now(partial(replica.document, document_id=case_id))
    update = documents.change(
        stored.snapshot,
        client_id=client_id,
        fields=fields or {},
        events={event.id: to_entry(event)},
        attachments={},
    )
    item = PullItem(
        seq=1,
        what="operation",
        document_id=case_id,
        kind="case",
        operation_id=operation_id,
        client_id=client_id,
        made_at=now,
        update=update,
    )

    def project(tx, changed) -> None:
        register.project(tx, changed.document_id, changed.view)

    desk.do(inbox.receive_one, item=item, project=project, now=now)


@pytest.fixture
def contested(desk):
    """A case granted here and refused at the Kyivskyi office."""
    case = desk.take_in()
    desk.step(case.case_id, StepKey.HAND_OVER, by="oksana")
    desk.step(case.case_id, StepKey.ACCEPT, by="iryna")
    desk.decide(case.case_id)
    desk.clock.move(minutes=1)
    hear_from_kyivskyi(desk, case.case_id, EventKind.DECIDED_REFUSED, act_number="9", reasons="немає права")
    return case.case_id


def the_dispute(desk, case_id: str):
    (dispute,) = desk.store.read_now(lambda reader: register.open_disputes(reader, desk.file(case_id)))
    return dispute


def resolution(dispute, side: int = 0, reasons: str = "протокол засідання") -> dict[str, str]:
    return {
        "dispute": dispute.key,
        "conflict_event_ids": dispute.conflict_event_ids,
        "holds_event_id": dispute.sides[side].line.event_id,
        "reasons": reasons,
    }


@pytest.mark.parametrize("login", ["oksana", "iryna", "halyna", "ivan"])
def test_a_contested_case_heads_the_list_of_who_works_with_it(visit, desk, contested, login):
    first, *_ = desk.store.read_now(partial(queries.piles, by=desk.who(login)))
    assert (first.key, [case.case_id for case in first.cases]) == ("needs-decision", [contested])
    with visit(login) as client:
        assert "Потрібне рішення" in client.get("/back-office", headers=BROWSER).text


@pytest.mark.parametrize("login", ["petro", "oksana"])
def test_a_list_without_contradictions_says_nothing_of_them(desk, login):
    desk.take_in()
    assert "needs-decision" not in {
        pile.key for pile in desk.store.read_now(partial(queries.piles, by=desk.who(login)))
    }


def test_the_head_sees_both_sides_and_who_wrote_them(visit, desk, contested):
    with visit("halyna") as client:
        page = client.get(f"/cases/{contested}", headers=BROWSER).text
    for words in (
        "надано",
        "Відмовлено",
        "Київський ЦНАП",
        "Акт № 9",
        "Усунути суперечність",
        "сповіщення призупинено",
    ):
        assert words.casefold() in page.casefold()
    assert page.count("path__line--conflict") == 2
    assert page.count('name="holds_event_id"') == 2


def test_who_may_not_decide_reads_who_does(visit, contested):
    with visit("oksana") as client:
        page = client.get(f"/cases/{contested}", headers=BROWSER).text
    assert "Рішення ухвалює керівник: Шевченківський ЦНАП" in page
    assert "holds_event_id" not in page


@pytest.mark.parametrize("login", ["halyna", "ivan"])
def test_the_head_settles_it_and_the_reason_stays(visit, desk, contested, login):
    asked = resolution(the_dispute(desk, contested), side=1)
    with visit(login) as client:
        assert client.post(f"/cases/{contested}/resolution", data=asked, follow_redirects=False).status_code == 303
        assert "протокол засідання" in client.get(f"/cases/{contested}", headers=BROWSER).text
    file = desk.file(contested)
    assert (file.case.status, file.case.is_in_conflict) == (CaseStatus.DECISION_REFUSED, False)
    assert may_notify(file.state)
    assert "case-resolved" in {line.action for line in desk.store.read_now(staff.access_log)}


def test_a_page_gone_stale_settles_nothing(visit, desk, contested):
    asked = resolution(the_dispute(desk, contested))
    desk.clock.move(minutes=1)
    hear_from_kyivskyi(desk, contested, EventKind.WITHDRAWN)
    with visit("halyna") as client:
        answer = client.post(f"/api/cases/{contested}/resolutions", json=asked)
    assert (answer.status_code, answer.json()["code"]) == (409, "dispute-changed")
    assert desk.file(contested).case.is_in_conflict


def test_settled_twice_is_settled_once(visit, desk, contested):
    asked = resolution(the_dispute(desk, contested))
    with visit("halyna") as client:
        answers = [client.post(f"/api/cases/{contested}/resolutions", json=asked).status_code for _ in range(2)]
    assert answers == [200, 409]
    assert [event.kind for event in desk.file(contested).state.path].count("resolved") == 1


@pytest.mark.parametrize("login", ["oksana", "iryna", "taras"])
def test_only_a_head_settles(visit, desk, contested, login):
    with visit(login) as client:
        answer = client.post(f"/api/cases/{contested}/resolutions", json=resolution(the_dispute(desk, contested)))
    assert answer.status_code == 403


def test_a_case_of_another_office_is_settled_there(visit, desk, contested):
    view = desk.store.read_now(partial(outbox.view, document_id=contested))
    hear_from_kyivskyi(desk, contested, EventKind.CHECKED_OUT, fields={"home_office_id": "KYV"})
    assert view.fields["home_office_id"] == "SHV"
    with visit("halyna") as client:
        answer = client.post(f"/api/cases/{contested}/resolutions", json=resolution(the_dispute(desk, contested)))
        page = client.get(f"/cases/{contested}", headers=BROWSER).text
    assert (answer.status_code, answer.json()["code"]) == (403, "not-home-office")
    assert "Рішення ухвалює керівник: Київський ЦНАП" in page


@pytest.mark.parametrize(
    ("change", "field"), [({"reasons": "  "}, "reasons"), ({"holds_event_id": ""}, "holds_event_id")]
)
def test_a_side_and_a_reason_are_needed(visit, desk, contested, change, field):
    asked = resolution(the_dispute(desk, contested)) | change
    with visit("halyna") as client:
        answer = client.post(f"/api/cases/{contested}/resolutions", json=asked)
    assert [(error["field"], error["rule"]) for error in answer.json()["errors"]] == [(field, "required")]


def test_of_two_values_of_a_field_the_chosen_one_stands_in_the_document_too(visit, desk):
    case = desk.take_in()
    by = Actor(staff_id=desk.who("oksana").staff_id, office_id="SHV")
    edit = {"field": "applicant_phone", "value": "+380502222222"}
    base = desk.file(case.case_id).fields["applicant_phone"]
    desk.do(register.edit_field, case_id=case.case_id, by=by, now=desk.clock.now(), ids=desk.ids, **edit)
    desk.clock.move(minutes=1)
    facts = {"field": "applicant_phone", "base": base, "value": SCRIPT}
    hear_from_kyivskyi(desk, case.case_id, EventKind.EDITED, fields={"applicant_phone": SCRIPT}, **facts)
    assert desk.file(case.case_id).applicant.phone == SCRIPT
    with visit("halyna") as client:
        page = client.get(f"/cases/{case.case_id}", headers=BROWSER).text
        asked = resolution(the_dispute(desk, case.case_id), side=0)
        assert client.post(f"/api/cases/{case.case_id}/resolutions", json=asked).status_code == 200
    assert SCRIPT not in page
    assert "+380502222222" in page
    view = desk.store.read_now(partial(outbox.view, document_id=case.case_id))
    assert view.fields["applicant_phone"] == desk.file(case.case_id).applicant.phone == "+380502222222"
