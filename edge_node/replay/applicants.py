"""Applicants who do not exist: every identifier passes its check, and the same seed gives the same people.

A number that passes its check may belong to somebody by chance: these are for replayed and demonstration days only.
"""

from datetime import date, timedelta
from random import Random

from sync.vocabulary.applicant import Applicant, DocumentKind, TaxIdKind
from sync.vocabulary.identifiers.names import APOSTROPHE
from sync.vocabulary.identifiers.rnokpp import SERIAL_MAX, synthetic_rnokpp
from sync.vocabulary.identifiers.unzr import synthetic_unzr

BORN_FROM, BORN_DAYS = date(1940, 1, 1), 66 * 365  # adults of any age
REFUSED_SHARE = 0.02  # people who refused the tax number for their faith
BOOK_SHARE = 0.4  # paper passports still in use
BOOK_LETTERS = "АВЕІКМНОРСТ"
MOBILE_CODES = ("50", "63", "66", "67", "68", "73", "93", "95", "96", "97", "98", "99")

_SURNAMES = (
    *("Шевченко", "Бондаренко", "Коваленко", "Ткаченко", "Кравченко", "Олійник", "Шевчук", "Поліщук", "Лисенко"),
    *("Марченко", "Савченко", "Руденко", "Петренко", "Клименко", "Павленко", "Кравчук", "Гриценко", "Мороз"),
    *("Литвиненко", "Мельник", "Коваль", "Сидоренко", "Гончар", "Ґудзь", "Щербак", "Яценко", "Їжакевич", "Єременко"),
    *(f"Лук{APOSTROPHE}яненко", f"В{APOSTROPHE}юн", f"Стеф{APOSTROPHE}юк", "Нечуй-Левченко", "Карпенко-Бойко"),
)
_WOMEN = (
    *("Олена", "Наталія", "Ірина", "Оксана", "Тетяна", "Світлана", "Людмила", "Марія", "Юлія", "Ганна", "Катерина"),
    *("Вікторія", "Дарина", "Софія", "Соломія", "Уляна", "Любов", "Ніна", "Валентина", "Ярослава"),
)
_MEN = (
    *("Олександр", "Сергій", "Андрій", "Микола", "Володимир", "Іван", "Дмитро", "Юрій", "Василь", "Михайло"),
    *("Тарас", "Богдан", "Максим", "Роман", "Степан", "Ігор", "Ярослав", "Остап", "Павло", "Гнат"),
)
_FATHERS = (  # patronymic of a woman, of a man
    ("Олександрівна", "Олександрович"),
    ("Іванівна", "Іванович"),
    ("Миколаївна", "Миколайович"),
    ("Василівна", "Васильович"),
    ("Петрівна", "Петрович"),
    ("Григорівна", "Григорович"),
    ("Андріївна", "Андрійович"),
    ("Юріївна", "Юрійович"),
    ("Степанівна", "Степанович"),
    ("Михайлівна", "Михайлович"),
    (f"В{APOSTROPHE}ячеславівна", f"В{APOSTROPHE}ячеславович"),
)


def synthetic_applicant(number: int, *, seed: str) -> Applicant:
    """The ``number``-th applicant of ``seed``; raises nothing that a check of the intake would raise."""
    random = Random(f"{seed}/{number}")  # noqa: S311 - a reproducible person, no secret
    is_female = random.random() < 0.6  # noqa: PLR2004 - the halls are fuller of women
    born_on = BORN_FROM + timedelta(days=random.randrange(BORN_DAYS))
    has_book = random.random() < BOOK_SHARE
    has_refused = random.random() < REFUSED_SHARE
    rnokpp = synthetic_rnokpp(born_on, serial=random.randrange(SERIAL_MAX + 1), is_female=is_female)
    return Applicant(
        last_name=random.choice(_SURNAMES),
        first_name=random.choice(_WOMEN if is_female else _MEN),
        patronymic=random.choice(_FATHERS)[0 if is_female else 1],
        born_on=born_on,
        tax_id_kind=TaxIdKind.REFUSED if has_refused else TaxIdKind.RNOKPP,
        rnokpp=None if has_refused else rnokpp,
        unzr=None if has_book else synthetic_unzr(born_on, serial=random.randrange(10_000)),
        document_kind=DocumentKind.PASSPORT_BOOK if has_book else DocumentKind.ID_CARD,
        document_number=_book(random) if has_book else f"{random.randrange(10**9):09}",
        phone=f"+380{random.choice(MOBILE_CODES)}{random.randrange(10**7):07}",
    )


def _book(random: Random) -> str:
    return "".join(random.choices(BOOK_LETTERS, k=2)) + f"{random.randrange(10**6):06}"
