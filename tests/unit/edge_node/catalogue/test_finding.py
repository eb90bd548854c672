"""A visitor finds a service by the words of the street, and with shaking fingers."""

from pathlib import Path

import pytest

from edge_node.catalogue.model.finding import Findable, rank
from edge_node.catalogue.queries import search_text
from sync.vocabulary import seed
from sync.vocabulary.catalogue import parse_names, parse_seed

SEED = Path(seed.__path__[0])
SERVICES = parse_seed(
    (SEED / "services.csv").read_text(encoding="utf-8"),
    names_en=parse_names((SEED / "services_en.csv").read_text(encoding="utf-8")),
)
FINDABLES = [
    Findable(code=each.code, words=tuple(search_text(f"{each.code} {each.name_uk} {each.name_en or ''}").split()))
    for each in SERVICES
]


def found(text: str) -> list[str]:
    return rank(search_text(text).split(), FINDABLES, limit=30)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("прописка", "01-01"),
        ("виписатися", "01-02"),
        ("загранпаспорт", "03-04"),
        ("одружитися", "02-03"),
        ("загубив паспорт", "03-03"),
        ("переселенець", "09-13"),
        ("відкрити ФОП", "05-01"),
        ("passport", "03-01"),
        ("wedding", "02-03"),
    ],
)
def test_everyday_words_find_the_official_ones(text: str, code: str) -> None:
    assert code in found(text)[:3]


@pytest.mark.parametrize(
    ("text", "code"),
    [("паспрт", "03-01"), ("закордоний паспорт", "03-04"), ("субсыдия", "09-11"), ("народженя дитини", "02-01")],
)
def test_a_slip_of_the_finger_still_finds(text: str, code: str) -> None:
    assert code in found(text)[:3]


def test_a_code_is_meant_as_it_is() -> None:
    assert found("03-04") == ["03-04"]


def test_nonsense_and_nothing_find_nothing() -> None:
    assert found("xyzzy") == []
    assert found("") == []
    assert found("і на") == []


def test_where_no_service_meets_every_word_those_that_meet_some_are_shown() -> None:
    assert set(found("субсидія qqqqq")) == set(found("субсидія"))
