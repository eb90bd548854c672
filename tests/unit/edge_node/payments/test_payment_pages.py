"""Payments over HTTP: the API that programs use and the page that a clerk sees."""

from pathlib import Path

import pytest

from edge_node.case_register.model import Case
from sync.vocabulary.staff import Role
from tests.support.case_office import CaseOffice, device_room
from tests.support.device_app import device_app, working_as

# the drivers and the type-setter run beside the test
pytestmark = [pytest.mark.anyio, pytest.mark.processes]

PAGE = {"accept": "text/html"}


def charges_of(case: Case) -> str:
    return f"/api/cases/{case.case_id}/charges"


async def test_the_same_key_charges_once(case_office: CaseOffice, tmp_path: Path) -> None:
    case = case_office.register(fee_kopecks=4_542)
    async with device_room(tmp_path / "devices", "payment-terminal") as room:
        app = device_app(case_office, devices=room.client, folder=tmp_path)
        async with working_as(app, Role.ADMINISTRATOR) as client:
            answers = [
                await client.post(charges_of(case), json={}, headers={"Idempotency-Key": "k1"}) for _ in range(2)
            ]

        assert [answer.status_code for answer in answers] == [201, 201]
        assert answers[0].json() == answers[1].json()
        assert answers[0].json()["state"] == "approved"
        assert room.office.payment_terminal.purchases_received == 1


STRANGERS = ((Role.ADMINISTRATOR, "KYV"), (Role.REGISTRAR, "SHV"), (Role.TECHNICIAN, "SHV"))
WRONG_WISHES: tuple[tuple[dict[str, object], str], ...] = (
    ({"amount_kopecks": 0}, "amount_kopecks"),
    ({"amount_kopecks": 4_543}, "amount_kopecks"),
    ({"amount_kopecks": "many"}, "amount_kopecks"),
    ({"terminal": "somebody's"}, "terminal"),
    ({"unknown": 1}, "unknown"),
)


async def test_who_may_not_take_this_payment_is_refused(case_office: CaseOffice, tmp_path: Path) -> None:
    case = case_office.register()
    async with device_room(tmp_path / "devices", "payment-terminal") as room:
        app = device_app(case_office, devices=room.client, folder=tmp_path)
        for role, office_id in STRANGERS:
            async with working_as(app, role, office_id=office_id) as client:
                assert (await client.post(charges_of(case), json={})).status_code == 403
                assert (await client.get(f"/cases/{case.case_id}/payment", headers=PAGE)).status_code == 403

        assert room.office.payment_terminal.purchases_received == 0


async def test_a_wrong_wish_names_its_field(case_office: CaseOffice, tmp_path: Path) -> None:
    case = case_office.register(fee_kopecks=4_542)
    async with device_room(tmp_path / "devices", "payment-terminal") as room:
        app = device_app(case_office, devices=room.client, folder=tmp_path)
        async with working_as(app, Role.ADMINISTRATOR) as client:
            for body, field in WRONG_WISHES:
                answer = await client.post(charges_of(case), json=body)

                assert answer.status_code in {400, 422}, body
                assert answer.headers["content-type"].startswith("application/problem+json")
                assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_an_unknown_payment_is_explained_asked_about_and_settled_on_its_page(
    case_office: CaseOffice, tmp_path: Path
) -> None:
    case = case_office.register(fee_kopecks=4_542)
    page = f"/cases/{case.case_id}/payment"
    async with device_room(tmp_path / "devices", "payment-terminal") as room:
        app = device_app(case_office, devices=room.client, folder=tmp_path)
        async with working_as(app, Role.ADMINISTRATOR) as client:
            room.office.set_fault("payment-terminal", "lose-answer")
            charge = (await client.post(charges_of(case), json={})).json()
            shown = await client.get(page, headers=PAGE)
            assert "Не проводьте оплату повторно" in shown.text

            room.office.set_fault("payment-terminal", None)
            asked = await client.post(f"{page}/{charge['id']}/inquiry", headers=PAGE, follow_redirects=False)
            assert asked.status_code == 303
            settled = await client.get(page, headers=PAGE)

    assert "Сплачено" in settled.text
    assert "Не проводьте" not in settled.text
    assert case_office.case(case).paid_kopecks == 4_542


async def test_the_button_starts_a_payment_and_the_page_follows(case_office: CaseOffice, tmp_path: Path) -> None:
    case = case_office.register(fee_kopecks=4_542)
    page = f"/cases/{case.case_id}/payment"
    async with device_room(tmp_path / "devices", "payment-terminal") as room:
        app = device_app(case_office, devices=room.client, folder=tmp_path)
        async with working_as(app, Role.ADMINISTRATOR) as client:
            first = await client.get(page, headers=PAGE)
            pressed = await client.post(page, data={"terminal": ""}, headers=PAGE, follow_redirects=False)
            (charge,) = (await client.get(charges_of(case))).json()
            while charge["state"] in {"intended", "sending"}:
                charge = (await client.get(f"/api/charges/{charge['id']}")).json()
            live = await client.get(f"/live{page}", headers=PAGE)

    assert "Прийняти оплату 45,42" in first.text
    assert (pressed.status_code, pressed.headers["location"]) == (303, page)
    assert "Збір сплачено" in live.text


async def test_a_settlement_without_the_reference_names_the_field(case_office: CaseOffice, tmp_path: Path) -> None:
    case = case_office.register()
    page = f"/cases/{case.case_id}/payment"
    async with device_room(tmp_path / "devices", "payment-terminal") as room:
        app = device_app(case_office, devices=room.client, folder=tmp_path)
        async with working_as(app, Role.ADMINISTRATOR) as client:
            room.office.set_fault("payment-terminal", "lose-answer")
            charge = (await client.post(charges_of(case), json={})).json()
            room.office.set_fault("payment-terminal", "silent")
            refused = await client.post(
                f"{page}/{charge['id']}/settlement", data={"outcome": "charged", "reference": " "}, headers=PAGE
            )

    assert refused.status_code == 422
    assert "Номер операції" in refused.text
