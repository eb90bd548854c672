"""Opening a case: the one place where a person's right to this very case is decided."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from edge_node.case_register import queries
from edge_node.case_register.commands.recording import state_of
from edge_node.case_register.model import (
    Case,
    CaseFile,
    CaseNotHere,
    CaseNotYours,
    PathLine,
    search_key,
)
from edge_node.staff import commands as access
from edge_node.staff import queries as staff
from edge_node.staff.model import Person
from sync.replication import outbox
from sync.storage import Reader, Transaction
from sync.vocabulary.applicant import Applicant, DocumentKind
from sync.vocabulary.case import CaseEvent, disputes, standing_fields
from sync.vocabulary.errors import Fact, Forbidden
from sync.vocabulary.identifiers.official_number import normalised_official_number
from sync.vocabulary.ids import CaseId
from sync.vocabulary.staff import Permission, Role, permissions

# these belong to a body, not to an office: of every office only their body's cases
BODY_ROLES = frozenset({Role.REGISTRAR, Role.PROVIDER_HEAD})
APPLICANT_PREFIX = "applicant_"


def scope_of(by: Person) -> queries.Scope:
    """Whose cases this person may look through; raises ``Forbidden`` for who may read none."""
    if Permission.READ_CASES not in permissions(by.roles):
        raise Forbidden
    if by.roles & BODY_ROLES and not by.roles - BODY_ROLES:
        if by.provider_id is None:
            raise Forbidden
        return queries.Scope(provider_id=by.provider_id)
    if by.office_id is None:
        raise Forbidden
    return queries.Scope(office_id=by.office_id)


def may_see(reader: Reader, *, by: Person, case: Case) -> bool:
    """Whether the case is this person's to see: their office's (or checked out by it), or their body's."""
    scope = scope_of(by)
    if scope.provider_id is not None:
        return case.provider_id == scope.provider_id
    return scope.office_id in queries.office_ids(reader, case_id=case.case_id)


def case_for(reader: Reader, *, by: Person, case_id: str) -> Case:
    """The case, if it is here and theirs to see.

    Raises:
        CaseNotHere: this node holds no such case.
        CaseNotYours: it is another office's or another body's.
        Forbidden: the role reads no cases at all.
    """
    scope_of(by)
    case = queries.case(reader, case_id=case_id)
    if case is None:
        raise CaseNotHere(case_id=case_id)
    if not may_see(reader, by=by, case=case):
        raise CaseNotYours
    return case


def open_file(reader: Reader, *, by: Person, case_id: str) -> CaseFile:
    """Everything of the case, for a page about it alone; raises as ``case_for``."""
    return open_unseen(reader, case_id=case_for(reader, by=by, case_id=case_id).case_id)


def open_unseen(reader: Reader, *, case_id: CaseId) -> CaseFile:
    """The same for the house itself (printing, archiving): nobody's eyes; raises ``CaseNotHere``."""
    case, view = queries.case(reader, case_id=case_id), outbox.view(reader, case_id)
    if case is None or view is None:
        raise CaseNotHere(case_id=case_id)
    state = state_of(view)
    fields = standing_fields(view.fields, state)
    return CaseFile(
        case=case,
        applicant=applicant_of(fields),
        fields=fields,
        state=state,
        attachments=view.attachments,
    )


def applicant_of(fields: Mapping[str, Fact]) -> Applicant:
    """The applicant in the fields of a case; what another version wrote differently is left out, not refused."""
    written: dict[str, Any] = {
        "last_name": "",
        "first_name": "",
        "document_kind": DocumentKind.OTHER,
        "document_number": "",
    }
    for name in Applicant.__struct_fields__:
        value = fields.get(f"{APPLICANT_PREFIX}{name}")
        if value is not None:
            written[name] = value
    try:
        return msgspec.convert(written, Applicant, strict=False)
    except msgspec.ValidationError:
        return Applicant(
            last_name=str(written["last_name"]),
            first_name=str(written["first_name"]),
            document_kind=DocumentKind.OTHER,
            document_number=str(written["document_number"]),
        )


def look(tx: Transaction, *, by: Person, case_id: str, now: datetime) -> CaseFile | CaseNotYours:
    """Open the case and log that it was seen; a denied look is logged too, and answered instead of raised.

    Raises:
        CaseNotHere: this node holds no such case.
        Forbidden: the role reads no cases at all.
    """
    try:
        file = open_file(tx, by=by, case_id=case_id)
    except CaseNotYours as denied:
        access.log_access(tx, by=by, action="case-denied", subject=case_id, now=now)
        return denied
    access.log_access(tx, by=by, action="case-viewed", subject=case_id, now=now)
    return file


def find(tx: Transaction, *, by: Person, text: str, now: datetime) -> list[Case]:
    """Cases within this person's scope by number, name, RNOKPP or phone; that they searched is logged, not for what.

    Raises:
        InvalidInput: the text is nothing that can be searched for.
        Forbidden: the role reads no cases at all.
    """
    found = queries.found(tx, key=search_key(text), scope=scope_of(by))
    access.log_access(tx, by=by, action="cases-searched", subject=str(len(found)), now=now)
    return found


def look_by_number(tx: Transaction, *, by: Person, number: str, now: datetime) -> CaseFile | CaseNotYours:
    """The same by official number, however it was typed; raises ``InvalidInput`` for one that is none."""
    canonical = normalised_official_number(number)
    case_id = queries.case_id_of(tx, number=canonical)
    if case_id is None:
        raise CaseNotHere(number=canonical)
    return look(tx, by=by, case_id=case_id, now=now)


def path_sheet(reader: Reader, file: CaseFile) -> list[PathLine]:
    """The path sheet, line by line, with the names of the people this node knows.

    A scan is one line: the file with its text, which a machine hung beside it, is no step of anybody.
    """
    renditions = {each for each, entry in file.attachments.items() if "rendition_of" in entry}
    known = staff.names(reader, staff_ids=(event.actor_id for event in file.state.path))
    disputed = {event.id for dispute in disputes(file.state) for event in dispute.events}
    return [
        path_line(event, known, is_conflict=event.id in disputed)
        for event in file.state.path
        if event.facts.get("attachment_id") not in renditions
    ]


def path_line(event: CaseEvent, known: Mapping[str, str], *, is_conflict: bool) -> PathLine:
    """One line, with the name of its author where it is among the ``known``."""
    return PathLine(
        event_id=event.id,
        kind=str(event.kind),
        at=event.at,
        office_id=event.office_id,
        actor_id=event.actor_id,
        actor_name=known.get(event.actor_id, ""),
        facts=event.facts,
        is_conflict=is_conflict,
    )
