"""A stretch of a node's chain arrives: checked as a whole, judged one by one, appended in one durable transaction."""

import re
from datetime import datetime

from central_hub.node_gateway import queries
from central_hub.node_gateway.commands.working import Working
from central_hub.node_gateway.model import ChainForked, ChainGap, PushTooLarge, Speaker, Stream, Verdict
from central_hub.storage import replica
from central_hub.storage.transaction import Transaction
from sync.replication.identity import covered_head, link_hash, verify
from sync.replication.messages import (
    OPERATION_BYTES_MAX,
    OPERATIONS_MAX,
    PUSH_BYTES_MAX,
    Operation,
    OperationResult,
    PushAnswer,
    PushRequest,
)
from sync.vocabulary.errors import InvalidInput

CLIENT_ID_MAX = 2**53 - 1  # what Yjs allows
_OPERATION_ID = re.compile(r"[0-9A-Z]{26}")
_DOCUMENT_ID = re.compile(r"[0-9A-Za-z._-]{1,64}")
SEQ_PER_OPERATION = 2  # its own number, and one for a document newly granted by it


def push(tx: Transaction, *, speaker: Speaker, request: PushRequest, now: datetime) -> PushAnswer:
    """Append what is new of ``request``, merge it, tell whom it concerns; what came before is answered as duplicate.

    An operation that may not or cannot be applied is kept apart with a code and never blocks the next.

    Raises:
        PushTooLarge: more than the protocol allows.
        ChainGap: operations before these are missing here.
        ChainForked: the hub holds others under these numbers.
        SignatureWrong: the head is not signed by this node.
    """
    check_limits(request)
    seq = replica.reserve(tx, count=SEQ_PER_OPERATION * max(1, len(request.operations)))
    head = queries.stream(tx, speaker) or Stream()
    if not request.operations:
        return PushAnswer(results=(), acknowledged_oseq=head.oseq)
    hashes = _chain(tx, speaker, request, head)
    last = request.operations[-1]
    covered = covered_head(
        node_id=speaker.node_id, incarnation=speaker.incarnation, oseq=last.oseq, head_hash=hashes[-1]
    )
    verify(speaker.public_key, request.signature, covered)
    verdicts = _judge(tx, speaker, request, hashes, seq=seq, now=now)
    acknowledged_oseq = max(head.oseq, last.oseq)
    if last.oseq > head.oseq:
        queries.save_stream(tx, speaker, Stream(oseq=last.oseq, head_hash=hashes[-1]))
    return PushAnswer(results=tuple(_result(verdict) for verdict in verdicts), acknowledged_oseq=acknowledged_oseq)


def check_limits(request: PushRequest) -> None:
    """Raises PushTooLarge for more than a push, or an operation, may carry."""
    for operation in request.operations:
        _check_header(operation)
    sizes = [len(operation.update) for operation in request.operations]
    if len(sizes) > OPERATIONS_MAX:
        raise PushTooLarge(operations=len(sizes), maximum=OPERATIONS_MAX)
    if sum(sizes) > PUSH_BYTES_MAX:
        raise PushTooLarge(bytes=sum(sizes), maximum=PUSH_BYTES_MAX)
    if max(sizes, default=0) > OPERATION_BYTES_MAX:
        raise PushTooLarge(operation_bytes=max(sizes), maximum=OPERATION_BYTES_MAX)


def _check_header(operation: Operation) -> None:
    if _OPERATION_ID.fullmatch(operation.operation_id) is None:
        raise InvalidInput(field="operation_id", rule="pattern")
    if _DOCUMENT_ID.fullmatch(operation.document_id) is None:
        raise InvalidInput(field="document_id", rule="pattern")
    if not 0 <= operation.client_id <= CLIENT_ID_MAX:
        raise InvalidInput(field="client_id", rule="between", minimum=0, maximum=CLIENT_ID_MAX)


def _chain(tx: Transaction, speaker: Speaker, request: PushRequest, head: Stream) -> list[bytes]:
    """The chain's hash after each operation, joined to what the hub holds."""
    first = request.operations[0].oseq
    if first > head.oseq + 1:
        raise ChainGap(acknowledged_oseq=head.oseq)
    if first < 1 or any(operation.oseq != first + place for place, operation in enumerate(request.operations)):
        raise InvalidInput(field="oseq", rule="consecutive")
    current = head.head_hash if first == head.oseq + 1 else queries.hash_at(tx, speaker, oseq=first - 1)
    hashes: list[bytes] = []
    for operation in request.operations:
        current = link_hash(current or b"", operation)
        hashes.append(current)
        if operation.oseq == head.oseq and current != head.head_hash:
            raise ChainForked(acknowledged_oseq=head.oseq)
    return hashes


def _judge(
    tx: Transaction, speaker: Speaker, request: PushRequest, hashes: list[bytes], *, seq: int, now: datetime
) -> list[Verdict]:
    known = queries.known_operations(tx, operation_ids=(each.operation_id for each in request.operations))
    working = Working(tx, speaker, seq=seq, now=now)
    working.load(operation.document_id for operation in request.operations)
    verdicts: list[Verdict] = []
    seen: set[str] = set(known)
    for operation, head_hash in zip(request.operations, hashes, strict=True):
        if operation.operation_id in seen:
            code = known.get(operation.operation_id)
            verdicts.append(Verdict(operation=operation, hash=head_hash, is_known=True, quarantine_code=code))
            continue
        seen.add(operation.operation_id)
        code = working.apply(operation)
        verdicts.append(Verdict(operation=operation, hash=head_hash, quarantine_code=code))
    queries.append_operations(tx, speaker, [verdict for verdict in verdicts if not verdict.is_known], now=now)
    working.save()
    return verdicts


def _result(verdict: Verdict) -> OperationResult:
    operation: Operation = verdict.operation
    if verdict.quarantine_code is not None:
        return OperationResult(operation_id=operation.operation_id, outcome="quarantined", code=verdict.quarantine_code)
    return OperationResult(operation_id=operation.operation_id, outcome="duplicate" if verdict.is_known else "accepted")
