"""A service is found at the kiosk, and its list of documents printed without a ticket."""

import re

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from edge_node.catalogue import queries as catalogue
from edge_node.printing import commands as printing_commands
from edge_node.printing import queries as printing
from edge_node.printing.listeners.tickets import small_paper
from edge_node.printing.model import SMALL_PAPERS, PaperKind, PrintState
from sync.storage import Transaction
from sync.vocabulary import catalogue as words
from sync.web.i18n import Texts, use_texts
from sync.web.pages import folders_of
from tests.support.hall import Hall

Client = TestClient[Litestar]
PAGE = {"accept": "text/html"}
SEED = """code;guide_id;name_uk;provider;term;fee;documents;scope;source
03-04;;Паспорт для виїзду за кордон (дорослий);ДМС;W20;0;"паспорт; попередній закордонний (за наявності)";вся Україна;M
09-11;;Житлова субсидія;ПФУ;C10;0;"заява; декларація";область;M
"""


@pytest.fixture(autouse=True)
def services(hall: Hall) -> None:
    def save(tx: Transaction) -> None:
        for each in words.parse_seed(SEED):
            catalogue.save_service(tx, each)

    hall.do(save)


def memo_key(page: str) -> str:
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert key is not None
    return key[1]


def test_what_is_typed_finds_services_while_it_is_typed(kiosk: Client) -> None:
    found = kiosk.get("/live/kiosk/search?q=загранпаспорт", headers=PAGE).text
    assert 'href="/kiosk/services/03-04"' in found
    assert "субсидія" not in found
    assert "Нічого не знайдено" in kiosk.get("/kiosk/search?q=xyzzy", headers=PAGE).text


def test_without_words_a_sphere_leads_to_its_services(kiosk: Client) -> None:
    assert 'href="/kiosk/search?sphere=passports"' in kiosk.get("/kiosk/search", headers=PAGE).text
    assert 'href="/kiosk/services/03-04"' in kiosk.get("/kiosk/search?sphere=passports", headers=PAGE).text


def test_a_service_says_what_to_bring_and_leads_to_a_ticket_where_somebody_serves_it(kiosk: Client) -> None:
    served = kiosk.get("/kiosk/services/03-04", headers=PAGE).text
    assert "попередній закордонний" in served
    assert 'href="/kiosk/passports"' in served
    assert 'href="/kiosk/social"' not in kiosk.get("/kiosk/services/09-11", headers=PAGE).text
    assert kiosk.get("/kiosk/services/77-77", headers=PAGE).status_code == 404


def test_the_list_is_printed_once_for_two_touches_and_without_a_ticket(hall: Hall, kiosk: Client) -> None:
    form = {"key": memo_key(kiosk.get("/kiosk/services/03-04", headers=PAGE).text)}
    shown = kiosk.post("/kiosk/services/03-04/memo", data=form, headers=PAGE)
    kiosk.post("/kiosk/services/03-04/memo", data=form, headers=PAGE)
    assert "Перелік друкується" in shown.text
    (job,) = hall.store.read_now(lambda reader: printing.ordered(reader, kinds=SMALL_PAPERS))
    assert job.kind is PaperKind.MEMO
    use_texts(Texts.load(folders_of(["edge_node"])))
    paper = small_paper(job)
    assert paper.number == "03-04"
    assert [line.text for line in paper.lines][:3] == [
        "Паспорт для виїзду за кордон (дорослий)",
        "Візьміть із собою:",
        "• паспорт",
    ]


def test_a_list_that_did_not_come_out_is_said_to_be_at_the_reception(hall: Hall, kiosk: Client) -> None:
    form = {"key": memo_key(kiosk.get("/kiosk/services/03-04", headers=PAGE).text)}
    address = kiosk.post("/kiosk/services/03-04/memo", data=form, headers=PAGE).url.path
    job_id = address.rsplit("/", 1)[-1]
    hall.do(printing_commands.end, job_id=job_id, state=PrintState.FAILED, now=hall.clock.now())
    assert "не вдалося надрукувати" in kiosk.get(f"/live/kiosk/memos/{job_id}", headers=PAGE).text
    assert hall.store.read_now(printing.needing_attention) == [], (
        "the visitor asks the receptionist, nobody prints it later"
    )
