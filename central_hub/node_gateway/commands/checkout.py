"""A citizen stands at another office: one case is granted to it, by number and second factor."""

from datetime import datetime

from central_hub.directory.commands import log_access
from central_hub.node_gateway import queries
from central_hub.node_gateway.commands.scoping import CHECKOUT
from central_hub.node_gateway.model import Speaker
from central_hub.node_gateway.queries import FoundCase
from central_hub.storage import replica, scopes
from central_hub.storage.replica import FeedRow, office_scope
from central_hub.storage.transaction import Reader, Transaction
from sync.replication.messages import CheckoutRequest, PullItem
from sync.vocabulary.errors import InvalidInput, NotFound
from sync.vocabulary.identifiers.official_number import normalised_official_number
from sync.vocabulary.identifiers.tracking import is_tracked_by


def recognise(reader: Reader, *, request: CheckoutRequest) -> FoundCase:
    """The case of this number and second factor; slow on purpose, and so done outside the writer's transaction.

    Raises:
        NotFound: no such number, or not its second factor: the answer and its time do not tell which.
    """
    found = queries.case_to_check_out(reader, number=_canonical(request.number))
    is_right = is_tracked_by(found.tracking_hash if found else None, factor=request.second_factor)
    if found is None or not is_right:
        raise NotFound(what="case")
    return found


def check_out(tx: Transaction, *, speaker: Speaker, found: FoundCase, now: datetime) -> PullItem:
    """Grant the recognised case to the node's office and answer it whole; it is in the access log."""
    seq = replica.reserve(tx, count=1)
    scope = office_scope(speaker.office_id)
    if scope not in replica.scopes_of(tx, document_id=found.case_id):
        scopes.grant(tx, {(found.case_id, scope): CHECKOUT}, now=now)
        scopes.forget_ended(tx, [(found.case_id, scope)])
        row = FeedRow(scope=scope, seq=seq, what="snapshot", document_id=found.case_id)
        replica.append_feed(tx, [row])
    log_access(
        tx, actor_id=speaker.node_id, office_id=speaker.office_id, action="check_out", subject=found.number, now=now
    )
    document = replica.document(tx, document_id=found.case_id)
    if document is None:
        raise LookupError(f"case {found.case_id} has a row and no document")
    return PullItem(
        seq=seq,
        what="snapshot",
        document_id=found.case_id,
        kind="case",
        update=document.snapshot,
        generation=document.generation,
    )


def _canonical(number: str) -> str:
    try:
        return normalised_official_number(number)
    except InvalidInput:
        return number  # borne by no case: refused as unknown, after the same work
