"""ЄДРПОУ: the eight digits of a legal person (DOMAIN §3.5)."""

import re

from stdnum.ua import edrpou

from sync.vocabulary.errors import InvalidInput

_FORM = re.compile(r"[0-9]{1,8}")


def check_edrpou(text: str, *, field: str = "edrpou") -> str:
    """The eight digits, zeros added on the left; raises ``InvalidInput``, rule ``eight-digits`` or ``check-digit``."""
    digits = "".join(text.split())
    if _FORM.fullmatch(digits) is None or int(digits) == 0:
        raise InvalidInput(field=field, rule="eight-digits")
    padded = digits.zfill(8)
    if not edrpou.is_valid(padded):
        raise InvalidInput(field=field, rule="check-digit")
    return padded
