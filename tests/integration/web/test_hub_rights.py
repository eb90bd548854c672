"""What the hub tells of a case, to whom: the city, its office, its body; an applicant by number and second factor."""

import pytest

from tests.support.clock import SeededIds
from tests.support.houses import House
from tests.support.hub_node import SECOND_FACTOR, HubNode
from tests.support.operations import faults_of

SURNAME = "Плантовська-Вельможна"
PAGE = "text/html"


@pytest.fixture(scope="module")
def case(hub: House) -> tuple[str, str]:
    """Id and number of a case that SHV registered."""
    ids = SeededIds(hub.clock, seed=21)
    node = HubNode(hub.visitor(), hub.store, office_id="SHV", clock=hub.clock, ids=ids).join()
    node.actor_id = "oksana"
    operation = node.case(applicant_last_name=SURNAME, provider_id="migration")
    assert node.push().acknowledged_oseq == 1
    number = hub.visitor("shv-head").get("/api/city/case-numbers", params={"office_id": "SHV"}).json()[0]["number"]
    return operation.document_id, number


class TestStaff:
    @pytest.mark.parametrize(
        ("login", "status"), [("shv-head", 200), ("kyv-head", 403), ("petro", 403), ("taras", 403)]
    )
    def test_open_the_cases_of_their_own_office_or_body(
        self, hub: House, case: tuple[str, str], login: str, status: int
    ) -> None:
        visitor = hub.visitor(login)
        visitor.headers["Accept"] = PAGE
        answer = visitor.get(f"/city/cases/{case[0]}")
        assert answer.status_code == status
        if status != 200:
            assert SURNAME not in answer.text
            assert case[1] not in answer.text

    @pytest.mark.parametrize(
        ("login", "status"), [("shv-head", 200), ("kyv-head", 404), ("petro", 403), ("taras", 403)]
    )
    def test_find_by_number_only_those(self, hub: House, case: tuple[str, str], login: str, status: int) -> None:
        visitor = hub.visitor(login)
        assert visitor.get("/api/city/cases", params={"number": case[1]}).status_code == status
        listed = visitor.get("/city/cases", params={"number": case[1]}, headers={"Accept": PAGE})
        assert (f"/city/cases/{case[0]}" in listed.text) == (status == 200)

    @pytest.mark.usefixtures("case")
    @pytest.mark.parametrize("login", ["kyv-head", "petro", "taras"])
    def test_compare_the_numbers_of_their_own_office_only(self, hub: House, login: str) -> None:
        answer = hub.visitor(login).get("/api/city/case-numbers", params={"office_id": "SHV"})
        assert answer.status_code == 403


class TestTracking:
    def test_tells_where_the_case_stands_and_nobodys_name(self, hub: House, case: tuple[str, str]) -> None:
        answer = hub.visitor().post("/api/trackings", json={"number": case[1], "second_factor": SECOND_FACTOR})
        assert answer.status_code == 200
        assert SURNAME not in answer.text

    def test_answers_alike_for_a_wrong_factor_and_an_unknown_number_and_slows_who_guesses(
        self, hub: House, case: tuple[str, str]
    ) -> None:
        guesser = hub.visitor()
        wrong = guesser.post("/api/trackings", json={"number": case[1], "second_factor": "0000"})
        unknown = guesser.post("/api/trackings", json={"number": "SHV-2026-0000009-3", "second_factor": "0000"})
        assert wrong.status_code == 404
        assert (wrong.status_code, wrong.json()) == (unknown.status_code, unknown.json())
        page = guesser.post("/track", data={"number": case[1], "second_factor": "0000"}, headers={"Accept": PAGE})
        assert page.status_code == 404
        answers = [guesser.post("/api/trackings", json={"number": case[1], "second_factor": "0000"}) for _ in range(4)]
        assert answers[-1].status_code == 429
        assert int(answers[-1].headers["retry-after"]) > 0
        hub.clock.move(minutes=16)


class TestNodes:
    """The binary doors: closed to whoever signs nothing, whatever the bytes."""

    DOORS = (
        ("POST", "/sync/hello"),
        ("POST", "/sync/push"),
        ("GET", "/sync/pull"),
        ("POST", "/sync/documents"),
        ("PUT", "/sync/live"),
        ("PUT", f"/blobs/{'ab' * 32}"),
        ("GET", f"/blobs/{'ab' * 32}"),
    )

    @pytest.mark.parametrize("body", [b"", b"\xff" * 100, b"{}", b"\x28\xb5\x2f\xfd" + b"\x00" * 20])
    @pytest.mark.parametrize("node_id", ["", "01JZZZZZZZZZZZZZZZZZZZZZZZ", "'; drop table nodes", "x" * 5000])
    def test_who_signs_nothing_is_not_heard(self, hub: House, body: bytes, node_id: str) -> None:
        before = hub.rows()
        headers = {"Vikno-Node": node_id, "Vikno-Nonce": "1", "Vikno-Signature": "AAAA", "Vikno-Protocol": "1"}
        for method, path in self.DOORS:
            answer = hub.visitor().request(method, path, content=body, headers=headers)
            assert faults_of(answer, status={401, 403}) == [], f"{method} {path}"
        assert hub.rows() == before

    @pytest.mark.parametrize("body", [b"", b"\xff" * 100, b"{}", b"\x28\xb5\x2f\xfd" + b"\x00" * 20])
    def test_an_enrolment_that_is_no_message_is_refused(self, hub: House, body: bytes) -> None:
        assert faults_of(hub.visitor().post("/sync/enrol", content=body), status=422) == []

    def test_an_enrolment_is_as_long_as_a_key_and_a_token(self, hub: House) -> None:
        assert faults_of(hub.visitor().post("/sync/enrol", content=b"x" * 5000), status=413) == []

    def test_a_signed_request_that_is_no_message_is_refused(self, hub: House) -> None:
        node = HubNode(
            hub.visitor(), hub.store, office_id="KYV", clock=hub.clock, ids=SeededIds(hub.clock, seed=22)
        ).join()
        for method, path in (("POST", "/sync/push"), ("POST", "/sync/documents"), ("PUT", "/sync/live")):
            assert faults_of(node.send(method, path, b"no message"), status=422) == [], path
        for query in ("cursor=-1", "cursor=x", f"cursor={2**63}", "limit=0", "limit=100000", "wait=9999"):
            assert faults_of(node.send("GET", f"/sync/pull?{query}"), status=422) == [], query
