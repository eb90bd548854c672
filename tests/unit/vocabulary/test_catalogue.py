"""The demonstration catalogue is read whole, and a damaged one is refused by column and line."""

from importlib.resources import files

import pytest

from sync.vocabulary.catalogue import PROVIDERS, SPHERES, ScopeKind, Sphere, parse_names, parse_seed, sphere_of
from sync.vocabulary.catalogue.providers import provider_named
from sync.vocabulary.catalogue.reading import COLUMNS
from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.identifiers.ticket_number import ticket_number
from sync.vocabulary.money import FeeKind

SEED = files("sync.vocabulary.seed")
HEADER = ";".join(COLUMNS)


@pytest.fixture(scope="module")
def services():
    names_en = parse_names((SEED / "services_en.csv").read_text(encoding="utf-8"))
    read = parse_seed((SEED / "services.csv").read_text(encoding="utf-8"), names_en=names_en)
    return {service.code: service for service in read}


def a_row(**changes: str) -> str:
    row = dict.fromkeys(COLUMNS, "") | {
        "code": "01-01",
        "name_uk": "Послуга",
        "provider": "ДМС",
        "term": "D0",
        "fee": "0",
        "documents": "заява",
    }
    return ";".join((row | changes)[column] for column in COLUMNS)


def test_all_99_services_are_read_with_english_names_and_unverified(services) -> None:
    assert len(services) == 99
    assert all(service.name_en and not service.is_verified for service in services.values())
    assert all(service.provider_id in PROVIDERS for service in services.values())
    assert services["01-01"].guide_id == "00034"
    assert services["01-05"].guide_id is None
    assert services["01-05"].name("en") == "Extract about persons registered at a dwelling"
    assert services["01-05"].name("uk").startswith("Витяг")


def test_the_same_provider_means_the_one_above(services) -> None:
    assert {services[f"01-0{n}"].provider_id for n in range(1, 7)} == {"residence"}


def test_a_service_like_another_takes_what_that_one_says(services) -> None:
    assert services["09-12"].provider_id == services["09-11"].provider_id
    assert services["03-05"].fee == services["03-04"].fee
    assert services["01-02"].scope == services["01-01"].scope
    assert services["10-17"].required_documents == services["09-11"].required_documents


def test_documents_of_two_services_and_one_more_are_joined(services) -> None:
    both = {document.name_uk for document in services["03-07"].required_documents}
    assert both == {"паспорт", "документи-підстави", "квитанція", "попередній закордонний"}
    assert [document.name_uk for document in services["10-05"].required_documents][-1] == "виписка МСЕК"


def test_a_condition_stands_beside_its_document(services) -> None:
    documents = {document.name_uk: document.note_uk for document in services["01-01"].required_documents}
    assert documents["військово-обліковий документ"] == "для військовозобов'язаних"
    assert "ВПО — довідка ВПО; опікун — рішення" in {d.name_uk for d in services["09-01"].required_documents}


def test_only_one_fee_is_left_to_the_clerk(services) -> None:
    assert [s.code for s in services.values() if s.fee.kind is FeeKind.BY_CLERK] == ["07-10"]


def test_scopes_are_told_where_the_words_are_plain(services) -> None:
    assert services["03-02"].scope.kind is ScopeKind.ANYONE
    assert services["04-01"].scope.kind is ScopeKind.OBJECT_IN_AREA
    assert services["01-04"].scope.kind is ScopeKind.REGISTERED_IN_AREA
    assert services["09-03"].scope.kind is ScopeKind.PROVIDER_DISTRICT
    assert services["09-24"].scope.kind is ScopeKind.STATUS_HOLDER


def test_every_sphere_has_services_and_a_letter_of_its_own(services) -> None:
    assert {service.sphere for service in services.values()} == set(Sphere) == set(SPHERES)
    assert len({card.letter for card in SPHERES.values()}) == len(SPHERES) <= 8
    assert all(ticket_number(card.letter, 1) for card in SPHERES.values())
    assert sphere_of("11-01") is Sphere.SOCIAL


def test_an_unknown_provider_becomes_one_of_its_own() -> None:
    assert provider_named("Служба порятунку").id == "sluzhba-poriatunku"


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("code;name", "header"),
        (f"{HEADER}\n{a_row()}\n{a_row()}", "code"),
        (f"{HEADER}\n{a_row(code='1-1')}", "code"),
        (f"{HEADER}\n{a_row(code='99-01')}", "code"),
        (f"{HEADER}\n{a_row()};more", "line"),
        (f"{HEADER}\n01-01;x", "line"),
        (f"{HEADER}\n{a_row(name_uk=' ')}", "name_uk"),
        (f"{HEADER}\n{a_row(term='скоро')}", "term"),
        (f"{HEADER}\n{a_row(provider='те саме')}", "provider"),
        (f"{HEADER}\n{a_row(fee='як 01-01')}", "fee"),
        (f"{HEADER}\n{a_row(scope='як 01-09')}", "scope"),
        (f"{HEADER}\n{a_row(documents='як 01-09')}", "documents"),
        (f"{HEADER}\n{a_row(fee='як 01-02')}\n{a_row(code='01-02', fee='як 01-01')}", "fee"),
        (f"{HEADER}\n{a_row(documents='як 01-02')}\n{a_row(code='01-02', documents='як 01-01')}", "documents"),
    ],
)
def test_a_damaged_seed_is_refused_by_its_column(text: str, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_seed(text)
    assert refused.value.field == field


def test_names_need_their_two_columns() -> None:
    with pytest.raises(InvalidInput):
        parse_names("code;title\n01-01;x")
