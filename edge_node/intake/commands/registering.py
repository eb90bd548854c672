"""Registering: the application checked whole, the number drawn, the case opened, the inventory ordered — or nothing."""

from datetime import date, datetime

import msgspec

from edge_node.case_register import commands as register
from edge_node.case_register.model import Actor, Opening
from edge_node.catalogue import queries as catalogue
from edge_node.intake.model import CaseApplication, PapersMissing, RegisteredCase, SubmittedPaper
from edge_node.printing import commands as printing
from edge_node.printing.model import PackageItem
from edge_node.staff import commands as staff
from edge_node.staff.model import Person
from sync.ambient import Ids
from sync.storage import Transaction
from sync.vocabulary import applicant as applicants
from sync.vocabulary import money, term
from sync.vocabulary.applicant import Applicant, ApplicantWarning
from sync.vocabulary.catalogue import AdministrativeService, RequiredDocument
from sync.vocabulary.errors import Fact, Forbidden, InvalidInput
from sync.vocabulary.identifiers import tracking
from sync.vocabulary.identifiers.tracking import Sealed
from sync.vocabulary.ids import CaseId, OfficeId
from sync.vocabulary.money import AMOUNT_KOPECKS_MAX, FeeKind
from sync.vocabulary.term import TermKind, TermSpan
from sync.vocabulary.working_days import WorkingCalendar, local_day

# public holidays are working days under martial law (law 2136-IX art. 6), in force since 24.02.2022
CALENDAR = WorkingCalendar(martial_law_from=date(2022, 2, 24))
URGENT_PREFIX = "urgent"
CONDITIONS = ("за наявності", "за потреби", "за бажанням", "для ", "крім ", "у разі", "якщо")  # how a card says it


def register_case(
    tx: Transaction, application: CaseApplication, *, by: Person, sealed: Sealed, now: datetime, ids: Ids
) -> RegisteredCase:
    """Open the case of ``application``: number, term, fee, inventory in two copies, line in the access log.

    ``sealed`` is what ``seal_second_factor`` made ahead of the transaction. An application that is refused draws no
    number.

    Raises:
        InvalidInput: a field breaks its rule, or names what the catalogue does not have.
        PapersMissing: papers are missing and the applicant does not insist.
        NumbersExhausted: the leased range is used up.
    """
    if by.office_id is None:
        raise Forbidden
    here = Actor(staff_id=by.staff_id, office_id=by.office_id)
    service = catalogue.service_chosen(tx, code=application.service_code)
    person, warnings = check_whole(application, service, today=local_day(now))
    papers = papers_of(application, service)
    absent = missing_papers(papers, service)
    opening = _opening(tx, application, service=service, person=person, office_id=here.office_id, now=now)
    opening = _with_papers(opening, papers, absent)
    number = register.next_number(tx, office_id=here.office_id, now=now)
    factor = tracking.second_factor(phone=person.phone, document_number=person.document_number)
    if sealed.factor != factor:  # the draft was changed meanwhile
        sealed = tracking.seal(factor, salt=sealed.salt)
    case_id = CaseId(ids.new())
    case = register.register(
        tx,
        Opening(
            fields={**opening.fields, "number": number, "tracking_hash": sealed.tracking_hash},
            facts={**opening.facts, "number": number},
        ),
        case_id=case_id,
        by=here,
        now=now,
        ids=ids,
    )
    items = tuple(PackageItem(name=each.name, is_original=each.is_original, sheets=each.sheets) for each in papers)
    printing.order_inventory(tx, case_id=case_id, items=items, order_id=ids.new(), now=now)
    staff.log_access(tx, by=by, action="case-registered", subject=case_id, now=now)
    return RegisteredCase(**msgspec.structs.asdict(case), warnings=warnings)


def seal_second_factor(applicant: Applicant | None, *, salt: str) -> Sealed:
    """What tracking will ask of the applicant, sealed; 10 ms that the one writer of the office must not wait for.

    ``salt`` is 32 fresh hexadecimal digits. Where there is nothing to seal yet, ``register_case`` says what is wrong.
    """
    if applicant is None:
        return Sealed(salt=salt)
    try:
        factor = tracking.second_factor(phone=applicant.phone, document_number=applicant.document_number)
    except InvalidInput:
        return Sealed(salt=salt)
    return tracking.seal(factor, salt=salt)


def check_whole(
    application: CaseApplication, service: AdministrativeService, *, today: date
) -> tuple[Applicant, tuple[ApplicantWarning, ...]]:
    """The applicant in canonical spelling, with warnings, when nothing in the application breaks a rule.

    Raises ``InvalidInput`` and ``PapersMissing`` as ``register_case``.
    """
    person, warnings = applicants.checked(application.applicant, today=today)
    applicants.check_notification(person, application.notify_by)
    tracking.second_factor(phone=person.phone, document_number=person.document_number)
    fee_of(service, variant_key=application.fee_variant, stated_kopecks=application.fee_kopecks, today=today)
    absent = missing_papers(papers_of(application, service), service)
    if absent and not application.applicant_insists:
        raise PapersMissing(count=len(absent), first=absent[0])
    return person, warnings


def fee_of(service: AdministrativeService, *, variant_key: str | None, stated_kopecks: int | None, today: date) -> int:
    """What is to be paid, in kopecks; raises ``InvalidInput`` for an unknown variant or an amount out of place."""
    if service.fee.kind is FeeKind.BY_CLERK:
        if stated_kopecks is None:
            raise InvalidInput(field="fee_kopecks", rule="required")
        if not 0 <= stated_kopecks <= AMOUNT_KOPECKS_MAX:
            raise InvalidInput(field="fee_kopecks", rule="between", minimum=0, maximum=AMOUNT_KOPECKS_MAX)
        return stated_kopecks
    if stated_kopecks is not None:
        raise InvalidInput(field="fee_kopecks", rule="must-be-empty")
    if variant_key is not None and variant_key not in {variant.key for variant in service.fee.variants}:
        raise InvalidInput(field="fee_variant", rule="choice")
    minimum = money.subsistence_minimum(today.year)
    return money.compute(service.fee, variant_key=variant_key, subsistence_minimum_kopecks=minimum.kopecks) or 0


def due_day(service: AdministrativeService, *, variant_key: str | None, now: datetime) -> date:
    """The last day of the term of a case registered now; the urgent term where the urgent price was chosen."""
    return term.due_on(span_of(service, variant_key), registered_at=now, calendar=CALENDAR)


def span_of(service: AdministrativeService, variant_key: str | None) -> TermSpan:
    """The term that goes with a price: the n-th urgent price buys the n-th urgent term."""
    urgent_spans = [span for span in service.term.others if span.kind is TermKind.URGENT]
    urgent_keys = [variant.key for variant in service.fee.variants if variant.key.startswith(URGENT_PREFIX)]
    if variant_key not in urgent_keys or not urgent_spans:
        return service.term.usual
    return urgent_spans[min(urgent_keys.index(variant_key), len(urgent_spans) - 1)]


def papers_of(application: CaseApplication, service: AdministrativeService) -> tuple[SubmittedPaper, ...]:
    """The papers submitted; all of the information card where the application does not list any."""
    if application.papers is not None:
        return application.papers
    return tuple(SubmittedPaper(name=required.name_uk) for required in service.required_documents)


def missing_papers(papers: tuple[SubmittedPaper, ...], service: AdministrativeService) -> tuple[str, ...]:
    """Papers of the information card that everyone must bring and that were not submitted."""
    brought = {paper.name for paper in papers}
    asked = (each.name_uk for each in service.required_documents if not _is_conditional(each))
    return tuple(name for name in asked if name not in brought)


def _is_conditional(required: RequiredDocument) -> bool:
    """Whether the card asks for the paper only of some, or where there is one: the administrator judges."""
    return (required.note_uk or "").casefold().startswith(CONDITIONS)


def _opening(
    tx: Transaction,
    application: CaseApplication,
    *,
    service: AdministrativeService,
    person: Applicant,
    office_id: OfficeId,
    now: datetime,
) -> Opening:
    pickup_office_id = application.pickup_office_id or office_id
    if pickup_office_id != office_id and not catalogue.has_office(tx, office_id=pickup_office_id):
        raise InvalidInput(field="pickup_office_id", rule="choice")
    fee_kopecks = fee_of(
        service,
        variant_key=application.fee_variant,
        stated_kopecks=application.fee_kopecks,
        today=local_day(now),
    )
    shared: dict[str, Fact] = {
        "provider_id": service.provider_id,
        "home_office_id": office_id,
        "accepting_office_id": office_id,
        "pickup_office_id": pickup_office_id,
        "due_on": due_day(service, variant_key=application.fee_variant, now=now).isoformat(),
    }
    fields: dict[str, Fact] = {
        **shared,
        "service_code": service.code,
        "service_version": service.version,
        "fee_kopecks": fee_kopecks,
        "notify_by": application.notify_by.value,
        **_applicant_fields(person),
    }
    optional = {"fee_variant": application.fee_variant, "ticket_id": application.ticket_id}
    return Opening(fields=fields | {name: value for name, value in optional.items() if value}, facts=shared)


def _with_papers(opening: Opening, papers: tuple[SubmittedPaper, ...], absent: tuple[str, ...]) -> Opening:
    fields = {**opening.fields, "papers": msgspec.json.encode(papers).decode()}
    facts = dict(opening.facts)
    if absent:
        fields["missing_papers"] = msgspec.json.encode(absent).decode()
        facts["missing_papers"] = len(absent)
    return Opening(fields=fields, facts=facts)


def _applicant_fields(person: Applicant) -> dict[str, Fact]:
    written: dict[str, Fact] = msgspec.to_builtins(person)
    return {f"applicant_{name}": value for name, value in written.items() if value is not None}
