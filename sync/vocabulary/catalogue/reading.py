"""Reading the catalogue's seed: nine columns between semicolons, «те саме» and «як 09-11» resolved."""

import csv
import re
from collections.abc import Mapping, Sequence
from io import StringIO

from sync.vocabulary.catalogue.entries import AdministrativeService, RequiredDocument, ScopeKind, TerritorialScope
from sync.vocabulary.catalogue.providers import provider_named
from sync.vocabulary.catalogue.spheres import sphere_of
from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.fee_formula import parse_fee
from sync.vocabulary.ids import ServiceCode
from sync.vocabulary.term import parse_term

COLUMNS = ("code", "guide_id", "name_uk", "provider", "term", "fee", "documents", "scope", "source")
SERVICES_MAX = 5000  # a regional centre offers four hundred
REFERENCES_MAX = 5  # «як …» pointing at «як …»; more is a circle
_SAME = "те саме"
_CODE = re.compile(r"[0-9]{2}-[0-9]{2,3}")
_REFERENCE = re.compile(r"як ([0-9]{2}-[0-9]{2,3})")
_MORE_REFERENCES = re.compile(r"(?:як )?([0-9]{2}-[0-9]{2,3})")
_NOTE = re.compile(r"(.+?) \(([^()]+)\)")
_WHOLE_NOTE = re.compile(r"\(([^()]+)\)")
# what the words of the scope column say plainly; the longest beginning decides
_SCOPES = {
    "": ScopeKind.PROVIDER_DISTRICT,
    "будь-": ScopeKind.ANYONE,
    "без ": ScopeKind.ANYONE,
    "вся Україна": ScopeKind.ANYONE,
    "область / вся Україна": ScopeKind.ANYONE,
    "екстериторіально": ScopeKind.ANYONE,
    "місце звернення": ScopeKind.ANYONE,
    "з 2020-х — будь-який": ScopeKind.ANYONE,
    "пілот екстериторіальності": ScopeKind.ANYONE,
    "об'єкт": ScopeKind.OBJECT_IN_AREA,
    "житло": ScopeKind.OBJECT_IN_AREA,
    "майно": ScopeKind.OBJECT_IN_AREA,
    "ділянка": ScopeKind.OBJECT_IN_AREA,
    "за адрес": ScopeKind.OBJECT_IN_AREA,
    "м. Харків": ScopeKind.OBJECT_IN_AREA,
    "місто": ScopeKind.OBJECT_IN_AREA,
    "зареєстровані": ScopeKind.REGISTERED_IN_AREA,
    "за місцем": ScopeKind.REGISTERED_IN_AREA,
    "місце проживання": ScopeKind.REGISTERED_IN_AREA,
    "постраждалі": ScopeKind.STATUS_HOLDER,
}

Row = Mapping[str, str]


def parse_seed(text: str, *, names_en: Mapping[str, str] | None = None) -> list[AdministrativeService]:
    """The services of a ``;``-separated seed, in its order; ``names_en`` gives English names by code.

    Raises ``InvalidInput`` naming the column, with the service's code and the line.
    """
    rows = _rows(text)
    by_code = {row["code"]: row for row in rows}
    if len(by_code) != len(rows):
        raise InvalidInput(field="code", rule="unique")
    return [_service(row, rows[:place], by_code, (names_en or {}).get(row["code"])) for place, row in enumerate(rows)]


def parse_names(text: str) -> dict[str, str]:
    """Service code → name, from a ``code;name_en`` file; raises ``InvalidInput`` for other columns."""
    reader = csv.DictReader(StringIO(text), delimiter=";", strict=True)
    if tuple(reader.fieldnames or ()) != ("code", "name_en"):
        raise InvalidInput(field="header", rule="columns")
    return {row["code"]: row["name_en"] for row in reader}


def _rows(text: str) -> list[Row]:
    reader = csv.DictReader(StringIO(text.removeprefix("\ufeff")), delimiter=";", strict=True)
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise InvalidInput(field="header", rule="columns")
    rows: list[Row] = []
    for row in reader:
        if None in row or None in row.values():
            raise InvalidInput(field="line", rule="columns", line=reader.line_num)
        if len(rows) == SERVICES_MAX:
            raise InvalidInput(field="line", rule="at-most", maximum=SERVICES_MAX)
        if _CODE.fullmatch(row["code"]) is None:
            raise InvalidInput(field="code", rule="service-code", line=reader.line_num)
        rows.append(row)
    return rows


def _service(row: Row, before: Sequence[Row], by_code: Mapping[str, Row], name_en: str | None) -> AdministrativeService:
    provider = provider_named(_provider(row, before, by_code))
    if not row["name_uk"].strip():
        raise InvalidInput(field="name_uk", rule="required", code=row["code"])
    return AdministrativeService(
        code=ServiceCode(row["code"]),
        guide_id=row["guide_id"] or None,
        name_uk=row["name_uk"],
        name_en=name_en,
        sphere=sphere_of(row["code"]),
        provider_id=provider.id,
        provider_name=provider.name_uk,
        term=parse_term(row["term"]),
        fee=parse_fee(_referred(row, "fee", by_code)),
        required_documents=_documents(row, by_code),
        scope=_scope(_referred(row, "scope", by_code)),
        source=row["source"],
    )


def _provider(row: Row, before: Sequence[Row], by_code: Mapping[str, Row]) -> str:
    """The published provider: «те саме» means the nearest row above that names one."""
    if row["provider"] != _SAME:
        return _referred(row, "provider", by_code)
    for above in reversed(before):
        if above["provider"] != _SAME:
            return _referred(above, "provider", by_code)
    raise InvalidInput(field="provider", rule="reference", code=row["code"])


def _referred(row: Row, column: str, by_code: Mapping[str, Row]) -> str:
    """The column's text, or that of the service it says to be like."""
    text = row[column]
    for _ in range(REFERENCES_MAX):
        match = _REFERENCE.fullmatch(text)
        if match is None:
            return text
        text = _target(row, column, match[1], by_code)[column]
    raise InvalidInput(field=column, rule="reference", code=row["code"])


def _target(row: Row, column: str, code: str, by_code: Mapping[str, Row]) -> Row:
    if code not in by_code or code == row["code"]:
        raise InvalidInput(field=column, rule="reference", code=row["code"])
    return by_code[code]


def _documents(row: Row, by_code: Mapping[str, Row], *, depth: int = 0) -> tuple[RequiredDocument, ...]:
    """The papers, each once; «як 03-02 + 03-04» takes those of both."""
    if depth == REFERENCES_MAX:
        raise InvalidInput(field="documents", rule="reference", code=row["code"])
    found: dict[RequiredDocument, None] = {}
    for part in _split_outside_brackets(row["documents"]):
        for each in part.split(" + ") if part.startswith("як ") else [part]:
            reference = _MORE_REFERENCES.fullmatch(each)
            if reference is None:
                found[_document(each)] = None
            else:
                target = _target(row, "documents", reference[1], by_code)
                found |= dict.fromkeys(_documents(target, by_code, depth=depth + 1))
    return tuple(found)


def _split_outside_brackets(text: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for place, letter in enumerate(text):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == ";" and depth == 0:
            parts.append(text[start:place])
            start = place + 1
    return [part.strip() for part in (*parts, text[start:]) if part.strip()]


def _document(text: str) -> RequiredDocument:
    whole = _WHOLE_NOTE.fullmatch(text)
    if whole:
        return RequiredDocument(name_uk=whole[1])
    match = _NOTE.fullmatch(text)
    return RequiredDocument(name_uk=match[1], note_uk=match[2]) if match else RequiredDocument(name_uk=text)


def _scope(text: str) -> TerritorialScope:
    beginning = max((each for each in _SCOPES if text.startswith(each)), key=len)
    return TerritorialScope(kind=_SCOPES[beginning], text_uk=text)
