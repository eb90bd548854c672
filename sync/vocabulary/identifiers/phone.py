"""Telephone numbers of Ukraine, kept as ``+380`` and nine digits (DOMAIN §3.8)."""

import re

from sync.vocabulary.errors import InvalidInput

KHARKIV = "57"
_NOISE = re.compile(r"[\s().\-‐‑–—]+")
_FORM = re.compile(r"(?:\+?380|80|0)([1-9][0-9]{8})")
_CITY_FORM = re.compile(r"[1-9][0-9]{6}")
_MOBILE = frozenset(
    ["39", "50", "63", "66", "67", "68", "73", "75", "77", "91", "92", "93", "94", "95", "96", "97", "98", "99"]
)


def check_phone(text: str, *, field: str = "phone", area_code: str = KHARKIV) -> str:
    """The number as ``+380…``; seven digits are a line of ``area_code``. Raises ``InvalidInput``, rule ``phone``."""
    compact = _NOISE.sub("", text)
    if _CITY_FORM.fullmatch(compact):
        return f"+380{area_code}{compact}"
    match = _FORM.fullmatch(compact)
    if match is None:
        raise InvalidInput(field=field, rule="phone")
    return f"+380{match[1]}"


def is_mobile(phone: str) -> bool:
    """Whether a message can be sent to the checked number."""
    return phone[4:6] in _MOBILE


def format_phone(phone: str) -> str:
    """A checked number in groups, as printed: ``+380 57 725 03 33``."""
    return f"{phone[:4]} {phone[4:6]} {phone[6:9]} {phone[9:11]} {phone[11:]}"
