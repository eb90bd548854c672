"""What people of the city do with changes that do not count."""

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from html import unescape
from pathlib import Path

import pytest
from litestar.testing import TestClient

from central_hub.directory import commands as directory
from central_hub.notifications import commands as notifications
from central_hub.notifications.model import Message, Trouble
from central_hub.storage import HubStore, ingest, replica
from central_hub.storage.tables import access_log, operations
from sync.vocabulary.ids import OfficeId, StaffId
from sync.vocabulary.staff import Role, StaffMember
from sync.web.i18n import Texts
from sync.web.passwords import hash_password
from tests.support.clock import HandClock, SeededIds
from tests.support.hub_node import HubNode

PASSWORD = "correct horse"
PASSWORD_HASH = hash_password(PASSWORD)
PAGE = "/city/quarantine"
SignIn = Callable[[str, Role], None]
GATEWAY = Path(__file__).parents[3] / "central_hub" / "node_gateway"


@pytest.fixture
def sign_in(client: TestClient, store: HubStore, clock: HandClock, ids: SeededIds) -> SignIn:
    def as_role(office_id: str, role: Role) -> None:
        member = StaffMember(
            id=StaffId("somebody"),
            login="somebody",
            name="Хтось",
            roles=frozenset({role}),
            office_id=OfficeId(office_id),
            password_hash=PASSWORD_HASH,
        )
        store.run_now(partial(directory.put_staff, member=member, ids=ids, now=clock.now()))
        assert client.post("/api/session", json={"login": "somebody", "password": PASSWORD}).status_code == 200

    return as_role


@pytest.fixture
def spoilt(shv: HubNode) -> str:
    """A change of a fee that no event carries; its operation's id."""
    case_id = shv.case().document_id
    operation = shv.change(case_id, fields={"fee_kopecks": 7})
    shv.push()
    return operation.operation_id


def fate(node: HubNode, operation_id: str) -> str | None:
    return {each.operation_id: each.code for each in node.push().results}[operation_id]


@pytest.mark.parametrize("visitor", [("SHV", Role.OFFICE_HEAD), ("CEN", Role.COURIER)])
def test_only_who_watches_the_city_may_look_or_decide(
    client: TestClient, sign_in: SignIn, shv: HubNode, spoilt: str, visitor: tuple[str, Role]
) -> None:
    sign_in(*visitor)
    assert client.get(PAGE).status_code == 403
    assert client.post(f"{PAGE}/{spoilt}/release").status_code == 403
    assert client.post(f"{PAGE}/{spoilt}/discard").status_code == 403
    assert fate(shv, spoilt) == "field-unannounced"


def test_the_page_names_the_change_and_nobody(client: TestClient, sign_in: SignIn, spoilt: str) -> None:
    sign_in("CEN", Role.OFFICE_HEAD)
    page = client.get(PAGE).text
    assert spoilt in page
    assert "SHV-2026-0000001-6" in page
    assert "Коваленко" not in page


@pytest.mark.parametrize(
    ("what", "outcome", "action"),
    [("release", None, "release_operation"), ("discard", "field-unannounced", "discard_operation")],
)
def test_a_decision_is_carried_out_and_logged(
    *,
    client: TestClient,
    sign_in: SignIn,
    shv: HubNode,
    store: HubStore,
    spoilt: str,
    what: str,
    outcome: str | None,
    action: str,
) -> None:
    sign_in("CEN", Role.TECHNICIAN)
    assert client.post(f"{PAGE}/{spoilt}/{what}", follow_redirects=False).status_code == 303
    assert spoilt not in client.get(PAGE).text
    assert fate(shv, spoilt) == outcome
    logged = access_log.select().with_only_columns(access_log.c.action).where(access_log.c.subject == spoilt)
    assert store.read_now(lambda reader: reader.column(logged)) == [action]
    assert client.post(f"{PAGE}/{spoilt}/{what}").status_code == 404


def test_of_a_broken_update_no_document_is_made(client: TestClient, sign_in: SignIn, shv: HubNode) -> None:
    operation = shv.append("case-1", update=b"no update at all")
    shv.push()
    sign_in("CEN", Role.OFFICE_HEAD)
    assert f"{operation.operation_id}/release" not in client.get(PAGE).text
    assert client.post(f"{PAGE}/{operation.operation_id}/release").status_code == 409


def test_alarms_count_in_the_navigation_until_somebody_has_seen_them(
    client: TestClient, sign_in: SignIn, store: HubStore, clock: HandClock
) -> None:
    def alarm(subject: str) -> None:
        raising = partial(replica.raise_alarm, kind="digest", subject=subject, office_id=None, now=clock.now())
        store.run_now(raising)

    def seen(up_to: int) -> None:
        answer = client.post(f"{PAGE}/alarms/seen?up_to={up_to}", follow_redirects=False)
        assert answer.status_code == 303

    sign_in("CEN", Role.OFFICE_HEAD)
    alarm("case-1")
    alarm("case-2")
    shown = max(each.alarm_id for each in store.read_now(ingest.last_alarms))
    assert f"alarms/seen?up_to={shown}" in client.get(PAGE).text
    alarm("case-3")
    seen(shown)
    assert store.read_now(ingest.count_unseen_alarms) == 1
    for page in (PAGE, "/city", "/city/cases", "/city/erasures"):
        assert "govuk-visually-hidden" in client.get(page).text.split('href="/city/quarantine"')[1].split("</a>")[0]
    seen(shown + 1)
    assert "alarms/seen" not in client.get(PAGE).text
    assert "govuk-visually-hidden" not in client.get("/city").text.split('href="/city/quarantine"')[1].split("</a>")[0]
    seen(shown + 1)
    logged = access_log.select().with_only_columns(access_log.c.subject).where(access_log.c.action == "see_alarms")
    assert store.read_now(lambda reader: reader.column(logged)) == [str(shown), str(shown + 1)]


def test_only_who_watches_the_city_sees_alarms(client: TestClient, sign_in: SignIn) -> None:
    sign_in("SHV", Role.OFFICE_HEAD)
    assert client.post(f"{PAGE}/alarms/seen?up_to=1").status_code == 403


def test_what_waits_for_more_than_a_day_is_shown(
    client: TestClient, sign_in: SignIn, shv: HubNode, store: HubStore, clock: HandClock
) -> None:
    operation = shv.case()
    shv.push()
    store.run_now(lambda tx: tx.execute(operations.update().values(state=ingest.WAITING)))
    sign_in("CEN", Role.OFFICE_HEAD)
    clock.move(hours=23)
    assert operation.operation_id not in client.get(PAGE).text
    clock.move(hours=2)
    sign_in("CEN", Role.TECHNICIAN)
    assert operation.operation_id in client.get(PAGE).text


def test_every_reason_is_told_in_both_languages() -> None:
    codes = {
        code
        for path in GATEWAY.rglob("*.py")
        for code in re.findall(r'Quarantined\("([a-z-]+)"\)', path.read_text(encoding="utf-8"))
        if not code.startswith("update-")
    }
    codes |= {"found", "kills-the-worker", "depends-on-quarantined", "erased", "too-many-wait", "update", "waiting"}
    texts = Texts.load([Path(__file__).parents[3] / "sync" / "vocabulary" / "locale"])
    untold = {
        code for code in codes for language in ("uk", "en") if texts.keyed(f"quarantine:{code}", language) is None
    }
    assert untold == set()


def test_who_watches_the_city_sees_how_messages_fare_and_whose_they_are_not(
    client: TestClient, sign_in: SignIn, store: HubStore, clock: HandClock, ids: SeededIds
) -> None:
    sign_in("CEN", Role.TECHNICIAN)
    assert "Жодне повідомлення не чекає" in unescape(client.get(PAGE).text)
    for trouble in (None, Trouble.MONEY):
        message = Message(
            message_id=ids.new(),
            kind="appointment-reminder",
            subject=ids.new(),
            phone="+380501112233",
            language="uk",
            facts='{"code":"K0D00001"}',
            expires_at=clock.now() + timedelta(days=1),
        )
        store.run_now(partial(notifications.put_into_outbox, message=message, now=clock.now()))
        if trouble is not None:
            store.run_now(partial(notifications.try_later, message=message, trouble=trouble, now=clock.now()))
    page = unescape(client.get(PAGE).text)
    assert "бракує коштів" in page
    assert "Повідомлення ніхто не доставляє" in page
    assert "0501112233" not in page
    assert "K0D00001" not in page
