"""The catalogue finds a service by words, code or sphere, and keeps every version."""

import pytest
from msgspec.structs import replace

from edge_node.catalogue import queries
from edge_node.catalogue.model import UnknownOffice, UnknownService
from sync.vocabulary.catalogue import Sphere
from tests.support.builders import a_service


def search(desk, text: str) -> list[str]:
    return [service.code for service in desk.store.read_now(lambda reader: queries.search(reader, text=text))]


@pytest.mark.parametrize("text", ["паспорт", "ОБМІН пасп", "id-картку", "03-02", "03-", "passport exchange"])
def test_a_service_is_found_by_the_beginning_of_its_words(desk, text):
    assert search(desk, text) == ["03-02"]


@pytest.mark.parametrize("text", ["аспорт", "паспорт народження", "%", "", "_"])
def test_what_is_no_beginning_of_a_word_finds_nothing(desk, text):
    assert search(desk, text) == []


def test_the_version_in_force_is_the_latest_and_earlier_ones_stay(desk):
    desk.publish(replace(a_service(), version=2, name_uk="Обмін паспорта, нова редакція"))
    now, before = (
        desk.store.read_now(lambda reader, v=version: queries.service(reader, code="03-02", version=v))
        for version in (None, 1)
    )
    assert (now.version, before.version) == (2, 1)
    assert search(desk, "нова редакція") == ["03-02"]
    assert len(desk.store.read_now(lambda reader: queries.services(reader, sphere=Sphere.PASSPORTS))) == 2


def test_an_unknown_service_or_office_is_not_found(desk):
    with pytest.raises(UnknownService):
        desk.store.read_now(lambda reader: queries.service(reader, code="99-99"))
    with pytest.raises(UnknownOffice):
        desk.store.read_now(lambda reader: queries.office(reader, office_id="XXX"))


def test_hearing_of_a_version_twice_keeps_it_once(desk):
    desk.publish(a_service(), a_service())
    assert desk.store.read_now(queries.count_by_sphere) == {Sphere.PASSPORTS: 2}
