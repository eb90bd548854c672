"""What people see of the city, and what they may not."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from litestar.testing import TestClient

from central_hub.directory import commands as directory
from central_hub.directory.commands import first_broken_entry
from central_hub.storage import HubStore
from central_hub.storage.tables import access_log
from sync.documents.document import view
from sync.replication import messages
from sync.vocabulary.ids import OfficeId, StaffId
from sync.vocabulary.live import LiveState
from sync.vocabulary.staff import Role, StaffMember
from sync.web.passwords import FREE_ATTEMPTS, hash_password
from tests.support.clock import HandClock, SeededIds
from tests.support.hub_node import SECOND_FACTOR, HubNode

PASSWORD = "correct horse"
PASSWORD_HASH = hash_password(PASSWORD)
GUESSES_AT_ONCE = 12
SignIn = Callable[[str, Role], None]


@pytest.fixture
def sign_in(client: TestClient, store: HubStore, clock: HandClock, ids: SeededIds) -> SignIn:
    def as_role(office_id: str, role: Role) -> None:
        member = StaffMember(
            id=StaffId(ids.new()),
            login="somebody",
            name="Хтось",
            roles=frozenset({role}),
            office_id=OfficeId(office_id),
            password_hash=PASSWORD_HASH,
        )
        store.run_now(partial(directory.put_staff, member=member, ids=ids, now=clock.now()))
        answer = client.post("/api/session", json={"login": "somebody", "password": PASSWORD})
        assert answer.status_code == 200, answer.text

    return as_role


def tell_live(node: HubNode, clock: HandClock) -> None:
    state = LiveState(office_id=OfficeId(node.office_id), taken_at=clock.now(), waiting={"residence": 41}, open_desks=3)
    assert node.send("PUT", "/sync/live", messages.encode(state)).status_code == 204


def number_of(node: HubNode, case_id: str) -> str:
    return str(view(node.snapshots[case_id]).fields["number"])


class TestSigningIn:
    def test_a_wrong_password_and_an_unknown_name_are_answered_alike(self, client: TestClient, sign_in: SignIn) -> None:
        sign_in("CEN", Role.OFFICE_HEAD)
        wrong = client.post("/api/session", json={"login": "somebody", "password": "x"})
        unknown = client.post("/api/session", json={"login": "nobody", "password": "x"})
        assert wrong.status_code == unknown.status_code == 401
        assert wrong.json() == unknown.json()

    @pytest.mark.parametrize("path", ["/city", "/city/cases", "/city/cases/x", "/api/city/offices"])
    def test_the_city_is_for_staff(self, client: TestClient, path: str) -> None:
        assert client.get(path, headers={"Accept": "application/json"}).status_code == 401

    @pytest.mark.parametrize("path", ["/city", "/city/cases", "/api/city/offices"])
    def test_a_courier_sees_nothing_of_it(self, client: TestClient, sign_in: SignIn, path: str) -> None:
        sign_in("SHV", Role.COURIER)
        assert client.get(path).status_code == 403


class TestCity:
    def test_a_silent_office_is_shown_as_of_its_last_word(
        self, client: TestClient, sign_in: SignIn, shv: HubNode, clock: HandClock
    ) -> None:
        sign_in("CEN", Role.OFFICE_HEAD)
        tell_live(shv, clock)
        assert "на зв'язку" in client.get("/city").text.replace("&#39;", "'")
        clock.move(seconds=31)
        page = client.get("/city").text
        assert "станом на 08:00" in page
        assert "41" in page

    def test_the_figures_count_what_the_hub_holds(self, client: TestClient, sign_in: SignIn, shv: HubNode) -> None:
        case_id = shv.case().document_id
        shv.change(case_id, event="payment_received", terminal_id="t", reference="1", amount_kopecks=4542)
        shv.case()
        shv.push()
        sign_in("CEN", Role.OFFICE_HEAD)
        offices = {each["office"]["id"]: each["counts"] for each in client.get("/api/city/offices").json()["offices"]}
        counted = offices["SHV"]
        assert (counted["cases"], counted["receipts"], counted["paid_kopecks"]) == (2, 1, 4542)
        numbers = client.get("/api/city/case-numbers", params={"office_id": "SHV"}).json()
        assert [each["number"] for each in numbers] == ["SHV-2026-0000001-6", "SHV-2026-0000002-4"]

    def test_the_cases_of_the_day_lead_to_their_path_sheets(
        self, client: TestClient, sign_in: SignIn, shv: HubNode
    ) -> None:
        case_id = shv.case().document_id
        shv.change(case_id, event="handed_over")
        shv.push()
        sign_in("CEN", Role.OFFICE_HEAD)
        assert number_of(shv, case_id) in client.get("/city/cases").text
        sheet = client.get(f"/city/cases/{case_id}").text
        assert "Коваленко Олена" in sheet
        assert client.get("/city/cases", params={"number": "abc"}).status_code == 200
        assert client.get("/city/cases", params={"day": "2020-01-01"}).status_code == 200

    def test_what_tracking_compares_never_leaves_the_hub(
        self, client: TestClient, sign_in: SignIn, shv: HubNode
    ) -> None:
        """Four digits are soon tried by whoever holds their hash."""
        case_id = shv.case().document_id
        shv.push()
        sign_in("CEN", Role.OFFICE_HEAD)
        assert "tracking" not in client.get("/api/city/cases", params={"number": number_of(shv, case_id)}).text

    def test_the_head_of_an_office_sees_the_cases_of_that_office_only(
        self, client: TestClient, sign_in: SignIn, shv: HubNode
    ) -> None:
        case_id = shv.case().document_id
        shv.push()
        sign_in("KYV", Role.OFFICE_HEAD)
        assert number_of(shv, case_id) not in client.get("/city/cases").text
        assert client.get(f"/city/cases/{case_id}").status_code == 403
        assert client.get("/api/city/cases", params={"number": number_of(shv, case_id)}).status_code == 404

    def test_who_looked_at_a_case_is_logged_and_the_log_cannot_be_changed_unseen(
        self, client: TestClient, sign_in: SignIn, shv: HubNode, store: HubStore
    ) -> None:
        case_id = shv.case().document_id
        shv.push()
        sign_in("CEN", Role.OFFICE_HEAD)
        client.get(f"/city/cases/{case_id}")
        assert store.read_now(first_broken_entry) is None
        store.run_now(
            lambda tx: tx.execute(access_log.update().where(access_log.c.entry_number == 2).values(subject=""))
        )
        assert store.read_now(first_broken_entry) == 2

    def test_the_privacy_officer_reads_who_looked(self, client: TestClient, sign_in: SignIn) -> None:
        assert client.get("/api/access-log").status_code == 401
        sign_in("CEN", Role.PRIVACY_OFFICER)
        assert client.get("/api/access-log").json()[0]["action"] == "sign_in"
        assert client.get("/api/access-log", params={"subject": "SHV-2026-0000001-6"}).json() == []


class TestPublicPages:
    @pytest.mark.parametrize("lang", ["uk", "en"])
    @pytest.mark.parametrize(
        "path", ["/", "/services", "/services?sphere=residence", "/services/01-01", "/offices", "/track"]
    )
    def test_anybody_may_read(self, client: TestClient, path: str, lang: str) -> None:
        joint = "&" if "?" in path else "?"
        assert client.get(f"{path}{joint}lang={lang}").status_code == 200

    def test_a_service_is_found_by_any_word_of_its_name(self, client: TestClient) -> None:
        assert "/services/01-01" in client.get("/services", params={"q": "ПРОЖИВАННЯ реєстрація"}).text

    def test_an_unknown_service_is_not_found(self, client: TestClient) -> None:
        assert client.get("/services/99-99").status_code == 404

    def test_people_waiting_are_public(self, client: TestClient, shv: HubNode, clock: HandClock) -> None:
        tell_live(shv, clock)
        (hall,) = [each for each in client.get("/api/queues").json() if each["office_id"] == "SHV"]
        assert (hall["waiting"], hall["open_desks"], hall["is_current"]) == (41, 3, True)


class TestTracking:
    def test_a_case_is_tracked_without_a_name(self, client: TestClient, shv: HubNode) -> None:
        case_id = shv.case().document_id
        shv.push()
        form = {"number": number_of(shv, case_id).lower(), "second_factor": SECOND_FACTOR}
        page = client.post("/track", data=form, headers={"Accept": "text/html"})
        assert page.status_code == 200
        assert number_of(shv, case_id) in page.text
        assert "Коваленко" not in page.text

    def test_unknown_and_wrong_are_answered_alike_and_slowly_after_a_few(
        self, client: TestClient, shv: HubNode
    ) -> None:
        case_id = shv.case().document_id
        shv.push()
        wrong = client.post("/api/trackings", json={"number": number_of(shv, case_id), "second_factor": "0000"})
        unknown = client.post("/api/trackings", json={"number": "SHV-2026-0001999-1", "second_factor": "0000"})
        assert wrong.status_code == unknown.status_code == 404
        assert wrong.json() == unknown.json()
        codes = [
            client.post("/api/trackings", json={"number": "SHV-2026-0001999-1", "second_factor": "0000"}).status_code
            for _ in range(5)
        ]
        assert codes[-1] == 429

    def test_many_guesses_at_once_get_no_further_than_one_after_another(self, client: TestClient, shv: HubNode) -> None:
        case_id = shv.case().document_id
        shv.push()
        guess = {"number": number_of(shv, case_id), "second_factor": "0000"}
        with ThreadPoolExecutor(GUESSES_AT_ONCE) as guessers:
            asked = [guessers.submit(client.post, "/api/trackings", json=guess) for _ in range(GUESSES_AT_ONCE)]
        codes = Counter(each.result().status_code for each in asked)
        assert codes == {404: FREE_ATTEMPTS, 429: GUESSES_AT_ONCE - FREE_ATTEMPTS}

    def test_who_knows_the_factor_may_look_as_often_as_they_like(self, client: TestClient, shv: HubNode) -> None:
        case_id = shv.case().document_id
        shv.push()
        right = {"number": number_of(shv, case_id), "second_factor": SECOND_FACTOR}
        codes = {client.post("/api/trackings", json=right).status_code for _ in range(GUESSES_AT_ONCE)}
        assert codes == {200}

    def test_a_factor_that_is_no_four_digits_is_named(self, client: TestClient) -> None:
        refused = client.post("/api/trackings", json={"number": "x", "second_factor": "12a4"})
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["field"] == "second_factor"
