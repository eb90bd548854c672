"""What a case is opened with, and why it may be refused."""

from datetime import datetime
from typing import Annotated

import msgspec

from edge_node.case_register.model import Case
from sync.vocabulary.applicant import Applicant, ApplicantWarning, NotifyBy
from sync.vocabulary.errors import NotFound, Refusal
from sync.vocabulary.ids import OfficeId, ServiceCode, StaffId, TicketId

PAPERS_MAX = 60  # the longest information card asks for fewer than twenty
SHEETS_MAX = 999
PAPER_NAME_CHARACTERS_MAX = 300
ID_CHARACTERS_MAX = 32


class SubmittedPaper(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One paper of the incoming package: a line of the inventory."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=PAPER_NAME_CHARACTERS_MAX)]
    is_original: bool = True
    sheets: Annotated[int, msgspec.Meta(ge=1, le=SHEETS_MAX)] = 1


class CaseApplication(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the applicant asks for and brings.

    ``papers`` None: everything the information card asks for, one sheet each. When a paper of the card is missing,
    the case is opened only if the applicant insists (law 2073-IX art. 43). ``fee_kopecks`` only where the published
    fee leaves the amount to the clerk. Without ``pickup_office_id`` the result is handed out here.
    """

    applicant: Applicant
    service_code: ServiceCode
    papers: Annotated[tuple[SubmittedPaper, ...], msgspec.Meta(max_length=PAPERS_MAX)] | None = None
    applicant_insists: bool = False
    fee_variant: Annotated[str, msgspec.Meta(max_length=ID_CHARACTERS_MAX)] | None = None
    fee_kopecks: int | None = None
    pickup_office_id: OfficeId | None = None
    notify_by: NotifyBy = NotifyBy.IN_PERSON
    ticket_id: Annotated[str, msgspec.Meta(max_length=ID_CHARACTERS_MAX)] | None = None


class RegisteredCase(Case, frozen=True, kw_only=True):
    """The case as registered, and what the administrator should look at all the same."""

    warnings: tuple[ApplicantWarning, ...] = ()


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """An application being filled in page by page; it is one administrator's and ends with its registration."""

    draft_id: str
    staff_id: StaffId
    changed_at: datetime
    applicant: Applicant | None = None
    service_code: ServiceCode | None = None
    papers: tuple[SubmittedPaper, ...] | None = None
    applicant_insists: bool = False
    fee_variant: str | None = None
    fee_kopecks: int | None = None
    pickup_office_id: OfficeId | None = None
    notify_by: NotifyBy = NotifyBy.IN_PERSON
    ticket_id: TicketId | None = None


class PapersMissing(Refusal):
    """Papers of the information card are missing, and the applicant does not insist on filing without them."""


class DraftIncomplete(Refusal):
    """An earlier page of the application is not filled in yet."""


class DraftNotFound(NotFound):
    """There is no such unfinished application of yours: registered already, or a day old."""
