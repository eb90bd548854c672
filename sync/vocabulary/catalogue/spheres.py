"""Spheres: the kiosk's first question, the letter on the ticket, the groups of service codes behind them."""

from enum import StrEnum

import msgspec

from sync.vocabulary.errors import InvalidInput


class Sphere(StrEnum):
    """The kiosk's first question; at most eight, so that they fit as cards."""

    RESIDENCE = "residence"
    CIVIL_STATUS = "civil_status"
    PASSPORTS = "passports"
    PROPERTY = "property"
    BUSINESS = "business"
    CITY = "city"
    SOCIAL = "social"
    PENSIONS = "pensions"


class SphereCard(msgspec.Struct, frozen=True, kw_only=True):
    """How a sphere is shown: its letter on tickets, words, the name of a lucide icon, the groups of service codes."""

    sphere: Sphere
    letter: str
    name_uk: str
    name_en: str
    icon: str
    groups: tuple[str, ...]


SPHERES: dict[Sphere, SphereCard] = {
    card.sphere: card
    for card in (
        SphereCard(
            sphere=Sphere.RESIDENCE,
            letter="Р",
            name_uk="Місце проживання",
            name_en="Place of residence",
            icon="house",
            groups=("01",),
        ),
        SphereCard(
            sphere=Sphere.PASSPORTS,
            letter="Д",
            name_uk="Паспорти",
            name_en="Passports and ID cards",
            icon="id-card",
            groups=("03",),
        ),
        SphereCard(
            sphere=Sphere.SOCIAL,
            letter="С",
            name_uk="Соціальні послуги",
            name_en="Social support",
            icon="hand-heart",
            groups=("09", "11", "12"),
        ),
        SphereCard(
            sphere=Sphere.PENSIONS, letter="П", name_uk="Пенсії", name_en="Pensions", icon="wallet", groups=("10",)
        ),
        SphereCard(
            sphere=Sphere.PROPERTY,
            letter="Н",
            name_uk="Нерухомість і земля",
            name_en="Property and land",
            icon="building",
            groups=("04", "06"),
        ),
        SphereCard(
            sphere=Sphere.CIVIL_STATUS,
            letter="Ш",
            name_uk="Народження, шлюб, смерть",
            name_en="Births, marriages, deaths",
            icon="users",
            groups=("02",),
        ),
        SphereCard(
            sphere=Sphere.BUSINESS,
            letter="Б",
            name_uk="Бізнес",
            name_en="Business",
            icon="briefcase-business",
            groups=("05", "08"),
        ),
        SphereCard(
            sphere=Sphere.CITY,
            letter="А",
            name_uk="Місто, будівництво, дозволи",
            name_en="City, building, permits",
            icon="landmark",
            groups=("07",),
        ),
    )
}


def sphere_of(service_code: str) -> Sphere:
    """The sphere of a code such as ``09-11``, by its group; raises ``InvalidInput``, rule ``service-code``."""
    group = service_code.partition("-")[0]
    for card in SPHERES.values():
        if group in card.groups:
            return card.sphere
    raise InvalidInput(field="code", rule="service-code")
