"""The bodies that decide (суб'єкти надання), and the spellings the published catalogue uses for them."""

import re

import msgspec

from sync.vocabulary.identifiers.transliteration import to_latin
from sync.vocabulary.ids import ProviderId


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """A body that decides on cases; a registrar belongs to one."""

    id: ProviderId
    name_uk: str
    name_en: str


_ROWS = (
    ("residence", "Управління реєстрації місця проживання", "Residence Registration Department"),
    ("civil-status", "Відділ державної реєстрації актів цивільного стану", "Civil Registry Office"),
    ("migration", "Державна міграційна служба", "State Migration Service"),
    ("property-registration", "Департамент реєстрації Харківської міської ради", "City Registration Department"),
    ("state-registrar", "Державний реєстратор", "State Registrar"),
    ("justice", "Управління юстиції", "Justice Department"),
    ("land-cadastre", "Головне управління Держгеокадастру у Харківській області", "State Land Cadastre Office"),
    ("land-relations", "Департамент земельних відносин Харківської міської ради", "City Land Relations Department"),
    ("urban-planning", "Департамент містобудування", "Urban Planning Department"),
    ("executive-committee", "Виконавчий комітет міської ради", "City Executive Committee"),
    ("privatisation", "Орган приватизації", "Privatisation Office"),
    ("general-affairs", "Загальний відділ", "General Affairs Office"),
    ("legal", "Юридичний департамент", "Legal Department"),
    ("labour", "Держпраці", "State Labour Service"),
    ("interior", "Міністерство внутрішніх справ", "Ministry of Internal Affairs"),
    ("social-protection", "Управління соціального захисту населення", "Social Protection Department"),
    ("family-youth-sport", "Департамент у справах сім\u02bcї, молоді та спорту", "Family, Youth and Sport Department"),
    ("social-policy", "Департамент соціальної політики", "Social Policy Department"),
    ("pension-fund", "Пенсійний фонд України", "Pension Fund of Ukraine"),
)

PROVIDERS: dict[ProviderId, Provider] = {
    ProviderId(id_): Provider(id=ProviderId(id_), name_uk=name_uk, name_en=name_en) for id_, name_uk, name_en in _ROWS
}

# how a published name begins → who is meant
_SPELLINGS = (
    ("управління реєстрації мп", "residence"),
    ("відділ драцс", "civil-status"),
    ("дмс", "migration"),
    ("департамент реєстрації", "property-registration"),
    ("державний реєстратор", "state-registrar"),
    ("управління юстиції", "justice"),
    ("гу держгеокадастру", "land-cadastre"),
    ("департамент земельних відносин", "land-relations"),
    ("департамент містобудування", "urban-planning"),
    ("виконком", "executive-committee"),
    ("орган приватизації", "privatisation"),
    ("загальний відділ", "general-affairs"),
    ("юридичний департамент", "legal"),
    ("держпраці", "labour"),
    ("мвс", "interior"),
    ("управління соцзахисту", "social-protection"),
    ("орган соцзахисту", "social-protection"),
    ("департамент у справах сім", "family-youth-sport"),
    ("департамент соціальної політики", "social-policy"),
    ("територіальний орган пфу", "pension-fund"),
    ("пфу", "pension-fund"),
)
_NOT_WORD = re.compile(r"[^a-z0-9]+")


def provider_named(published: str) -> Provider:
    """The body meant by a published name; an unknown one becomes a provider of its own, its id transliterated."""
    plain = published.strip().lower()
    for beginning, provider_id in _SPELLINGS:
        if plain.startswith(beginning):
            return PROVIDERS[ProviderId(provider_id)]
    latin = to_latin(published.strip())
    return Provider(
        id=ProviderId(_NOT_WORD.sub("-", latin.lower()).strip("-")), name_uk=published.strip(), name_en=latin
    )
