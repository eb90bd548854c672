"""The till's pages: shifts, outcomes that nobody knows, recipients, money back, and receipts of banks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from device_drivers.payment_terminal.protocol import Approved
from edge_node.case_register.model import Case
from edge_node.payments import commands, queries
from edge_node.payments.model import Shift
from edge_node.printing import queries as printing
from edge_node.printing.model import PaperKind
from sync.vocabulary.staff import Role
from sync.vocabulary.working_days import local_day
from tests.support.case_office import CaseOffice, DeviceRoom, device_room
from tests.support.device_app import device_app, working_as

# the drivers run beside the test
pytestmark = [pytest.mark.anyio, pytest.mark.processes]

PAGE = {"accept": "text/html"}
TERMINAL = "payment-terminal"
FEE_KOPECKS = 4_542


@asynccontextmanager
async def till(
    office: CaseOffice, folder: Path, role: Role = Role.ADMINISTRATOR
) -> AsyncIterator[tuple[DeviceRoom, httpx.AsyncClient]]:
    async with device_room(folder / "devices", TERMINAL) as room:
        app = device_app(office, devices=room.client, folder=folder)
        async with working_as(app, role) as client:
            client.headers.update(PAGE)
            yield room, client


async def pay(client: httpx.AsyncClient, case: Case) -> dict[str, object]:
    answer = await client.post(f"/api/cases/{case.case_id}/charges", json={}, headers={"accept": "application/json"})
    assert answer.status_code == 201, answer.text
    charge: dict[str, object] = answer.json()
    return charge


async def ended(client: httpx.AsyncClient, case: Case) -> dict[str, object]:
    while True:
        latest: dict[str, object] = (await client.get(f"/api/cases/{case.case_id}/charges")).json()[0]
        if latest["state"] not in {"intended", "sending"}:
            return latest


def open_shift(office: CaseOffice) -> Shift:
    shift = office.store.read_now(lambda reader: queries.open_shift(reader, terminal=TERMINAL))
    assert shift is not None
    return shift


async def close(client: httpx.AsyncClient, office: CaseOffice, *, counted: str = "") -> httpx.Response:
    """The shift's page when the end that was asked for has come to something."""
    shift_id = open_shift(office).id
    begun = await client.post(f"/payments/shifts/{shift_id}/closing", data={"counted": counted})
    if begun.status_code != 303:
        return begun
    while "Термінал підбиває підсумки" in (await client.get(f"/live/payments/shifts/{shift_id}")).text:
        pass
    return await client.get(begun.headers["location"])


async def test_a_shift_is_opened_counted_and_closed_with_what_both_know(
    case_office: CaseOffice, tmp_path: Path
) -> None:
    case = case_office.register(fee_kopecks=FEE_KOPECKS)
    async with till(case_office, tmp_path) as (room, client):
        assert (await client.post("/payments/shifts", data={"terminal": TERMINAL})).status_code == 303
        await pay(client, case)
        shown = await client.get("/payments")
        page = await close(client, case_office)
        listed = await client.get("/payments")

    assert "1 оплата" in shown.text
    assert "збігається" in page.text
    assert "збігається" in listed.text
    assert room.office.payment_terminal.facts()["charged_kopecks"] == FEE_KOPECKS


async def test_what_the_terminal_took_by_hand_is_shown_as_the_difference(
    case_office: CaseOffice, tmp_path: Path
) -> None:
    async with till(case_office, tmp_path) as (room, client):
        await pay(client, case_office.register(fee_kopecks=FEE_KOPECKS))
        by_hand = await room.client.call(TERMINAL, "charge", amount_kopecks=1_000, ref="by-hand", merchant_id="0")
        assert isinstance(by_hand, Approved)
        page = await close(client, case_office)

    assert "10,00" in page.text
    assert "проведена на терміналі вручну" in page.text


async def test_a_terminal_that_does_not_count_is_read_by_a_person(case_office: CaseOffice, tmp_path: Path) -> None:
    async with till(case_office, tmp_path) as (room, client):
        await pay(client, case_office.register(fee_kopecks=FEE_KOPECKS))
        room.office.set_fault(TERMINAL, "busy")
        not_counted = await close(client, case_office)
        wrong = await close(client, case_office, counted="сорок")
        page = await close(client, case_office, counted="45,42")

    assert "Зміну не закрито" in not_counted.text
    assert "із його паперового звіту" in not_counted.text
    assert wrong.status_code == 422
    assert "зазначено працівником" in page.text
    assert "збігається" in page.text


@pytest.mark.parametrize(
    ("fault", "told"), [("lose-day-end", "підсумки передано банку"), ("silent-after-day-end", "результат невідомий")]
)
async def test_an_end_of_day_without_answer_ends_the_shift_with_what_was_counted_before(
    case_office: CaseOffice, tmp_path: Path, fault: str, told: str
) -> None:
    """A terminal that speaks again and counts nothing has ended its day; of a silent one nobody knows."""
    async with till(case_office, tmp_path) as (room, client):
        await pay(client, case_office.register(fee_kopecks=FEE_KOPECKS))
        room.office.set_fault(TERMINAL, fault)
        page = await close(client, case_office)

    assert told in page.text
    assert "збігається" in page.text


async def test_a_shift_whose_terminal_did_not_end_its_day_goes_on_and_ends_later(
    case_office: CaseOffice, tmp_path: Path
) -> None:
    """Ended in the books alone, it would come back as a difference of the next shift."""
    async with till(case_office, tmp_path) as (room, client):
        await pay(client, case_office.register(fee_kopecks=FEE_KOPECKS))
        room.office.set_fault(TERMINAL, "skip-day-end")
        page = await close(client, case_office)
        room.office.set_fault(TERMINAL, None)
        later = await close(client, case_office)

    assert "Термінал не виконав звірки" in page.text
    assert "підсумки передано банку" in later.text
    assert "збігається" in later.text


async def test_the_page_shows_that_the_terminal_counts_and_goes_on_without_whoever_asked(
    case_office: CaseOffice, tmp_path: Path
) -> None:
    async with till(case_office, tmp_path) as (room, client):
        await pay(client, case_office.register(fee_kopecks=FEE_KOPECKS))
        shift = open_shift(case_office)
        room.office.set_fault(TERMINAL, "silent")
        begun = await client.post(f"/payments/shifts/{shift.id}/closing", data={"counted": ""})
        page, listed = await client.get(begun.headers["location"]), await client.get("/payments")
        again = await client.post(f"/payments/shifts/{shift.id}/closing", data={"counted": ""})
        room.office.set_fault(TERMINAL, None)
        while open_shift(case_office).trouble is None:
            await client.get(f"/live/payments/shifts/{shift.id}")

    assert begun.status_code == 303
    for shown in (page, listed):
        assert "Термінал підбиває підсумки" in shown.text
        assert "Закрити зміну та звірити" not in shown.text
    assert again.status_code == 409
    assert open_shift(case_office).trouble == "no-handshake"


@pytest.mark.parametrize("had_begun_anew", [True, False])
async def test_a_shift_whose_end_was_killed_in_the_middle_ends_later_with_all_that_was_counted(
    case_office: CaseOffice, tmp_path: Path, *, had_begun_anew: bool
) -> None:
    async with till(case_office, tmp_path) as (room, client):
        await pay(client, case_office.register(fee_kopecks=FEE_KOPECKS))
        shift = case_office.do(commands.begin_closing, shift_id=open_shift(case_office).id)
        case_office.do(commands.note_count, shift_id=shift.id, kopecks=FEE_KOPECKS)
        if had_begun_anew:
            await room.client.call(TERMINAL, "settle", ref="s1", merchant_id="0")
        case_office.do(commands.doubt_the_interrupted, now=case_office.clock.now())

        await pay(client, case_office.register(fee_kopecks=1_000))
        page = await close(client, case_office)

    assert "55,42" in page.text
    assert "збігається" in page.text


async def test_a_payment_is_undone_on_its_page_while_the_shift_lasts(case_office: CaseOffice, tmp_path: Path) -> None:
    case = case_office.register(fee_kopecks=FEE_KOPECKS)
    async with till(case_office, tmp_path) as (room, client):
        charge = await pay(client, case)
        assert "Скасувати оплату" in (await client.get(f"/cases/{case.case_id}/payment")).text
        await client.post(f"/cases/{case.case_id}/payment/{charge['id']}/void")
        void = await ended(client, case)
        page = await client.get(f"/cases/{case.case_id}/payment")

    assert (void["kind"], void["state"]) == ("void", "approved")
    assert case_office.case(case).paid_kopecks == 0
    assert room.office.payment_terminal.facts()["given_back_kopecks"] == FEE_KOPECKS
    assert "Прийняти оплату 45,42" in page.text


async def test_a_void_whose_answer_was_lost_is_asked_about_and_money_back_once(
    case_office: CaseOffice, tmp_path: Path
) -> None:
    case = case_office.register(fee_kopecks=FEE_KOPECKS)
    async with till(case_office, tmp_path) as (room, client):
        charge = await pay(client, case)
        room.office.set_fault(TERMINAL, "lose-answer")
        await client.post(f"/cases/{case.case_id}/payment/{charge['id']}/void")
        void = await ended(client, case)
        assert void["state"] == "unknown"
        assert "Невідомо, чи скасовано оплату" in (await client.get(f"/cases/{case.case_id}/payment")).text
        assert "Скасування" in (await client.get("/payments")).text
        room.office.set_fault(TERMINAL, None)
        asked = await client.post(f"/api/charges/{void['id']}/inquiry")

    assert asked.json()["state"] == "approved"
    assert case_office.case(case).paid_kopecks == 0
    assert room.office.payment_terminal.facts()["given_back_kopecks"] == FEE_KOPECKS


async def test_after_the_shift_an_application_is_printed_instead(case_office: CaseOffice, tmp_path: Path) -> None:
    case = case_office.register(fee_kopecks=FEE_KOPECKS)
    async with till(case_office, tmp_path) as (_, client):
        charge = await pay(client, case)
        await close(client, case_office)
        page = await client.get(f"/cases/{case.case_id}/payment")
        refused = await client.post(f"/cases/{case.case_id}/payment/{charge['id']}/void")
        await client.post(f"/cases/{case.case_id}/payment/{charge['id']}/refund-application")

    assert "Надрукувати заяву про повернення" in page.text
    assert refused.status_code == 409
    papers = case_office.store.read_now(lambda reader: printing.papers_of(reader, subject_id=case.case_id))
    assert {paper.kind for paper in papers} == {PaperKind.PAYMENT_RECEIPT, PaperKind.REFUND_APPLICATION}
    assert case_office.case(case).paid_kopecks == FEE_KOPECKS


async def test_a_part_approved_asks_for_the_rest_or_to_be_undone(case_office: CaseOffice, tmp_path: Path) -> None:
    case = case_office.register(fee_kopecks=10_000)
    async with till(case_office, tmp_path) as (room, client):
        room.office.set_fault(TERMINAL, "partial")
        await pay(client, case)
        page = await client.get(f"/cases/{case.case_id}/payment")
        room.office.set_fault(TERMINAL, None)
        rest = await pay(client, case)

    assert "Прийняти оплату 50,00" in page.text
    assert "Банк схвалив лише частину" in page.text
    assert rest["amount_kopecks"] == 5_000
    assert case_office.case(case).paid_kopecks == 10_000


async def test_a_banks_receipt_is_counted_once_and_its_fields_name_what_is_wrong(
    case_office: CaseOffice, tmp_path: Path
) -> None:
    first, second = case_office.register(fee_kopecks=FEE_KOPECKS), case_office.register(fee_kopecks=FEE_KOPECKS)
    today = local_day(case_office.clock.now()).strftime("%d.%m.%Y")
    receipt = {"receipt_number": "0.0.12-7", "bank": "ПриватБанк", "paid_on": today, "amount": "45,42"}
    async with till(case_office, tmp_path) as (_, client):

        async def bring(case: Case, **changes: str) -> httpx.Response:
            return await client.post(f"/cases/{case.case_id}/payment/receipts", data=receipt | changes)

        wrong = [await bring(first, **{field: ""}) for field in receipt]
        assert (await bring(first)).status_code == 303
        used = await bring(second)
        alike = await bring(second, bank="Ощадбанк")
        other = await bring(second, bank="Ощадбанк", is_another="yes")
        page = await client.get(f"/cases/{second.case_id}/payment")

    assert [each.status_code for each in wrong] == [422, 422, 422, 422]
    assert not [each for each in wrong if "Квитанції порівняно" in each.text], (
        "there is no other one to compare it with"
    )
    assert (used.status_code, alike.status_code, other.status_code) == (409, 409, 303)
    assert "вже зараховано" in used.text
    assert 'value="0.0.12-7"' in alike.text, "what was typed is still there"
    assert "Квитанції порівняно" in alike.text
    assert "Збір сплачено" in page.text
    assert case_office.case(first).paid_kopecks == case_office.case(second).paid_kopecks == FEE_KOPECKS


async def test_the_head_names_the_recipients_and_a_fee_goes_to_its_own(case_office: CaseOffice, tmp_path: Path) -> None:
    async with till(case_office, tmp_path, Role.OFFICE_HEAD) as (room, client):
        page = await client.get("/payments/recipients")
        assert "2 – Супутні послуги" in page.text
        said = {"terminal": TERMINAL, f"merchant_{case_office.service.provider_id}": "2"}
        assert (await client.post("/payments/recipients", data=said)).status_code == 303
        wrong = await client.post("/payments/recipients", data=said | {"terminal": "somebody's"})
        app_of_clerk = device_app(case_office, devices=room.client, folder=tmp_path)
        async with working_as(app_of_clerk, Role.ADMINISTRATOR) as clerk:
            await pay(clerk, case_office.register(fee_kopecks=FEE_KOPECKS))

    assert wrong.status_code == 422
    assert room.office.payment_terminal.ledger()[-1]["merchant"] == "2"


async def test_the_head_watches_and_takes_no_money_and_others_see_nothing(
    case_office: CaseOffice, tmp_path: Path
) -> None:
    async with device_room(tmp_path / "devices", TERMINAL) as room:
        app = device_app(case_office, devices=room.client, folder=tmp_path)
        async with working_as(app, Role.OFFICE_HEAD) as head:
            assert (await head.get("/payments", headers=PAGE)).status_code == 200
            assert (await head.post("/payments/shifts", data={"terminal": TERMINAL})).status_code == 403
        async with working_as(app, Role.REGISTRAR) as registrar:
            assert (await registrar.get("/payments", headers=PAGE)).status_code == 403
            assert (await registrar.get("/payments/recipients", headers=PAGE)).status_code == 403


async def test_who_takes_payments_sees_the_recipients_and_names_none(case_office: CaseOffice, tmp_path: Path) -> None:
    body = case_office.service.provider_id
    said = {"terminal": TERMINAL, f"merchant_{body}": "2"}
    async with till(case_office, tmp_path) as (room, clerk):
        before = await clerk.get("/payments/recipients")
        refused = await clerk.post("/payments/recipients", data=said)
        app = device_app(case_office, devices=room.client, folder=tmp_path)
        for role in (Role.TECHNICIAN, Role.OFFICE_HEAD):
            async with working_as(app, role) as other:
                assert (await other.post("/payments/recipients", data=said)).status_code == 303
        after = await clerk.get("/payments/recipients")

    assert "Усі збори отримує єдиний отримувач" in before.text
    assert refused.status_code == 403
    assert "2 – Супутні послуги" in after.text
    assert "Зберегти" not in after.text
