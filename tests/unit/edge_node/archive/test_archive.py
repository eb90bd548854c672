"""What is handed over is archived once, at home, and until the day the service's term says."""

from edge_node.archive.commands import archive_issued
from edge_node.case_register.model import Actor, Case
from sync.vocabulary.case import CaseStatus, EventKind
from sync.vocabulary.ids import OfficeId, StaffId
from tests.support.case_office import OLENA, CaseOffice

TO_ISSUE = (
    EventKind.HANDED_OVER,
    EventKind.ACCEPTED_BY_PROVIDER,
    EventKind.STARTED,
    EventKind.DECIDED_GRANTED,
    EventKind.RESULT_RECEIVED,
    EventKind.READY_FOR_ISSUE,
)


def archive(office: CaseOffice, case: Case, by: Actor = OLENA) -> Case | None:
    return office.do(archive_issued, case_id=case.case_id, by=by, now=office.clock.now(), ids=office.ids)


def issued(office: CaseOffice, **where: OfficeId) -> Case:
    return office.step(office.register(**where), *TO_ISSUE, EventKind.ISSUED)


def test_an_issued_case_is_closed_and_archived_at_its_home_office(case_office: CaseOffice) -> None:
    case = issued(case_office)

    archived = archive(case_office, case)

    assert archived is not None
    assert archived.status is CaseStatus.ARCHIVED
    lines = [event for event in case_office.file(case).state.path if event.kind == EventKind.ARCHIVED]
    assert [line.facts["retained_until"] for line in lines] == ["2032-01-01"]  # 2026, and five whole years after it


def test_archiving_twice_changes_nothing(case_office: CaseOffice) -> None:
    case = issued(case_office)
    archive(case_office, case)
    before = len(case_office.file(case).state.path)

    assert archive(case_office, case) is None

    assert len(case_office.file(case).state.path) == before


def test_another_office_leaves_the_archive_to_the_home_office(case_office: CaseOffice) -> None:
    case = issued(case_office)
    guest = Actor(staff_id=StaffId("01TARAS"), office_id=OfficeId("KYV"))

    assert archive(case_office, case, by=guest) is None
    assert case_office.case(case).status is CaseStatus.ISSUED


def test_a_case_still_under_way_is_not_archived(case_office: CaseOffice) -> None:
    case = case_office.step(case_office.register(), *TO_ISSUE)

    assert archive(case_office, case) is None


def test_a_case_closed_before_the_crash_is_archived_after_it(case_office: CaseOffice) -> None:
    case = case_office.step(issued(case_office), EventKind.CLOSED)

    archived = archive(case_office, case)

    assert archived is not None
    assert archived.status is CaseStatus.ARCHIVED
