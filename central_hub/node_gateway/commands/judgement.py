"""What an operation of a node may do: every rule that sends one to quarantine, with its code."""

import re
from collections.abc import Iterable

from central_hub.node_gateway import queries
from central_hub.node_gateway.model import Speaker
from central_hub.storage.replica import office_scope
from central_hub.storage.transaction import Transaction
from sync.documents.document import DocumentView
from sync.replication.messages import NumberLease, Operation
from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.identifiers.official_number import parse_official_number

FIXED_FIELDS = ("number", "home_office_id")
READING_OFFICES = ("home_office_id", "accepting_office_id", "pickup_office_id")
_OFFICE = re.compile(r"[A-Z]{3}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Quarantined(Exception):  # noqa: N818 - what becomes of the operation
    """The operation is kept apart under ``code``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def check_kind(operation: Operation) -> None:
    """Only cases are written by nodes: the catalogue, the offices and the staff are the hub's."""
    if operation.kind != "case":
        raise Quarantined("kind-not-writable")


def check_scope(scopes: set[str], speaker: Speaker) -> None:
    """The document is of the node's own office, or was granted to it."""
    if office_scope(speaker.office_id) not in scopes:
        raise Quarantined("out-of-scope")


def check_new_case(
    tx: Transaction, after: DocumentView, *, document_id: str, speaker: Speaker, leases: Iterable[NumberLease]
) -> None:
    """A new case is of the office that sends it, and bears a number leased to its node and borne by no other."""
    number = after.fields.get("number")
    if after.fields.get("home_office_id") != speaker.office_id:
        raise Quarantined("out-of-scope")
    if not isinstance(number, str):
        raise Quarantined("number-missing")
    try:
        official = parse_official_number(number)
    except InvalidInput as error:
        raise Quarantined("number-malformed") from error
    if str(official) != number or official.office_id != speaker.office_id:
        raise Quarantined("number-malformed")
    if not any(lease.year == official.year and lease.first <= official.counter <= lease.last for lease in leases):
        raise Quarantined("number-not-leased")
    if queries.case_id_of(tx, number=number) not in {None, document_id}:
        raise Quarantined("number-taken")


def check_kept(before: DocumentView, after: DocumentView) -> None:
    """What is fixed stays: the number, the home office, and every event ever recorded."""
    if any(before.fields.get(name) != after.fields.get(name) for name in FIXED_FIELDS):
        raise Quarantined("field-fixed")
    if any(after.events.get(event_id) != entry for event_id, entry in before.events.items()):
        raise Quarantined("event-changed")


def readers(after: DocumentView) -> set[str]:
    """The scopes that read the case by what it says: where it lives, was filed, and will be handed over."""
    named = [after.fields[name] for name in READING_OFFICES if after.fields.get(name)]
    if any(not isinstance(office_id, str) or _OFFICE.fullmatch(office_id) is None for office_id in named):
        raise Quarantined("office-malformed")
    return {office_scope(str(office_id)) for office_id in named}


def blob_hashes(after: DocumentView) -> set[str]:
    """The hashes of the files that the case names."""
    named = (str(entry.get("sha256")) for entry in after.attachments.values())
    return {sha256 for sha256 in named if _SHA256.fullmatch(sha256)}
