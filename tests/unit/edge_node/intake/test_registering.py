"""A case is taken in whole, or not at all."""

from datetime import date

import pytest
from msgspec.structs import replace

from edge_node.intake.model import PapersMissing, SubmittedPaper
from edge_node.printing.queries import papers_of
from edge_node.staff import queries as staff
from sync.replication import leases
from sync.storage import replica
from sync.vocabulary.applicant import DocumentKind, NotifyBy, TaxIdKind
from sync.vocabulary.catalogue import RequiredDocument
from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.identifiers.tracking import is_tracked_by
from sync.vocabulary.ids import OfficeId, ServiceCode
from tests.support.builders import a_service, an_applicant, an_application


def test_a_case_gets_its_number_term_and_fee(desk):
    case = desk.take_in()
    assert case.number == "SHV-2026-0000001-" + case.number[-1]
    assert (case.status, case.fee_kopecks, case.provider_id) == ("registered", 37_200, "migration")
    assert case.due_on == date(2026, 12, 21)  # twenty working days from Monday 23 November
    assert case.applicant_name == "Шевченко Оксана Петрівна"


def test_the_case_waits_for_the_hub_from_its_first_moment(desk):
    desk.take_in()
    assert desk.store.read_now(replica.backlog).count == 1


def test_the_inventory_is_ordered_in_two_copies(desk):
    case = desk.take_in()
    (job,) = desk.store.read_now(lambda reader: papers_of(reader, subject_id=case.case_id))
    assert job.copies == 2
    assert [item.name for item in job.details.items] == ["паспорт", "квитанція"]


def test_registering_is_in_the_access_log_by_id_alone(desk):
    case = desk.take_in()
    (line,) = desk.store.read_now(lambda reader: staff.access_log(reader, subject=case.case_id))
    assert (line.action, line.staff_id) == ("case-registered", "oksana")


def test_the_urgent_price_buys_the_urgent_term(desk):
    case = desk.take_in(an_application(fee_variant="urgent"))
    assert (case.fee_kopecks, case.due_on) == (49_800, date(2026, 12, 7))


def test_an_application_without_a_paper_is_refused_and_draws_no_number(desk):
    with pytest.raises(PapersMissing) as refusal:
        desk.take_in(an_application(papers=(SubmittedPaper(name="паспорт"),)))
    assert refusal.value.facts == {"count": 1, "first": "квитанція"}
    assert desk.store.read_now(leases.numbers_left) == {2026: 10_000}


def test_the_applicant_may_insist_and_the_case_bears_the_mark(desk):
    case = desk.take_in(an_application(papers=(), applicant_insists=True))
    assert desk.file(case.case_id).state.path[0].facts["missing_papers"] == 2


def test_who_refused_the_tax_number_files_with_the_passport(desk):
    person = an_applicant(tax_id_kind=TaxIdKind.REFUSED, rnokpp=None)
    case = desk.take_in(an_application(applicant=person))
    assert [warning.code for warning in case.warnings] == ["look-for-the-mark"]
    with pytest.raises(InvalidInput) as refusal:
        desk.take_in(
            an_application(
                applicant=an_applicant(tax_id_kind=TaxIdKind.REFUSED, rnokpp=None, document_kind=DocumentKind.OTHER)
            )
        )
    assert refusal.value.facts["rule"] == "passport-required"


def test_a_birth_date_that_differs_from_the_number_is_a_warning(desk):
    case = desk.take_in(an_application(applicant=an_applicant(born_on=date(1958, 3, 8))))
    assert [(warning.field, warning.code) for warning in case.warnings] == [("rnokpp", "birth-date-differs")]


@pytest.mark.parametrize(
    ("changes", "field", "rule"),
    [
        ({"applicant": an_applicant(rnokpp="2125011423")}, "rnokpp", "check-digit"),
        ({"applicant": an_applicant(last_name="Smith")}, "last_name", "ukrainian-letters"),
        ({"applicant": an_applicant(document_number="12")}, "document_number", "passport-book"),
        ({"fee_variant": "yesterday"}, "fee_variant", "choice"),
        ({"fee_kopecks": 100}, "fee_kopecks", "must-be-empty"),
        ({"pickup_office_id": OfficeId("XXX")}, "pickup_office_id", "choice"),
        ({"notify_by": NotifyBy.EMAIL}, "email", "required"),
    ],
)
def test_a_wrong_field_is_named_with_its_rule(desk, changes, field, rule):
    with pytest.raises(InvalidInput) as refusal:
        desk.take_in(an_application(**changes))
    assert (refusal.value.field, refusal.value.rule) == (field, rule)


def test_a_fee_nobody_could_read_is_stated_by_the_clerk(desk):
    desk.publish(a_service("07-10", fee="за тарифами БТІ"))
    with pytest.raises(InvalidInput):
        desk.take_in(an_application(service_code=ServiceCode("07-10")))
    case = desk.take_in(an_application(service_code=ServiceCode("07-10"), fee_kopecks=12_345))
    assert case.fee_kopecks == 12_345


def test_the_second_factor_is_kept_only_as_a_hash(desk):
    case = desk.take_in()
    kept = desk.file(case.case_id).fields["tracking_hash"]
    assert is_tracked_by(kept, factor="4567")
    assert not is_tracked_by(kept, factor="4568")


def test_the_case_keeps_the_version_of_the_service_of_its_day(desk):
    case = desk.take_in()
    assert case.service_version == 1


def test_a_paper_that_not_everyone_has_is_not_missed(desk):
    optional = RequiredDocument(name_uk="попередній закордонний", note_uk="за наявності")
    desk.publish(replace(a_service("03-04"), required_documents=(RequiredDocument(name_uk="паспорт"), optional)))
    papers = (SubmittedPaper(name="паспорт"),)
    case = desk.take_in(an_application(service_code=ServiceCode("03-04"), papers=papers))
    assert "missing_papers" not in desk.file(case.case_id).fields
