"""The catalogue of administrative services, and the reading of its seed (DOMAIN §2)."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from sync.vocabulary.archive import RETENTION_YEARS_MIN
from sync.vocabulary.ids import ProviderId, ServiceCode
from sync.vocabulary.money import Fee
from sync.vocabulary.term import Term


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
            icon="building-2",
            groups=("04", "06"),
        ),
        SphereCard(
            sphere=Sphere.CIVIL_STATUS,
            letter="Ш",
            name_uk="Народження, шлюб, смерть",
            name_en="Births, marriages, deaths",
            icon="baby",
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


class ScopeKind(StrEnum):
    """Who or what may be served, as far as the published words say it plainly (DOMAIN §6)."""

    ANYONE = "anyone"
    OBJECT_IN_AREA = "object_in_area"
    REGISTERED_IN_AREA = "registered_in_area"
    PROVIDER_DISTRICT = "provider_district"
    STATUS_HOLDER = "status_holder"


class TerritorialScope(msgspec.Struct, frozen=True, kw_only=True):
    """The rule as published, and its kind."""

    kind: ScopeKind
    text_uk: str


class RequiredDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A paper the applicant brings; ``note_uk`` is the condition or form stated in brackets."""

    name_uk: str
    note_uk: str | None = None


class AdministrativeService(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the catalogue; a case keeps the ``version`` in force on its day of registration."""

    code: ServiceCode
    name_uk: str
    sphere: Sphere
    provider_id: ProviderId
    provider_name: str
    term: Term
    fee: Fee
    required_documents: tuple[RequiredDocument, ...]
    scope: TerritorialScope
    guide_id: str | None = None
    name_en: str | None = None
    retention_years: int = RETENTION_YEARS_MIN
    version: int = 1
    is_verified: bool = False
    source: str = ""

    def name(self, language: str) -> str:
        """The name in ``language``; Ukrainian where there is no other."""
        return self.name_en if language == "en" and self.name_en else self.name_uk


def parse_seed(text: str, *, names_en: Mapping[str, str] | None = None) -> list[AdministrativeService]:
    """The services of a ``;``-separated seed; «те саме» and «як 09-11» resolved.

    Raises ``InvalidInput`` naming the column, with the service's code.
    """
    raise NotImplementedError


def parse_names(text: str) -> dict[str, str]:
    """Service code → name, from a ``code;name_en`` file."""
    raise NotImplementedError
