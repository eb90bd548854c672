"""What the intake pages post, and what it means: empty fields are absent, dates as people write them."""

from typing import Annotated

import msgspec

from edge_node.intake.model import PAPER_NAME_CHARACTERS_MAX, PAPERS_MAX, SHEETS_MAX, SubmittedPaper
from sync.vocabulary.applicant import Applicant, DocumentKind, NotifyBy, TaxIdKind
from sync.vocabulary.catalogue import AdministrativeService
from sync.vocabulary.errors import InvalidInput
from sync.web.entries import day_in

Line = Annotated[str, msgspec.Meta(max_length=120)]
Id = Annotated[str, msgspec.Meta(max_length=32)]
Text = Annotated[str, msgspec.Meta(max_length=4000)]
Chosen = str | list[str]  # a checkbox ticked once comes as text, more often as a list


class Form(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A form takes the fields it names and no others."""


class SearchForm(Form, frozen=True, kw_only=True):
    text: Line
    ticket_id: Id = ""


class BeginForm(Form, frozen=True, kw_only=True):
    ticket_id: Id = ""
    like_case_id: Id = ""


class ApplicantForm(Form, frozen=True, kw_only=True):
    last_name: Line = ""
    first_name: Line = ""
    patronymic: Line = ""
    born_on: Id = ""
    tax_id_kind: TaxIdKind = TaxIdKind.RNOKPP
    rnokpp: Id = ""
    unzr: Id = ""
    document_kind: DocumentKind = DocumentKind.PASSPORT_BOOK
    document_number: Line = ""
    phone: Id = ""
    email: Line = ""
    address: Annotated[str, msgspec.Meta(max_length=300)] = ""


class ServiceForm(Form, frozen=True, kw_only=True):
    service_code: Id


class PapersForm(Form, frozen=True, kw_only=True):
    """``fee_kopecks`` is typed in hryvnias; ``brought`` and ``copies`` are places in the information card's list."""

    brought: Chosen = ""
    copies: Chosen = ""
    sheets: Chosen = ""
    other_papers: Text = ""
    applicant_insists: str = ""
    fee_variant: Id = ""
    fee_kopecks: Id = ""
    pickup_office_id: Id = ""
    notify_by: NotifyBy = NotifyBy.IN_PERSON


def applicant_in(form: ApplicantForm) -> Applicant:
    """The applicant as typed; raises ``InvalidInput`` for a date that is none."""
    kind = form.tax_id_kind
    return Applicant(
        last_name=form.last_name,
        first_name=form.first_name,
        patronymic=form.patronymic.strip() or None,
        born_on=day_in(form.born_on, field="born_on"),
        tax_id_kind=kind,
        # the field stays on the page when another kind is chosen: what stands in it then means nothing
        rnokpp=(form.rnokpp.strip() or None) if kind is TaxIdKind.RNOKPP else None,
        unzr=form.unzr.strip() or None,
        document_kind=form.document_kind,
        document_number=form.document_number,
        phone=form.phone.strip() or None,
        email=form.email.strip() or None,
        address=form.address.strip() or None,
    )


def papers_in(form: PapersForm, service: AdministrativeService) -> tuple[SubmittedPaper, ...]:
    """The papers ticked, in the order of the information card, and others the applicant brought."""
    brought, copies, sheets = set(_many(form.brought)), set(_many(form.copies)), _many(form.sheets)
    papers = [
        SubmittedPaper(name=required.name_uk, is_original=str(place) not in copies, sheets=_sheets(sheets, place))
        for place, required in enumerate(service.required_documents)
        if str(place) in brought
    ]
    others = [" ".join(line.split()) for line in form.other_papers.splitlines() if line.strip()]
    if any(len(name) > PAPER_NAME_CHARACTERS_MAX for name in others):
        raise InvalidInput(field="other_papers", rule="at-most-characters", maximum=PAPER_NAME_CHARACTERS_MAX)
    papers += [SubmittedPaper(name=name) for name in others]
    if len(papers) > PAPERS_MAX:
        raise InvalidInput(field="other_papers", rule="length-max", bound=PAPERS_MAX)
    return tuple(papers)


def _many(value: Chosen) -> list[str]:
    return value if isinstance(value, list) else [value] if value else []


def _sheets(sheets: list[str], place: int) -> int:
    text = sheets[place].strip() if place < len(sheets) else "1"
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= SHEETS_MAX:
        raise InvalidInput(field="sheets", rule="between", minimum=1, maximum=SHEETS_MAX)
    return int(text)
