"""Everything the vocabulary can say has its words in both languages."""

import re
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import sync
from sync.vocabulary.applicant import Applicant, DocumentKind, NotifyBy, TaxIdKind
from sync.vocabulary.case import CaseStatus, ConflictReason, EventKind
from sync.vocabulary.catalogue import ScopeKind
from sync.vocabulary.money import FeeKind
from sync.vocabulary.staff import Role
from sync.vocabulary.term import TermKind
from sync.vocabulary.ticket import PriorityCategory, Purpose, TicketState

SYNC = Path(sync.__file__).parent
KEYED: dict[str, type[StrEnum]] = {
    "status": CaseStatus,
    "event": EventKind,
    "conflict": ConflictReason,
    "role": Role,
    "purpose": Purpose,
    "priority": PriorityCategory,
    "ticket-state": TicketState,
    "tax-id-kind": TaxIdKind,
    "document-kind": DocumentKind,
    "notify-by": NotifyBy,
    "term-kind": TermKind,
    "scope-kind": ScopeKind,
    "fee-kind": FeeKind,
}


def words(language: str) -> dict[str, str]:
    found = {}
    for part in ("vocabulary", "web"):
        with (SYNC / part / "locale" / f"{language}.po").open(encoding="utf-8") as file:
            found |= {str(message.id): str(message.string) for message in read_po(file) if message.id}
    return found


def said_in_code(pattern: str) -> Iterable[str]:
    for path in (SYNC / "vocabulary").rglob("*.py"):
        yield from re.findall(pattern, path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("language", ["uk", "en"])
def test_every_value_a_person_may_see_has_its_word(language: str) -> None:
    known = words(language)
    wanted = {f"{key}:{value}" for key, enum in KEYED.items() for value in enum}
    wanted |= {f"warning:{code}" for code in said_in_code(r'code="([a-z-]+)"')}
    wanted |= {f"rule:{rule}" for rule in said_in_code(r'rule="([a-z-]+)"')}
    wanted |= {f"field:{field}" for field in Applicant.__struct_fields__}
    assert {key for key in wanted if not known.get(key)} == set()


def test_both_languages_say_the_same_things_with_the_same_facts() -> None:
    ukrainian, english = words("uk"), words("en")
    keyed = {key for key in ukrainian if re.match(r"[a-z-]+:\S+$", key)}
    for key in keyed & english.keys():
        assert re.findall(r"%\((\w+)\)s", ukrainian[key]) == re.findall(r"%\((\w+)\)s", english[key]), key
