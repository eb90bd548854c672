"""What the intake pages show, worked out of the draft and the catalogue."""

from collections.abc import Iterable
from datetime import date, datetime

import msgspec

from edge_node.case_register.model import Case
from edge_node.catalogue import queries as catalogue
from edge_node.intake import commands
from edge_node.intake.model import Draft, DraftIncomplete
from sync.storage import Reader
from sync.vocabulary import applicant as applicants
from sync.vocabulary.applicant import ApplicantWarning
from sync.vocabulary.catalogue import SPHERES, AdministrativeService, Sphere, SphereCard
from sync.vocabulary.identifiers import tracking
from sync.vocabulary.ids import OfficeId
from sync.vocabulary.money import FeeKind, FeeVariant
from sync.vocabulary.office import Office
from sync.vocabulary.working_days import local_day
from sync.web.i18n import current_language

PEOPLE_MAX = 10


class SphereCount(msgspec.Struct, frozen=True, kw_only=True):
    card: SphereCard
    count: int


class ServiceChoice(msgspec.Struct, frozen=True, kw_only=True):
    spheres: tuple[SphereCount, ...]
    services: tuple[AdministrativeService, ...]


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """A variant of the fee with its amount, and the day the term ends where it is chosen."""

    variant: FeeVariant | None
    kopecks: int
    due_on: date


class PapersView(msgspec.Struct, frozen=True, kw_only=True):
    service: AdministrativeService
    provider_name: str
    prices: tuple[Price, ...]
    is_stated_by_clerk: bool
    due_on: date
    offices: tuple[Office, ...]
    here: OfficeId
    brought: dict[str, int]
    copies: frozenset[str]
    others: tuple[str, ...]


class CheckView(msgspec.Struct, frozen=True, kw_only=True):
    service: AdministrativeService
    provider_name: str
    due_on: date
    fee_kopecks: int
    variant: FeeVariant | None
    missing: tuple[str, ...]
    warnings: tuple[ApplicantWarning, ...]
    pickup: Office | None
    second_factor: str


def one_per_person(cases: Iterable[Case]) -> list[Case]:
    """The latest case of each name, few enough to read."""
    latest: dict[str, Case] = {}
    for case in cases:
        latest.setdefault(case.applicant_name, case)
    return list(latest.values())[:PEOPLE_MAX]


def choice_of_service(reader: Reader, *, text: str, sphere: Sphere | None) -> ServiceChoice:
    """The spheres with their counts, and the services found or of one sphere."""
    counts = catalogue.count_by_sphere(reader)
    services: list[AdministrativeService] = []
    if text.strip():
        services = catalogue.search(reader, text=text)
    elif sphere is not None:
        services = catalogue.services(reader, sphere=sphere)
    return ServiceChoice(
        spheres=tuple(SphereCount(card=card, count=counts[each]) for each, card in SPHERES.items() if each in counts),
        services=tuple(services),
    )


def service_of(reader: Reader, draft: Draft) -> AdministrativeService:
    """The service chosen; raises ``DraftIncomplete`` when none is."""
    if draft.service_code is None:
        raise DraftIncomplete(page="service")
    return catalogue.service(reader, code=draft.service_code)


def papers_view(reader: Reader, *, draft: Draft, office_id: OfficeId, now: datetime) -> PapersView:
    """What the page of papers and prices shows."""
    service = service_of(reader, draft)
    asked = {required.name_uk for required in service.required_documents}
    papers = draft.papers or ()
    return PapersView(
        service=service,
        provider_name=catalogue.provider_name(service, language=current_language()),
        prices=_prices(service, now=now),
        is_stated_by_clerk=service.fee.kind is FeeKind.BY_CLERK,
        due_on=commands.due_day(service, variant_key=None, now=now),
        offices=tuple(catalogue.offices(reader)),
        here=office_id,
        brought={paper.name: paper.sheets for paper in papers},
        copies=frozenset(paper.name for paper in papers if not paper.is_original),
        others=tuple(paper.name for paper in papers if paper.name not in asked),
    )


def check_view(reader: Reader, *, draft: Draft, office_id: OfficeId, now: datetime) -> CheckView:
    """What is about to be registered; raises ``DraftIncomplete``."""
    application, service = commands.application_of(draft), service_of(reader, draft)
    person, warnings = applicants.checked(application.applicant, today=local_day(now))
    fee_kopecks = commands.fee_of(
        service,
        variant_key=application.fee_variant,
        stated_kopecks=application.fee_kopecks,
        today=local_day(now),
    )
    pickup = application.pickup_office_id or office_id
    known = {office.id: office for office in catalogue.offices(reader)}
    return CheckView(
        service=service,
        provider_name=catalogue.provider_name(service, language=current_language()),
        due_on=commands.due_day(service, variant_key=application.fee_variant, now=now),
        fee_kopecks=fee_kopecks,
        variant=next((each for each in service.fee.variants if each.key == application.fee_variant), None),
        missing=commands.missing_papers(application.papers or (), service),
        warnings=warnings,
        pickup=known.get(pickup),
        second_factor=tracking.second_factor(phone=person.phone, document_number=person.document_number),
    )


def _prices(service: AdministrativeService, *, now: datetime) -> tuple[Price, ...]:
    if service.fee.kind is FeeKind.BY_CLERK:
        return ()
    found = []
    for variant in service.fee.variants or (None,):
        key = variant.key if variant else None
        kopecks = commands.fee_of(service, variant_key=key, stated_kopecks=None, today=local_day(now))
        due_on = commands.due_day(service, variant_key=key, now=now)
        found.append(Price(variant=variant, kopecks=kopecks, due_on=due_on))
    return tuple(found)
