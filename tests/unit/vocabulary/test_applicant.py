"""What is written down of a person, and what makes it unacceptable."""

from datetime import date

import msgspec
import pytest

from sync.vocabulary.applicant import (
    Applicant,
    DocumentKind,
    NotifyBy,
    TaxIdKind,
    check_notification,
    checked,
    from_fields,
    to_fields,
)
from sync.vocabulary.errors import InvalidInput

TODAY = date(2026, 11, 21)


def an_applicant(**changes: object) -> Applicant:
    taras = Applicant(
        last_name="шевченко",
        first_name="ТАРАС",
        patronymic="Григорович",
        born_on=date(1991, 8, 24),
        tax_id_kind=TaxIdKind.RNOKPP,
        rnokpp="3347301210",
        unzr="1991082400026",
        document_kind=DocumentKind.PASSPORT_BOOK,
        document_number="aa 123456",
        phone="050 123 45 67",
        email="taras@Example.org",
        address="  Харків,  просп. Науки, 17а ",
    )
    return msgspec.structs.replace(taras, **changes)


def codes(applicant: Applicant) -> set[tuple[str, str]]:
    return {(warning.field, warning.code) for warning in checked(applicant, today=TODAY)[1]}


def test_an_applicant_is_kept_in_canonical_spelling() -> None:
    normal, warnings = checked(an_applicant(), today=TODAY)
    assert normal.full_name == "Шевченко Тарас Григорович"
    assert normal.document_number == "АА123456"
    assert normal.unzr == "19910824-00026"
    assert normal.phone == "+380501234567"
    assert normal.email == "taras@example.org"
    assert normal.address == "Харків, просп. Науки, 17а"
    assert warnings == ()


def test_checking_twice_changes_nothing() -> None:
    once, _ = checked(an_applicant(), today=TODAY)
    assert checked(once, today=TODAY)[0] == once


def test_a_birth_date_that_differs_from_the_numbers_is_a_warning() -> None:
    assert codes(an_applicant(born_on=date(1991, 8, 25))) == {
        ("rnokpp", "birth-date-differs"),
        ("unzr", "birth-date-differs"),
    }


def test_a_sex_that_differs_from_the_patronymic_is_a_warning() -> None:
    assert codes(an_applicant(rnokpp="3347300100")) == {("rnokpp", "sex-differs")}
    assert codes(an_applicant(rnokpp="3347300100", patronymic="Григорівна")) == set()
    assert codes(an_applicant(rnokpp="3347300100", patronymic="Мамед огли")) == set()


def test_an_applicant_without_any_contact_is_a_warning() -> None:
    assert codes(an_applicant(phone=None, email=None)) == {("phone", "no-contact")}


def test_a_refused_rnokpp_needs_a_passport_and_its_mark() -> None:
    refused = an_applicant(tax_id_kind=TaxIdKind.REFUSED, rnokpp=None)
    assert codes(refused) == {("tax_id_kind", "look-for-the-mark")}
    with pytest.raises(InvalidInput) as error:
        checked(msgspec.structs.replace(refused, document_kind=DocumentKind.OTHER, document_number="12"), today=TODAY)
    assert (error.value.field, error.value.rule) == ("document_kind", "passport-required")


@pytest.mark.parametrize(
    ("changes", "field", "rule"),
    [
        ({"last_name": ""}, "last_name", "required"),
        ({"first_name": "John"}, "first_name", "ukrainian-letters"),
        ({"patronymic": "1"}, "patronymic", "ukrainian-letters"),
        ({"born_on": date(2026, 11, 22)}, "born_on", "date-range"),
        ({"born_on": date(1899, 12, 31)}, "born_on", "date-range"),
        ({"rnokpp": None}, "rnokpp", "required"),
        ({"rnokpp": "3347301211"}, "rnokpp", "check-digit"),
        ({"tax_id_kind": TaxIdKind.ABSENT}, "rnokpp", "must-be-empty"),
        ({"unzr": "1"}, "unzr", "unzr"),
        ({"document_number": "1"}, "document_number", "passport-book"),
        ({"phone": "1"}, "phone", "phone"),
        ({"email": "1"}, "email", "email"),
        ({"address": "а" * 301}, "address", "length-max"),
    ],
)
def test_each_bad_field_is_refused_by_name_and_rule(changes, field: str, rule: str) -> None:
    with pytest.raises(InvalidInput) as error:
        checked(an_applicant(**changes), today=TODAY)
    assert (error.value.field, error.value.rule) == (field, rule)


def test_patronymic_and_contacts_may_be_missing() -> None:
    bare = an_applicant(patronymic="", phone="", email="", address=" ", unzr="", born_on=None)
    normal, _ = checked(bare, today=TODAY)
    assert (normal.patronymic, normal.phone, normal.email, normal.address, normal.unzr) == (None,) * 5
    assert normal.full_name == "Шевченко Тарас"


def test_an_applicant_survives_the_flat_fields_of_a_case() -> None:
    normal, _ = checked(an_applicant(), today=TODAY)
    fields = to_fields(normal)
    assert fields["applicant_born_on"] == "1991-08-24"
    assert from_fields({**fields, "number": "SHV-2026-0001234-2", "applicant_of_a_newer_version": 1}) == normal
    with pytest.raises(InvalidInput):
        from_fields({"applicant_last_name": "Шевченко"})


def test_a_channel_of_notice_needs_its_address() -> None:
    normal, _ = checked(an_applicant(email=None, address=None), today=TODAY)
    assert check_notification(normal, NotifyBy.SMS) is NotifyBy.SMS
    assert check_notification(normal, NotifyBy.IN_PERSON) is NotifyBy.IN_PERSON
    for channel, field in ((NotifyBy.EMAIL, "email"), (NotifyBy.POST, "address")):
        with pytest.raises(InvalidInput) as error:
            check_notification(normal, channel)
        assert (error.value.field, error.value.rule) == (field, "required")


def test_no_message_is_promised_to_a_landline() -> None:
    normal, _ = checked(an_applicant(phone="725-03-33"), today=TODAY)
    assert check_notification(normal, NotifyBy.PHONE) is NotifyBy.PHONE
    with pytest.raises(InvalidInput) as error:
        check_notification(normal, NotifyBy.SMS)
    assert error.value.rule == "mobile-phone"
