"""What the pages of cases show, with names in place of codes."""

from collections.abc import Iterable
from datetime import date

import msgspec

from edge_node.back_office import queries
from edge_node.back_office.model import OfferedStep
from edge_node.case_register import commands as register
from edge_node.case_register.model import Case, CaseFile, OpenDispute, PathLine
from edge_node.catalogue import queries as catalogue
from edge_node.printing import queries as printing
from edge_node.printing.model import PrintJob
from edge_node.staff.model import Person
from sync.storage import Reader
from sync.vocabulary.case import CaseStatus, may_notify
from sync.vocabulary.office import Office
from sync.vocabulary.staff import Permission, permissions
from sync.web.i18n import current_language

DUE_SOON_DAYS = 3  # warned of three days before (DOMAIN §1.5)
DECIDED = frozenset(CaseStatus) - {
    CaseStatus.DRAFT,
    CaseStatus.REGISTERED,
    CaseStatus.LEFT_WITHOUT_MOVEMENT,
    CaseStatus.HANDED_OVER,
    CaseStatus.ACCEPTED_BY_PROVIDER,
    CaseStatus.IN_PROGRESS,
    CaseStatus.SUSPENDED,
}


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """The day a case is due and how near: ``overdue``, ``today``, ``soon``, ``ahead``; ``met`` once decided."""

    on: date
    nearness: str
    days: int


class CaseLine(msgspec.Struct, frozen=True, kw_only=True):
    """A case in a list."""

    case: Case
    service_name: str
    due: Due | None


class CaseView(msgspec.Struct, frozen=True, kw_only=True):
    """A case on its page; ``is_word_held``: the applicant is told nothing until a person has decided."""

    file: CaseFile
    service_name: str
    provider_name: str
    due: Due | None
    path: list[PathLine]
    offices: dict[str, Office]
    steps: list[OfferedStep]
    jobs: list[PrintJob]
    disputes: list[OpenDispute]
    may_resolve: bool
    is_word_held: bool
    may_charge: bool
    may_scan: bool


def list_view(reader: Reader, *, cases: Iterable[Case], today: date) -> list[CaseLine]:
    """Lines of a list, in the order given."""
    cases = list(cases)
    names = catalogue.names(reader, codes=(case.service_code for case in cases), language=current_language())
    return [
        CaseLine(case=case, service_name=names.get(case.service_code, ""), due=due_of(case, today=today))
        for case in cases
    ]


def case_view(reader: Reader, *, file: CaseFile, by: Person, today: date) -> CaseView:
    """All that the page of a case shows to this person."""
    case, held = file.case, permissions(by.roles)
    service_name, provider_name = str(case.service_code), str(case.provider_id)
    for service in catalogue.versions(reader, code=case.service_code, version=case.service_version):
        service_name = service.name(current_language())
        provider_name = catalogue.provider_name(service, language=current_language())
    is_front = Permission.TAKE_PAYMENTS in held
    return CaseView(
        file=file,
        service_name=service_name,
        provider_name=provider_name,
        due=due_of(case, today=today),
        path=register.path_sheet(reader, file),
        offices={office.id: office for office in catalogue.offices(reader)},
        steps=queries.offered_steps(file, by=by),
        jobs=printing.papers_of(reader, subject_id=case.case_id),
        disputes=register.open_disputes(reader, file),
        may_resolve=queries.may_resolve(case, by=by),
        is_word_held=not may_notify(file.state),
        may_charge=is_front and case.fee_kopecks > case.paid_kopecks,
        may_scan=Permission.REGISTER_CASES in held,
    )


def due_of(case: Case, *, today: date) -> Due | None:
    """How near the case's term is."""
    if case.due_on is None:
        return None
    days = (case.due_on - today).days
    if case.status in DECIDED:
        return Due(on=case.due_on, nearness="met", days=days)
    if days <= 0:
        return Due(on=case.due_on, nearness="overdue" if days < 0 else "today", days=-days)
    return Due(on=case.due_on, nearness="soon" if days <= DUE_SOON_DAYS else "ahead", days=days)
