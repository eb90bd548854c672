"""What the catalogue says of one administrative service (CPSV-AP: a Public Service; DOMAIN §1.7)."""

from enum import StrEnum

import msgspec

from sync.vocabulary.archive import RETENTION_YEARS_MIN
from sync.vocabulary.catalogue.spheres import Sphere
from sync.vocabulary.ids import ProviderId, ServiceCode
from sync.vocabulary.money import Fee
from sync.vocabulary.term import Term


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
