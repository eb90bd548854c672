"""An application filled in page by page: kept on the node, one administrator's, gone after a day."""

from datetime import datetime, timedelta

import msgspec

from edge_node.case_register import commands as register
from edge_node.intake import queries
from edge_node.intake.commands.registering import register_case, seal_second_factor
from edge_node.intake.model import CaseApplication, Draft, DraftIncomplete, DraftNotFound, RegisteredCase
from edge_node.staff import commands as staff
from edge_node.staff.model import Person
from sync.ambient import Ids
from sync.storage import Reader, Transaction
from sync.vocabulary.applicant import Applicant
from sync.vocabulary.identifiers.tracking import Sealed
from sync.vocabulary.ids import TicketId

DRAFT_LIFE = timedelta(days=1)  # personal data of a person who went away without filing


def begin_draft(
    tx: Transaction,
    *,
    by: Person,
    now: datetime,
    ids: Ids,
    ticket_id: TicketId | None = None,
    like_case_id: str | None = None,
) -> Draft:
    """A new application; with the applicant of an earlier case this person may see. Raises as ``case_for``."""
    queries.delete_drafts_before(tx, moment=now - DRAFT_LIFE)
    applicant = None
    if like_case_id is not None:
        applicant = register.open_file(tx, by=by, case_id=like_case_id).applicant
        staff.log_access(tx, by=by, action="applicant-copied", subject=like_case_id, now=now)
    draft = Draft(draft_id=ids.new(), staff_id=by.staff_id, changed_at=now, applicant=applicant, ticket_id=ticket_id)
    queries.save_draft(tx, draft)
    return draft


def draft_for(reader: Reader, *, by: Person, draft_id: str) -> Draft:
    """This person's draft; raises ``DraftNotFound``."""
    draft = queries.draft(reader, draft_id=draft_id, staff_id=by.staff_id)
    if draft is None:
        raise DraftNotFound(draft_id=draft_id)
    return draft


def save_draft(tx: Transaction, draft: Draft, *, now: datetime) -> Draft:
    """Keep the draft as it stands now."""
    kept = msgspec.structs.replace(draft, changed_at=now)
    queries.save_draft(tx, kept)
    return kept


def application_of(draft: Draft) -> CaseApplication:
    """The application in the draft; raises ``DraftIncomplete`` naming the page that is missing."""
    applicant: Applicant | None = draft.applicant
    if applicant is None:
        raise DraftIncomplete(page="applicant")
    if draft.service_code is None:
        raise DraftIncomplete(page="service")
    if draft.papers is None:
        raise DraftIncomplete(page="papers")
    return CaseApplication(
        applicant=applicant,
        service_code=draft.service_code,
        papers=draft.papers,
        applicant_insists=draft.applicant_insists,
        fee_variant=draft.fee_variant,
        fee_kopecks=draft.fee_kopecks,
        pickup_office_id=draft.pickup_office_id,
        notify_by=draft.notify_by,
        ticket_id=draft.ticket_id,
    )


def seal_draft(reader: Reader, *, by: Person, draft_id: str, salt: str) -> Sealed:
    """``seal_second_factor`` for this person's draft; only the salt where the draft has gone already."""
    draft = queries.draft(reader, draft_id=draft_id, staff_id=by.staff_id)
    return seal_second_factor(draft.applicant if draft else None, salt=salt)


def register_draft(
    tx: Transaction, draft_id: str, *, by: Person, sealed: Sealed, now: datetime, ids: Ids
) -> RegisteredCase:
    """Register the application in the draft, which ends with it; raises as ``draft_for`` and ``register_case``."""
    application = application_of(draft_for(tx, by=by, draft_id=draft_id))
    case = register_case(tx, application, by=by, sealed=sealed, now=now, ids=ids)
    queries.delete_draft(tx, draft_id=draft_id)
    return case
