"""Which field of an input breaks which rule, read out of the words msgspec and Litestar say it in.

msgspec names field and rule only inside its messages; this is the one place that knows their wording, and its test
holds it to the version in use.
"""

import re

import msgspec
from litestar.exceptions import ValidationException

from sync.vocabulary.errors import Fact


class BrokenRule(msgspec.Struct, frozen=True, kw_only=True):
    """A field, the rule it breaks (``required``, ``unknown``, ``type`` …), and the rule's bounds."""

    field: str
    rule: str
    facts: dict[str, Fact] = {}


_SIZED = r"(?:str|bytes|array|object)`? of length"

_WORDINGS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"missing required field `(?P<field>[^`]+)`"), "required"),
    (re.compile(r"Missing required \w+ parameter '(?P<field>[^']+)'"), "required"),
    (re.compile(r"unknown field `(?P<field>[^`]+)`"), "unknown"),
    (re.compile(_SIZED + r" >= (?P<bound>\d+)"), "length-min"),
    (re.compile(_SIZED + r" <= (?P<bound>\d+)"), "length-max"),
    (re.compile(r"matching regex"), "pattern"),
    (re.compile(r"Expected `[^`]+` >=? (?P<bound>-?[\d.]+)"), "min"),
    (re.compile(r"Expected `[^`]+` <=? (?P<bound>-?[\d.]+)"), "max"),
    (re.compile(r"Invalid enum value"), "choice"),
    (re.compile(r"Invalid (?P<format>\S+)"), "format"),
    (re.compile(r"Expected `(?P<expected>[^`]+)`, got `(?P<got>[^`]+)`"), "type"),
)
_PATH = re.compile(r" - at `\$\.?(?P<path>[^`]*)`")


def broken_rules(error: ValidationException) -> list[BrokenRule]:
    """Every broken rule that ``error`` tells of; at least one."""
    told = error.extra if isinstance(error.extra, list) else []
    rules = [_read(str(item.get("message", "")), str(item.get("key", ""))) for item in told if isinstance(item, dict)]
    return rules or [_read(error.detail, "")]


def read_message(message: str) -> BrokenRule:
    """The rule that a message of ``msgspec.ValidationError`` tells of."""
    path = _PATH.search(message)
    return _read(message, path["path"] if path else "")


def _read(message: str, key: str) -> BrokenRule:
    where = key.removeprefix("data.").removeprefix("data")
    for wording, rule in _WORDINGS:
        if found := wording.search(message):
            return _broken(rule, where, found.groupdict())
    is_absent = message == f"'{key}'"  # a KeyError's words: the whole body or parameter is not there
    return BrokenRule(field=where or "body", rule="required" if is_absent else "invalid")


def _broken(rule: str, where: str, said: dict[str, str]) -> BrokenRule:
    named = said.pop("field", "")
    field = ".".join(part for part in (where, named) if part and part != "data") or "body"
    return BrokenRule(field=field, rule=rule, facts=dict(said))
