"""What a person, or the supervisor of the merging process, does with an operation that may not count."""

from datetime import datetime

from central_hub.directory.commands import log_access
from central_hub.node_gateway.commands.blocks import DEPENDS
from central_hub.node_gateway.commands.found import FOUND
from central_hub.node_gateway.model import NotReleasable
from central_hub.storage import ingest, replica, streams
from central_hub.storage.ingest import ReceivedOperation, Settled
from central_hub.storage.replica import FeedRow, node_scope
from central_hub.storage.transaction import Transaction
from sync.documents.document import clients_in
from sync.vocabulary.errors import NotFound

# no document can be made of their bytes, or the process would not live to see it
DEAD_CODES = frozenset({"kills-the-worker", "erased", "kind-not-writable", "generation-unknown"})
DEAD_PREFIX = "update-"
ORPHANED = frozenset({DEPENDS, "number-missing", "out-of-scope"})  # of a document that the hub does not hold


def set_apart(tx: Transaction, *, operation_id: str, code: str, now: datetime) -> None:
    """Have an operation that killed the merging process quarantined instead of applied; there is an alarm."""
    replica.lock(tx)
    operation = ingest.operation(tx, operation_id=operation_id)
    if operation is None or operation.state not in {ingest.RECEIVED, ingest.WAITING, ingest.RELEASED, ingest.AGAIN}:
        return
    ingest.mark(tx, operation_id=operation_id, code=code)
    replica.raise_alarm(tx, kind=code, subject=operation_id, office_id=operation.office_id, now=now)


def is_releasable(code: str | None, *, life_ended_at: datetime | None) -> bool:
    """Whether an operation quarantined under ``code`` can be merged if a person wants it.

    What depends on another is made anew by its node; not once the life ended that made it, for a disk from before it
    knows nothing of it.
    """
    return life_ended_at is not None if code == DEPENDS else _can_be_merged(code)


def _can_be_merged(code: str | None) -> bool:
    return code is not None and code not in DEAD_CODES and not code.startswith(DEAD_PREFIX)


def release(tx: Transaction, *, operation_id: str, actor_id: str, office_id: str | None, now: datetime) -> None:
    """Let a quarantined operation count after all; it is merged next, and what did not count for it is judged again.

    Raises:
        NotFound: no such operation is quarantined.
        NotReleasable: nothing could be made of it.
    """
    arrival = replica.reserve(tx, count=1)
    operation = _quarantined(tx, operation_id)
    life_ended_at = streams.ended_at(tx, node_id=operation.node_id, incarnation=operation.incarnation)
    if not is_releasable(operation.quarantine_code, life_ended_at=life_ended_at):
        raise NotReleasable(code=operation.quarantine_code or "")
    ingest.queue_again(tx, operation_id=operation_id, arrival=arrival)
    followed = _followed(tx, operation)
    ingest.judge_again(tx, followed, arrival=replica.reserve(tx, count=len(followed)))
    _unblock(tx, document_id=operation.document_id, operation_ids={each.operation_id for each in followed})
    log_access(tx, actor_id=actor_id, office_id=office_id, action="release_operation", subject=operation_id, now=now)


def discard(tx: Transaction, *, operation_id: str, actor_id: str, office_id: str | None, now: datetime) -> None:
    """A quarantined operation never will count; its node is told.

    Raises:
        NotFound: no such operation is quarantined.
    """
    seq = replica.reserve(tx, count=1)
    operation = _quarantined(tx, operation_id)
    settled = Settled(operation_id=operation_id, state=ingest.DISCARDED, quarantine_code=operation.quarantine_code)
    ingest.settle(tx, [settled])
    log_access(tx, actor_id=actor_id, office_id=office_id, action="discard_operation", subject=operation_id, now=now)
    if operation.quarantine_code == FOUND:  # its node made no such operation, and compares once more by night
        ingest.forget_body(tx, operation_id=operation_id)
        return
    told = FeedRow(
        scope=node_scope(operation.node_id),
        seq=seq,
        what="discarded",
        document_id=operation.document_id,
        operation_id=operation_id,
    )
    replica.append_feed(tx, [told])


def _followed(tx: Transaction, operation: ReceivedOperation) -> list[ReceivedOperation]:
    """What counts with the operation: what waited for the making of its document, and what a found copy holds."""
    document_id = operation.document_id
    is_made = replica.document(tx, document_id=document_id) is None
    if operation.quarantine_code != FOUND:
        return _dependents(tx, operation)
    apart = [each for each in ingest.quarantined_in(tx, document_id=document_id) if each.quarantine_code != FOUND]
    brought = clients_in(operation.body or b"")
    return [
        each
        for each in apart
        if (is_made and each.quarantine_code in ORPHANED)
        or (each.client_id in brought and _can_be_merged(each.quarantine_code))
    ]


def _dependents(tx: Transaction, operation: ReceivedOperation) -> list[ReceivedOperation]:
    """What followed it, unless that waits for another operation, after which its node makes it anew."""
    document_id = operation.document_id
    blocks = {block.node_id: block for block in ingest.blocks_of(tx, document_ids=[document_id])}
    block = blocks.get(operation.node_id)
    if block is not None and block.operation_id != operation.operation_id:
        return []
    return ingest.dependents(tx, node_id=operation.node_id, document_id=document_id, code=DEPENDS)


def _unblock(tx: Transaction, *, document_id: str, operation_ids: set[str]) -> None:
    """What waits behind operations that count after all must not be set apart before their turn comes."""
    blocks = ingest.blocks_of(tx, document_ids=[document_id])
    lifted = [each for each in blocks if each.operation_id in operation_ids]
    ingest.save_blocks(tx, {(each.node_id, each.document_id): None for each in lifted})


def _quarantined(tx: Transaction, operation_id: str) -> ReceivedOperation:
    operation = ingest.operation(tx, operation_id=operation_id)
    if operation is None or operation.state != ingest.QUARANTINED:
        raise NotFound(what="operation")
    return operation
