"""Ukrainian IBAN: ``UA``, two check digits, six of the bank, nineteen of the account (DOMAIN §4)."""

import re

from stdnum.iso7064 import mod_97_10

from sync.vocabulary.errors import InvalidInput

TREASURY_BANK_CODE = "899998"
_FORM = re.compile(r"UA[0-9]{27}")


def check_iban(text: str, *, field: str = "iban") -> str:
    """The 29 characters without spaces; raises ``InvalidInput`` with rule ``iban`` or ``check-digit``."""
    compact = "".join(text.split()).upper()
    if _FORM.fullmatch(compact) is None:
        raise InvalidInput(field=field, rule="iban")
    if not mod_97_10.is_valid(compact[4:] + compact[:4]):
        raise InvalidInput(field=field, rule="check-digit")
    return compact


def bank_code(iban: str) -> str:
    """The six digits of the bank in a checked IBAN."""
    return iban[4:10]
