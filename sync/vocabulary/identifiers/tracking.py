"""The second factor of tracking: the number of a case alone opens nothing.

The factor is the last four digits of the phone, or of the document where there is no phone. Four digits can be tried:
whoever answers must limit attempts, and give the same answer for an unknown number and a wrong factor.
"""

import hashlib
import hmac
import re

import msgspec

from sync.vocabulary.errors import InvalidInput

FACTOR_DIGITS = 4
SALT_HEX_LENGTH = 32
ROUNDS = 20_000  # about 10 ms: felt by who tries ten thousand, not by who tracks a case
_FACTOR = re.compile(r"[0-9]{4}")
_STORED = re.compile(rf"([0-9a-f]{{{SALT_HEX_LENGTH}}})\$([0-9a-f]{{64}})")
_DECOY = "0" * SALT_HEX_LENGTH + "$" + "0" * 64


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """A second factor and what its case keeps of it, ``salt$hash``; both empty while only the salt is drawn."""

    salt: str
    factor: str = ""
    tracking_hash: str = ""


def second_factor(*, phone: str | None, document_number: str) -> str:
    """What the applicant will be asked for; raises ``InvalidInput`` when neither has four digits."""
    for source in (phone, document_number):
        digits = "".join(each for each in source or "" if each in "0123456789")
        if len(digits) >= FACTOR_DIGITS:
            return digits[-FACTOR_DIGITS:]
    raise InvalidInput(field="phone", rule="second-factor")


def check_second_factor(text: str, *, field: str = "second_factor") -> str:
    """The four digits as typed; raises ``InvalidInput`` with rule ``four-digits``."""
    digits = "".join(text.split())
    if _FACTOR.fullmatch(digits) is None:
        raise InvalidInput(field=field, rule="four-digits")
    return digits


def seal(factor: str, *, salt: str) -> Sealed:
    """``factor`` sealed for one case; ``salt`` is 32 fresh hexadecimal digits of this case alone.

    About 10 ms of work: done in a thread before the transaction that opens the case, never inside it.
    """
    if re.fullmatch(rf"[0-9a-f]{{{SALT_HEX_LENGTH}}}", salt) is None:
        raise InvalidInput(field="salt", rule="salt")
    digest = hashlib.pbkdf2_hmac("sha256", factor.encode(), bytes.fromhex(salt), ROUNDS)
    return Sealed(factor=factor, salt=salt, tracking_hash=f"{salt}${digest.hex()}")


def is_tracked_by(stored: str | None, *, factor: str) -> bool:
    """Whether ``factor`` opens the case; as slow for an unknown case (``stored`` None)."""
    match = _STORED.fullmatch(stored or "")
    kept = match[0] if match else _DECOY
    answer = seal(factor, salt=kept[:SALT_HEX_LENGTH]).tracking_hash
    return hmac.compare_digest(answer, kept) and match is not None
