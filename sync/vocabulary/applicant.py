"""Who applies: what is written down of a person, and the rules that data must meet (DOMAIN §3)."""

from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from sync.vocabulary.errors import Fact, InvalidInput
from sync.vocabulary.identifiers import names, passport, rnokpp, unzr
from sync.vocabulary.identifiers.email import check_email
from sync.vocabulary.identifiers.phone import check_phone, is_mobile
from sync.vocabulary.identifiers.rnokpp import check_rnokpp
from sync.vocabulary.identifiers.unzr import check_unzr

BORN_ON_MIN = date(1900, 1, 1)
ADDRESS_LENGTH_MAX = 300
FIELD_PREFIX = "applicant_"


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

    Raises ``InvalidInput`` for the first field that breaks its rule. Where RNOKPP is refused, the passport stands in
    for it everywhere, so it must be given (DOMAIN §3.2).
    """
    if applicant.born_on is not None and not BORN_ON_MIN <= applicant.born_on <= today:
        raise InvalidInput(field="born_on", rule="date-range", minimum=BORN_ON_MIN.isoformat())
    normal = replace(
        applicant,
        last_name=names.check_name(applicant.last_name, field="last_name"),
        first_name=names.check_name(applicant.first_name, field="first_name"),
        patronymic=names.check_name(applicant.patronymic, field="patronymic") if applicant.patronymic else None,
        rnokpp=_checked_rnokpp(applicant),
        unzr=check_unzr(applicant.unzr) if applicant.unzr else None,
        document_number=check_document_number(applicant.document_kind, applicant.document_number),
        phone=check_phone(applicant.phone) if applicant.phone else None,
        email=check_email(applicant.email) if applicant.email else None,
        address=_checked_address(applicant.address),
    )
    return normal, _warnings(normal)


def check_document_number(kind: DocumentKind, text: str) -> str:
    """The number in the spelling of its kind; raises ``InvalidInput``, field ``document_number``."""
    return _DOCUMENT_CHECKS[kind](text)


def to_fields(applicant: Applicant) -> dict[str, Fact]:
    """The applicant as flat fields of a case, ``applicant_last_name`` and so on; days as ISO text."""
    plain: dict[str, Fact] = msgspec.to_builtins(applicant)
    return {f"{FIELD_PREFIX}{name}": value for name, value in plain.items()}


def from_fields(fields: Mapping[str, object]) -> Applicant:
    """The applicant in a case's fields; other fields are passed over. Raises ``InvalidInput``, field ``applicant``."""
    own = {name.removeprefix(FIELD_PREFIX): v for name, v in fields.items() if name.startswith(FIELD_PREFIX)}
    try:
        return msgspec.convert(own, Applicant)
    except msgspec.ValidationError as error:
        raise InvalidInput(field="applicant", rule="fields", reason=str(error)) from error


def check_notification(applicant: Applicant, notify_by: NotifyBy) -> NotifyBy:
    """The channel, if the applicant left what it needs.

    Raises ``InvalidInput``, rule ``required``, or rule ``mobile-phone`` for a message to a landline.
    """
    needed = _NEEDED_FOR.get(notify_by)
    if needed is not None and getattr(applicant, needed) is None:
        raise InvalidInput(field=needed, rule="required")
    if notify_by is NotifyBy.SMS and applicant.phone is not None and not is_mobile(applicant.phone):
        raise InvalidInput(field="phone", rule="mobile-phone")
    return notify_by


def _checked_rnokpp(applicant: Applicant) -> str | None:
    if applicant.tax_id_kind is TaxIdKind.RNOKPP:
        if not applicant.rnokpp:
            raise InvalidInput(field="rnokpp", rule="required")
        return check_rnokpp(applicant.rnokpp)
    if applicant.rnokpp:
        raise InvalidInput(field="rnokpp", rule="must-be-empty")
    if applicant.tax_id_kind is TaxIdKind.REFUSED and applicant.document_kind not in _PASSPORTS:
        raise InvalidInput(field="document_kind", rule="passport-required")
    return None


def _checked_address(address: str | None) -> str | None:
    tidy = " ".join((address or "").split())
    if len(tidy) > ADDRESS_LENGTH_MAX:
        raise InvalidInput(field="address", rule="length-max", bound=ADDRESS_LENGTH_MAX)
    return tidy or None


def _warnings(applicant: Applicant) -> tuple[ApplicantWarning, ...]:
    found = []
    if applicant.rnokpp and applicant.born_on and rnokpp.birth_date(applicant.rnokpp) != applicant.born_on:
        found.append(ApplicantWarning(field="rnokpp", code="birth-date-differs"))
    if applicant.unzr and applicant.born_on and unzr.birth_date(applicant.unzr) != applicant.born_on:
        found.append(ApplicantWarning(field="unzr", code="birth-date-differs"))
    if applicant.rnokpp and applicant.patronymic:
        ending = applicant.patronymic[-3:]
        said = True if ending == "вна" else False if ending == "вич" else None
        if said is not None and said != rnokpp.is_female(applicant.rnokpp):
            found.append(ApplicantWarning(field="rnokpp", code="sex-differs"))
    if applicant.tax_id_kind is TaxIdKind.REFUSED:
        found.append(ApplicantWarning(field="tax_id_kind", code="look-for-the-mark"))
    if applicant.phone is None and applicant.email is None:
        found.append(ApplicantWarning(field="phone", code="no-contact"))
    return tuple(found)


_PASSPORTS = frozenset({DocumentKind.PASSPORT_BOOK, DocumentKind.ID_CARD})
_DOCUMENT_CHECKS: dict[DocumentKind, Callable[[str], str]] = {
    DocumentKind.PASSPORT_BOOK: passport.check_passport_book,
    DocumentKind.ID_CARD: passport.check_id_card,
    DocumentKind.FOREIGN_PASSPORT: passport.check_foreign_passport,
    DocumentKind.BIRTH_CERTIFICATE: passport.check_birth_certificate,
    DocumentKind.RESIDENCE_PERMIT: passport.check_free_number,
    DocumentKind.REFUGEE_CERTIFICATE: passport.check_free_number,
    DocumentKind.IDP_CERTIFICATE: passport.check_free_number,
    DocumentKind.OTHER: passport.check_free_number,
}
_NEEDED_FOR = {
    NotifyBy.SMS: "phone",
    NotifyBy.PHONE: "phone",
    NotifyBy.EMAIL: "email",
    NotifyBy.POST: "address",
}
