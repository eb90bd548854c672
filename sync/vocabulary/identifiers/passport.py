"""Numbers of identity documents, normalised before they are stored or compared (DOMAIN §3.4)."""

import re

from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.identifiers.look_alikes import as_cyrillic, as_latin

FIELD = "document_number"
FREE_NUMBER_LENGTH_MAX = 40
_GAPS = re.compile(r"[\s№\-‐‑–—]+")
_BOOK = re.compile(r"[АБВГҐДЕЄЖЗИІЇЙКЛМНОПРСТУФХЦЧШЩЮЯ]{2}[0-9]{6}")
_ID_CARD = re.compile(r"[0-9]{9}")
_FOREIGN = re.compile(r"[A-Z]{2}[0-9]{6}")
_CERTIFICATE = re.compile(r"([IVX]{1,5})-?([АБВГҐДЕЄЖЗИІЇЙКЛМНОПРСТУФХЦЧШЩЮЯ]{2})([0-9]{6})")
_CERTIFICATE_PARTS = re.compile(r"([IVXІХ1Ⅰ]{1,5}|Ⅱ|Ⅲ|Ⅳ)-?(\w{2})([0-9]{6})")
_FREE = re.compile(r"[\w][\w /.\-]*")


def check_passport_book(text: str, *, field: str = FIELD) -> str:
    """``АА123456`` in Cyrillic; raises ``InvalidInput`` with rule ``passport-book``."""
    return _matching(_BOOK, as_cyrillic(_compact(text)), field=field, rule="passport-book")


def check_id_card(text: str, *, field: str = FIELD) -> str:
    """Nine digits; raises ``InvalidInput`` with rule ``id-card``."""
    return _matching(_ID_CARD, _compact(text), field=field, rule="id-card")


def check_foreign_passport(text: str, *, field: str = FIELD) -> str:
    """``FA123456`` in Latin; raises ``InvalidInput`` with rule ``foreign-passport``."""
    return _matching(_FOREIGN, as_latin(_compact(text)), field=field, rule="foreign-passport")


def check_birth_certificate(text: str, *, field: str = FIELD) -> str:
    """``I-ВЛ 123456``, numeral in Latin, series in Cyrillic; raises ``InvalidInput``, rule ``birth-certificate``."""
    parts = _CERTIFICATE_PARTS.fullmatch(_compact(text))
    if parts is None:
        raise InvalidInput(field=field, rule="birth-certificate")
    roman, series, digits = parts.groups()
    joined = f"{as_latin(roman).replace('1', 'I')}-{as_cyrillic(series)}{digits}"
    match = _CERTIFICATE.fullmatch(joined)
    if match is None:
        raise InvalidInput(field=field, rule="birth-certificate")
    return f"{match[1]}-{match[2]} {match[3]}"


def check_free_number(text: str, *, field: str = FIELD) -> str:
    """The number of a document without a form of its own; raises ``InvalidInput`` with rule ``document-number``."""
    number = " ".join(text.split()).upper()
    if len(number) > FREE_NUMBER_LENGTH_MAX:
        raise InvalidInput(field=field, rule="length-max", bound=FREE_NUMBER_LENGTH_MAX)
    return _matching(_FREE, number, field=field, rule="document-number")


def _compact(text: str) -> str:
    return _GAPS.sub("", text).upper()


def _matching(form: re.Pattern[str], text: str, *, field: str, rule: str) -> str:
    if form.fullmatch(text) is None:
        raise InvalidInput(field=field, rule=rule)
    return text
