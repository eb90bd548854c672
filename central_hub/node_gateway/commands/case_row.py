"""A case as the hub's register shows it: the row of one document."""

import re
from datetime import datetime

from central_hub.node_gateway.commands.judgement import Quarantined
from sync.documents.document import INTEGER_MAX, DocumentView, Scalar
from sync.vocabulary.case import fold, from_entry, standing_fields
from sync.vocabulary.errors import InvalidInput

_OFFICE = re.compile(r"[A-Z]{3}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_APPLICANT = ("applicant_last_name", "applicant_first_name", "applicant_patronymic")


def case_row(after: DocumentView, *, now: datetime) -> dict[str, object]:
    """The columns of ``cases`` from fields and folded events; raises Quarantined for an event no replica can read."""
    try:
        state = fold(from_entry(event_id, entry) for event_id, entry in after.events.items())
    except InvalidInput as error:
        raise Quarantined("event-malformed") from error
    fields = standing_fields(after.fields, state)
    if abs(state.paid_kopecks) > INTEGER_MAX:
        raise Quarantined("event-malformed")  # each of its amounts could be; no column keeps the sum
    if any(isinstance(value, str) and "\0" in value for value in fields.values()):
        raise Quarantined("text-malformed")  # no text column keeps it
    return {
        "number": fields.get("number"),
        "status": state.status.value,
        "service_code": _text(fields.get("service_code")),
        "provider_id": _text(fields.get("provider_id")),
        "home_office_id": fields.get("home_office_id"),
        "accepting_office_id": _office(fields.get("accepting_office_id")),
        "pickup_office_id": _office(fields.get("pickup_office_id")),
        "applicant": " ".join(str(fields[name]) for name in _APPLICANT if fields.get(name)),
        "tracking_hash": _text(fields.get("tracking_hash")),
        "fee_kopecks": _whole(fields.get("fee_kopecks")),
        "paid_kopecks": state.paid_kopecks,
        "receipt_count": len(state.receipts),
        "conflict_count": len(state.conflicts),
        "due_on": state.due_on,
        "registered_at": state.registered_at,
        "decided_at": state.decided_at,
        "issued_at": state.issued_at,
        "closed_at": state.closed_at,
        "archived_at": state.archived_at,
        "changed_at": now,
    }


def _office(value: Scalar) -> str | None:
    return value if isinstance(value, str) and _OFFICE.fullmatch(value) else None


def _whole(value: Scalar) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _text(value: Scalar) -> str | None:
    return value if isinstance(value, str) else None


def blob_hashes(after: DocumentView) -> set[str]:
    """The hashes of the files that the case names."""
    named = (str(entry.get("sha256")) for entry in after.attachments.values())
    return {sha256 for sha256 in named if _SHA256.fullmatch(sha256)}
