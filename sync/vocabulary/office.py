"""Offices of the city: what stands on the door, and the seed of Kharkiv's twelve (DOMAIN §6, public)."""

from enum import StrEnum

import msgspec

from sync.vocabulary.identifiers.official_number import office_numeric_code
from sync.vocabulary.ids import OfficeId


class OfficeKind(StrEnum):
    """District offices serve the city, the regional centre the oblast."""

    DISTRICT = "district"
    REGIONAL = "regional"


class OpeningDay(msgspec.Struct, frozen=True, kw_only=True):
    """Opening of one weekday (1 Monday … 7 Sunday), local times as ``HH:MM``."""

    weekday: int
    opens: str
    closes: str


class Office(msgspec.Struct, frozen=True, kw_only=True):
    """An office; ``id`` is its code of three Latin capitals, fixed at provisioning."""

    id: OfficeId
    name_uk: str
    name_en: str
    address_uk: str
    address_en: str | None = None
    phone: str | None = None
    hours: tuple[OpeningDay, ...] = ()
    kind: OfficeKind = OfficeKind.DISTRICT
    is_verified: bool = False

    @property
    def numeric_code(self) -> str:
        """The digits the check digit of official numbers is computed over; derived from the code."""
        return office_numeric_code(self.id)


# [M?] the real timetable differs by office: demonstration data, hence not verified
DEMO_HOURS = (
    *(OpeningDay(weekday=day, opens="08:00", closes="17:00") for day in (1, 2, 3)),
    OpeningDay(weekday=4, opens="08:00", closes="20:00"),
    OpeningDay(weekday=5, opens="08:00", closes="16:00"),
    OpeningDay(weekday=6, opens="08:00", closes="14:00"),
)


def _district(code: str, name_uk: str, name_en: str, address_uk: str, address_en: str) -> Office:
    return Office(
        id=OfficeId(code),
        name_uk=name_uk,
        name_en=name_en,
        address_uk=address_uk,
        address_en=address_en,
        hours=DEMO_HOURS,
    )


OFFICES: tuple[Office, ...] = (
    _district("CEN", "ЦНАП м. Харкова", "Kharkiv City Office", "Гімназійна набережна, 26", "26 Himnaziina Embankment"),
    _district(
        "NOV", "Новобаварський ЦНАП", "Novobavarskyi Office", "вул. Полтавський Шлях, 11", "11 Poltavskyi Shliakh St"
    ),
    _district(
        "KHO", "Холодногірський ЦНАП", "Kholodnohirskyi Office", "вул. Благовіщенська, 34", "34 Blahovishchenska St"
    ),
    _district("SHV", "Шевченківський ЦНАП", "Shevchenkivskyi Office", "просп. Науки, 17а", "17a Nauky Ave"),
    _district("KYV", "Київський ЦНАП", "Kyivskyi Office", "вул. Чернишевська, 55", "55 Chernyshevska St"),
    _district(
        "OSN",
        "Основ\u02bcянський ЦНАП",
        "Osnovianskyi Office",
        "вул. Богдана Хмельницького, 11",
        "11 Bohdana Khmelnytskoho St",
    ),
    _district(
        "IND",
        "Індустріальний ЦНАП",
        "Industrialnyi Office",
        "просп. Архітектора Альошина, 11",
        "11 Arkhitektora Aloshyna Ave",
    ),
    _district(
        "NEM", "Немишлянський ЦНАП", "Nemyshlianskyi Office", "просп. Петра Григоренка, 17", "17 Petra Hryhorenka Ave"
    ),
    _district("SAL", "Салтівський ЦНАП", "Saltivskyi Office", "вул. Юр\u02bcївська, 13", "13 Yurivska St"),
    # the public source breaks off before the house number
    _district("SLO", "Слобідський ЦНАП", "Slobidskyi Office", "вул. Георгія Тарасенка", "Heorhiia Tarasenka St"),
    _district("PRO", "ЦНАП у сфері нерухомості", "Property Registration Office", "пл. Павлівська, 4", "4 Pavlivska Sq"),
    Office(
        id=OfficeId("RCP"),
        name_uk="Регіональний центр послуг",
        name_en="Regional Service Centre",
        address_uk="просп. Тракторобудівників, 144",
        address_en="144 Traktorobudivnykiv Ave",
        phone="+380577250333",
        hours=DEMO_HOURS,
        kind=OfficeKind.REGIONAL,
    ),
)
