"""What an office has on its desks in tests: services, people, applications."""

from datetime import date

from msgspec.structs import replace

from edge_node.intake.model import CaseApplication
from sync.vocabulary.applicant import Applicant, DocumentKind, TaxIdKind
from sync.vocabulary.catalogue import (
    AdministrativeService,
    RequiredDocument,
    ScopeKind,
    Sphere,
    TerritorialScope,
)
from sync.vocabulary.fee_formula import parse_fee
from sync.vocabulary.ids import OfficeId, ProviderId, ServiceCode, StaffId
from sync.vocabulary.staff import Role, StaffMember
from sync.vocabulary.term import parse_term

SHV, KYV = OfficeId("SHV"), OfficeId("KYV")
MIGRATION, SOCIAL = ProviderId("migration"), ProviderId("social-protection")


def a_service(
    code: str = "03-02",
    *,
    name: str = "Обмін паспорта на ID-картку",
    term: str = "W20 / W10",
    fee: str = "FIX 372 / 498 (2022)",
    name_en: str = "Exchange of a passport for an ID card",
) -> AdministrativeService:
    """A service of the seed's shape."""
    return AdministrativeService(
        code=ServiceCode(code),
        name_uk=name,
        name_en=name_en,
        sphere=Sphere.PASSPORTS,
        provider_id=MIGRATION,
        provider_name="Державна міграційна служба",
        term=parse_term(term),
        fee=parse_fee(fee),
        required_documents=(RequiredDocument(name_uk="паспорт"), RequiredDocument(name_uk="квитанція")),
        scope=TerritorialScope(kind=ScopeKind.ANYONE, text_uk="екстериторіально"),
    )


def an_applicant(**changes: object) -> Applicant:
    """Оксана Шевченко, whose numbers pass their checks."""
    person = Applicant(
        last_name="Шевченко",
        first_name="Оксана",
        patronymic="Петрівна",
        born_on=date(1958, 3, 7),
        tax_id_kind=TaxIdKind.RNOKPP,
        rnokpp="2125011422",
        document_kind=DocumentKind.PASSPORT_BOOK,
        document_number="АА123456",
        phone="+380671234567",
    )
    return replace(person, **changes)


def an_application(**changes: object) -> CaseApplication:
    """She asks for an ID card and brings every paper."""
    return replace(CaseApplication(applicant=an_applicant(), service_code=ServiceCode("03-02")), **changes)


def a_member(
    login: str, *roles: Role, office_id: OfficeId = SHV, provider_id: ProviderId | None = None, password_hash: str = ""
) -> StaffMember:
    """A member of staff whose id is their login."""
    return StaffMember(
        id=StaffId(login),
        login=login,
        name=f"{login.capitalize()} Іваненко",
        roles=frozenset(roles),
        office_id=office_id,
        provider_id=provider_id,
        password_hash=password_hash,
    )
