"""A page opens in Ukrainian, stays in the language a person chose, and counts as the language counts."""

from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from sync.vocabulary.errors import InvalidInput
from sync.web.i18n import Texts, gettext, language_of, ngettext, speaking, translate_refusal, use_texts
from tests.unit.web.conftest import HERE, ShelfEmpty

PAGE = {"accept": "text/html"}
Client = TestClient[Litestar]


@pytest.fixture
def texts() -> Texts:
    texts = Texts.load([HERE / "an_office"])
    use_texts(texts)
    return texts


def test_a_page_opens_in_ukrainian_whatever_the_browser_prefers(client: Client) -> None:
    page = client.get("/", headers={**PAGE, "accept-language": "en-US,en;q=0.9"})

    assert "Вітаємо" in page.text


def test_a_chosen_language_stays(client: Client) -> None:
    chosen = client.get("/?lang=en", headers=PAGE)
    later = client.get("/", headers=PAGE)

    assert "Hello" in chosen.text
    assert "Hello" in later.text


def test_an_unknown_language_is_not_remembered(client: Client) -> None:
    page = client.get("/?lang=xx", headers=PAGE)

    assert "Вітаємо" in page.text
    assert "set-cookie" not in page.headers


def test_the_switch_keeps_the_page_and_its_question(client: Client) -> None:
    page = client.get("/?number=7", headers=PAGE)

    assert "/?number=7&amp;lang=en" in page.text


def test_a_program_is_answered_in_the_language_it_accepts(client: Client) -> None:
    answer = client.get(
        "/api/refusals/shelf", headers={"accept": "application/json", "accept-language": "de, en;q=0.8, uk;q=0.2"}
    )

    assert answer.json()["detail"] == "Shelf A is empty."


@pytest.mark.parametrize(
    ("asked", "cookie", "accepts", "language"),
    [
        ("en", "uk", "uk", "en"),
        (None, "en", "uk", "en"),
        (None, None, "en", "en"),
        (None, None, "de;q=1, uk;q=0.1, en;q=0.9", "en"),
        (None, None, "de, fr", "uk"),
        (None, None, ";;q=x,,", "uk"),
        ("xx", "yy", "", "uk"),
    ],
)
def test_asked_goes_before_chosen_before_accepted(
    asked: str | None, cookie: str | None, accepts: str, language: str
) -> None:
    assert language_of(asked=asked, cookie=cookie, accept_language=accepts) == language


@pytest.mark.parametrize(
    ("count", "uk"),
    [
        (1, "1 особа"),
        (2, "2 особи"),
        (5, "5 осіб"),
        (11, "11 осіб"),
        (14, "14 осіб"),
        (21, "21 особа"),
        (22, "22 особи"),
    ],
)
def test_ukrainian_counts_in_three_forms(texts: Texts, count: int, uk: str) -> None:
    assert ngettext("%(num)s person", "%(num)s persons", count) % {"num": count} == uk


def test_english_counts_in_two(texts: Texts) -> None:
    with speaking("en"):
        assert ngettext("%(num)s person", "%(num)s persons", 1) == "%(num)s person"
        assert ngettext("%(num)s person", "%(num)s persons", 21) == "%(num)s persons"
    assert gettext("Hello") == "Вітаємо"


def test_a_refusal_speaks_both_languages(texts: Texts) -> None:
    assert translate_refusal(ShelfEmpty(shelf="A"), "uk") == "На полиці A порожньо."
    assert translate_refusal(ShelfEmpty(shelf="A"), "en") == "Shelf A is empty."
    assert translate_refusal(InvalidInput(field="name", rule="required"), "en") == "Fill in this field."


def test_a_refusal_that_lacks_a_fact_is_still_a_sentence(texts: Texts) -> None:
    assert translate_refusal(ShelfEmpty(), "uk") == "На полиці %(shelf)s порожньо."


def test_two_slices_that_translate_differently_are_named(tmp_path: Path) -> None:
    header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
    for slice_, word in (("a", "Вікно"), ("b", "Стіл")):
        (tmp_path / slice_ / "locale").mkdir(parents=True)
        (tmp_path / slice_ / "locale" / "uk.po").write_text(f'{header}msgid "Desk of one"\nmsgstr "{word}"\n')

    texts = Texts.load([tmp_path])

    assert texts.translations("uk").gettext("Desk of one") == "Вікно"
    assert len(texts.conflicts) == 1
    assert "Desk of one" in texts.conflicts[0]


def test_the_shared_catalogues_hold_the_same_keys_in_both_languages() -> None:
    folder = Path("sync/web/locale")
    keys = {
        language: {
            line
            for line in (folder / f"{language}.po").read_text(encoding="utf-8").splitlines()
            if line.startswith(('msgid "refusal:', 'msgid "problem', 'msgid "rule:', 'msgid "field:'))
        }
        for language in ("uk", "en")
    }

    assert keys["uk"] == keys["en"]
