"""Identity documents, names and their Latin spelling."""

import pytest

from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.identifiers import names, passport
from sync.vocabulary.identifiers.names import check_name
from sync.vocabulary.identifiers.transliteration import to_latin

TRANSLITERATED = [
    ("Згурський", "Zghurskyi"),
    ("Розгон", "Rozghon"),
    ("Єнакієве", "Yenakiieve"),
    ("Короп'є", "Koropie"),
    ("Їжакевич", "Yizhakevych"),
    ("Кадиївка", "Kadyivka"),
    ("Йосипівка", "Yosypivka"),
    ("Стрий", "Stryi"),
    ("Олексій", "Oleksii"),
    ("Юрій", "Yurii"),
    ("Корюківка", "Koriukivka"),
    ("Яготин", "Yahotyn"),
    ("Костянтин", "Kostiantyn"),
    ("Знам'янка", "Znamianka"),
    ("Феодосія", "Feodosiia"),
    ("Щербухи", "Shcherbukhy"),
    ("Гоща", "Hoshcha"),
    ("Ґалаґан", "Galagan"),
    ("ЩЕРБАК", "SHCHERBAK"),
    ("Нечуй-Левицький", "Nechui-Levytskyi"),
]


@pytest.mark.parametrize(("ukrainian", "latin"), TRANSLITERATED)
def test_names_are_transliterated_by_resolution_55(ukrainian: str, latin: str) -> None:
    assert to_latin(ukrainian) == latin
    assert to_latin(ukrainian.replace("'", "\u02bc")) == latin


def test_a_passport_book_typed_in_latin_becomes_cyrillic() -> None:
    assert passport.check_passport_book("MT 123456") == "МТ123456"
    assert passport.check_passport_book("аа № 123456") == "АА123456"


def test_a_foreign_passport_typed_in_cyrillic_becomes_latin() -> None:
    assert passport.check_foreign_passport("ЕА 123456") == "EA123456"


def test_an_id_card_is_nine_digits() -> None:
    assert passport.check_id_card("001 234 567") == "001234567"


@pytest.mark.parametrize("text", ["І-ВЛ 123456", "I-ВЛ 123456", "1-ВЛ № 123456", "і вл123456"])
def test_a_birth_certificate_is_kept_in_one_form(text: str) -> None:
    assert passport.check_birth_certificate(text) == "I-ВЛ 123456"


def test_other_documents_keep_their_number() -> None:
    assert passport.check_free_number("  6301 - 2022/15 ") == "6301 - 2022/15"


@pytest.mark.parametrize(
    ("check", "text", "rule"),
    [
        (passport.check_passport_book, "AA12345", "passport-book"),
        (passport.check_passport_book, "ЫЭ123456", "passport-book"),
        (passport.check_id_card, "12345678", "id-card"),
        (passport.check_foreign_passport, "ЖЖ123456", "foreign-passport"),
        (passport.check_birth_certificate, "ВЛ 123456", "birth-certificate"),
        (passport.check_birth_certificate, "I-ЫЭ 123456", "birth-certificate"),
        (passport.check_free_number, "", "document-number"),
        (passport.check_free_number, "<script>", "document-number"),
        (passport.check_free_number, "1" * 41, "length-max"),
    ],
)
def test_a_wrong_document_is_refused_by_its_rule(check, text: str, rule: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check(text)
    assert (refused.value.field, refused.value.rule) == ("document_number", rule)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("шевченко", "Шевченко"),
        ("ШЕВЧЕНКО", "Шевченко"),
        ("  Нечуй–левицький ", "Нечуй-Левицький"),
        ("прокоп'єва", "Прокоп\u02bcєва"),
        ("Прокоп’єва", "Прокоп\u02bcєва"),
        ("Oлена", "Олена"),
        ("мамед огли", "Мамед огли"),
        ("хан", "Хан"),
        ("МакГрегорі", "МакГрегорі"),
    ],
)
def test_a_name_is_kept_in_one_spelling(typed: str, kept: str) -> None:
    assert check_name(typed, field="last_name") == kept


@pytest.mark.parametrize(
    ("typed", "rule"),
    [
        ("", "required"),
        ("   ", "required"),
        ("Smith", "ukrainian-letters"),
        ("Быков", "ukrainian-letters"),
        ("Шевченко2", "ukrainian-letters"),
        ("-Шевченко", "ukrainian-letters"),
        ("Шев--ченко", "ukrainian-letters"),
        ("'", "ukrainian-letters"),
        ("а" * 101, "length-max"),
    ],
)
def test_a_wrong_name_is_refused_by_its_rule(typed: str, rule: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_name(typed, field="last_name")
    assert (refused.value.field, refused.value.rule) == ("last_name", rule)


def test_a_search_ignores_case_apostrophes_and_the_rare_letter() -> None:
    assert names.search_key("Прокоп'єва-Ґудзь") == names.search_key("ПРОКОПЄВА ГУДЗЬ")


def test_names_stand_in_the_order_of_the_ukrainian_alphabet() -> None:
    listed = ["Їжак", "Яків", "Ґудзь", "Іваненко", "Гудзь", "Ивченко", "Дяк"]
    assert sorted(listed, key=names.collation_key) == [
        "Гудзь",
        "Ґудзь",
        "Дяк",
        "Ивченко",
        "Іваненко",
        "Їжак",
        "Яків",
    ]


def test_lists_show_initials_and_four_digits() -> None:
    assert names.masked_name("Шевченко", "Тарас", "Григорович") == "Шевченко Т. Г."
    assert names.masked_name("Шевченко", "Тарас") == "Шевченко Т."
    assert names.masked_number("3347301210") == "••••1210"
