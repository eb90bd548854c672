"""Who applies: what is written down of a person, and the rules that data must meet (DOMAIN §3)."""

from datetime import date
from enum import StrEnum

import msgspec


class TaxIdKind(StrEnum):
    """Why there is, or is not, an RNOKPP; read through ``tax-id-kind:<value>``."""

    RNOKPP = "rnokpp"
    REFUSED = "refused"
    ABSENT = "absent"
    UNKNOWN = "unknown"


class DocumentKind(StrEnum):
    """What proves the person's identity; read through ``document-kind:<value>``."""

    PASSPORT_BOOK = "passport_book"
    ID_CARD = "id_card"
    FOREIGN_PASSPORT = "foreign_passport"
    BIRTH_CERTIFICATE = "birth_certificate"
    RESIDENCE_PERMIT = "residence_permit"
    REFUGEE_CERTIFICATE = "refugee_certificate"
    IDP_CERTIFICATE = "idp_certificate"
    OTHER = "other"


class NotifyBy(StrEnum):
    """How the applicant wants to hear of the result; read through ``notify-by:<value>``."""

    SMS = "sms"
    EMAIL = "email"
    PHONE = "phone"
    POST = "post"
    IN_PERSON = "in_person"


class Applicant(msgspec.Struct, frozen=True, kw_only=True):
    """A natural person as typed or as read; ``checked`` gives the normalised one."""

    last_name: str
    first_name: str
    patronymic: str | None = None
    born_on: date | None = None
    tax_id_kind: TaxIdKind = TaxIdKind.UNKNOWN
    rnokpp: str | None = None
    unzr: str | None = None
    document_kind: DocumentKind
    document_number: str
    phone: str | None = None
    email: str | None = None
    address: str | None = None

    @property
    def full_name(self) -> str:
        """Surname, name, patronymic if any: the order of paperwork."""
        return " ".join(part for part in (self.last_name, self.first_name, self.patronymic) if part)


class ApplicantWarning(msgspec.Struct, frozen=True, kw_only=True):
    """Something to look at, not a reason to refuse; read through ``warning:<code>``."""

    field: str
    code: str


def checked(applicant: Applicant, *, today: date) -> tuple[Applicant, tuple[ApplicantWarning, ...]]:
    """The applicant in canonical spelling, with what the administrator should look at.

    Raises ``InvalidInput`` for the first field that breaks its rule.
    """
    raise NotImplementedError
