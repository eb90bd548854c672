"""A stretch of a node's chain arrives: checked before a byte of it is opened, and appended in one durable transaction.

What it means is judged behind, in order, by ``merging``.
"""

from datetime import datetime

from central_hub.node_gateway import queries
from central_hub.node_gateway.commands.cut_off import check_cut_off
from central_hub.node_gateway.commands.kinds import WRITABLE
from central_hub.node_gateway.commands.well_formed import check_operation_header
from central_hub.node_gateway.model import ChainForked, ChainGap, PushTooLarge, Speaker, Stream, Verdict
from central_hub.storage import ingest, replica, scopes, streams
from central_hub.storage.replica import FeedRow, node_scope, office_scope
from central_hub.storage.transaction import Transaction
from sync.documents.validator import MalformedUpdate, check_operation
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

ERASED = "erased"
ID_TAKEN = "id-taken"  # the hub holds an operation of another office under this id


Structure = tuple[str | None, ...]  # for each operation: why its bytes may not be opened, or nothing
Linked = tuple[Operation, bytes, str | None]  # with the chain's hash after it, and its structure


def structure_of(request: PushRequest) -> Structure:
    """What the bytes of the operations are, whatever the database says of them: asked before it is held.

    Raises:
        PushTooLarge: more than the protocol allows.
    """
    check_limits(request)
    return tuple(_broken(each) for each in request.operations)


def push(
    tx: Transaction, *, speaker: Speaker, request: PushRequest, now: datetime, structure: Structure | None = None
) -> PushAnswer:
    """Append what is new of ``request``, to be merged behind; what came before is answered as duplicate.

    An operation that may not count is kept apart with a code and never blocks the next. ``structure`` is what
    ``structure_of`` said of this request.

    Raises:
        PushTooLarge: more than the protocol allows.
        ChainGap: operations before these are missing here.
        ChainForked: the hub holds others under these numbers; the caller has it noted, for greetings may never tell.
        SignatureWrong: the head is not signed by this node.
        NodeRetired: it comes after what counts of a retired node.
    """
    broken = structure_of(request) if structure is None else structure
    check_cut_off(tx, speaker=speaker, request=request)
    arrival = replica.reserve(tx, count=max(1, len(request.operations)))
    head = queries.stream(tx, speaker) or Stream()
    if not request.operations:
        return PushAnswer(results=(), acknowledged_oseq=head.oseq)
    hashes = _chain(tx, speaker, request, head)
    last = request.operations[-1]
    covered = covered_head(
        node_id=speaker.node_id, incarnation=speaker.incarnation, oseq=last.oseq, head_hash=hashes[-1]
    )
    verify(speaker.public_key, request.signature, covered)
    verdicts = _looked_at(tx, speaker, list(zip(request.operations, hashes, broken, strict=True)))
    new = [verdict for verdict in verdicts if not verdict.is_known]
    ingest.append(tx, [_row(each, speaker, arrival + place, now) for place, each in enumerate(new)])
    taken = [each for each in verdicts if each.quarantine_code == ID_TAKEN and each.operation.oseq > head.oseq]
    _tell_taken(tx, speaker, taken, seq=arrival + len(new), now=now)
    repeated = {each.operation.oseq: each.hash for each in verdicts if each.is_known}
    later = {oseq: head_hash for oseq, head_hash in repeated.items() if oseq > head.oseq}
    streams.repeat_links(tx, node_id=speaker.node_id, incarnation=speaker.incarnation, hashes=later)
    if last.oseq > head.oseq:
        queries.save_stream(tx, speaker, Stream(oseq=last.oseq, head_hash=hashes[-1]))
    results = tuple(_result(verdict) for verdict in verdicts)
    return PushAnswer(results=results, acknowledged_oseq=max(head.oseq, last.oseq))


def check_limits(request: PushRequest) -> None:
    """Raises PushTooLarge for more than a push, or an operation, may carry."""
    for operation in request.operations:
        check_operation_header(operation)
    sizes = [len(operation.update) for operation in request.operations]
    if len(sizes) > OPERATIONS_MAX:
        raise PushTooLarge(operations=len(sizes), maximum=OPERATIONS_MAX)
    if sum(sizes) > PUSH_BYTES_MAX:
        raise PushTooLarge(bytes=sum(sizes), maximum=PUSH_BYTES_MAX)
    if max(sizes, default=0) > OPERATION_BYTES_MAX:
        raise PushTooLarge(operation_bytes=max(sizes), maximum=OPERATION_BYTES_MAX)


def _chain(tx: Transaction, speaker: Speaker, request: PushRequest, head: Stream) -> list[bytes]:
    """The chain's hash after each operation, joined to what the hub holds since the start of the stream."""
    first, last = request.operations[0].oseq, request.operations[-1].oseq
    if first > head.oseq + 1:
        raise ChainGap(acknowledged_oseq=head.oseq)
    if first < 1 or any(operation.oseq != first + place for place, operation in enumerate(request.operations)):
        raise InvalidInput(field="oseq", rule="consecutive")
    current = head.head_hash if first == head.oseq + 1 else queries.hash_at(tx, speaker, oseq=first - 1)
    if current is None:  # the link came in another stream: only from the head on can it be told what follows what
        raise ChainGap(acknowledged_oseq=head.oseq)
    hashes: list[bytes] = []
    for operation in request.operations:
        current = link_hash(current, operation)
        hashes.append(current)
        if operation.oseq == head.oseq and current != head.head_hash:
            raise ChainForked(acknowledged_oseq=head.oseq)
    if last < head.oseq and queries.hash_at(tx, speaker, oseq=last) not in {None, current}:
        raise ChainForked(acknowledged_oseq=head.oseq)
    return hashes


def _looked_at(tx: Transaction, speaker: Speaker, linked: list[Linked]) -> list[Verdict]:
    operations = [operation for operation, _, _ in linked]
    known = ingest.known(tx, operation_ids=[each.operation_id for each in operations])
    document_ids = {each.document_id for each in operations if each.operation_id not in known}
    generations = ingest.generations(tx, document_ids=document_ids)
    readers = replica.scopes_by_document(tx, document_ids=generations)
    verdicts: list[Verdict] = []
    seen: set[str] = set(known)
    for operation, head_hash, broken in linked:
        if operation.operation_id in seen:
            earlier = known.get(operation.operation_id)
            code = earlier.quarantine_code if earlier else None
            if earlier is not None and earlier.office_id != speaker.office_id:
                code = ID_TAKEN
            verdicts.append(Verdict(operation=operation, hash=head_hash, is_known=True, quarantine_code=code))
            continue
        seen.add(operation.operation_id)
        generation = generations.get(operation.document_id)
        is_theirs = generation is None or bool(readers.get(operation.document_id, set()).intersection(speaker.scopes))
        may_change = is_theirs or _was_theirs(tx, speaker, operation)
        code = _code(operation, broken, generation=generation) or (None if may_change else "out-of-scope")
        verdicts.append(Verdict(operation=operation, hash=head_hash, quarantine_code=code))
    return verdicts


def _tell_taken(tx: Transaction, speaker: Speaker, taken: list[Verdict], *, seq: int, now: datetime) -> None:
    """Have the node keep what came under another office's id: a person makes it anew; it is no duplicate."""
    rows = [
        FeedRow(
            scope=node_scope(speaker.node_id),
            seq=seq + place,
            what="quarantined",
            document_id=each.operation.document_id,
            operation_id=each.operation.operation_id,
            code=ID_TAKEN,
        )
        for place, each in enumerate(taken)
    ]
    replica.append_feed(tx, rows)
    if taken:
        replica.raise_alarm_daily(tx, kind=ID_TAKEN, subject=speaker.node_id, office_id=speaker.office_id, now=now)


def _was_theirs(tx: Transaction, speaker: Speaker, operation: Operation) -> bool:
    return scopes.was_not_heard(
        tx,
        document_id=operation.document_id,
        scope=office_scope(speaker.office_id),
        node_id=speaker.node_id,
        incarnation=speaker.incarnation,
        oseq=operation.oseq,
    )


def _code(operation: Operation, broken: str | None, *, generation: int | None) -> str | None:
    """Why the operation cannot count, whatever it says; ``None`` where that is still to be judged."""
    if operation.kind not in WRITABLE:
        return "kind-not-writable"
    if generation is not None and operation.generation < generation:
        return ERASED
    return broken


def _broken(operation: Operation) -> str | None:
    try:
        check_operation(operation.update, client_id=operation.client_id)
    except MalformedUpdate as malformed:
        return f"update-{malformed.rule}"
    return None


def _row(verdict: Verdict, speaker: Speaker, arrival: int, now: datetime) -> dict[str, object]:
    operation = verdict.operation
    return {
        "operation_id": operation.operation_id,
        "document_id": operation.document_id,
        "kind": operation.kind,
        "node_id": speaker.node_id,
        "incarnation": speaker.incarnation,
        "oseq": operation.oseq,
        "hash": verdict.hash,
        "client_id": operation.client_id,
        "made_at": operation.made_at,
        "received_at": now,
        "body": None if verdict.quarantine_code == ERASED else operation.update,
        "quarantine_code": verdict.quarantine_code,
        "state": ingest.RECEIVED,
        "arrival": arrival,
        "generation": operation.generation,
        "rebase_of": operation.rebase_of,
    }


def _result(verdict: Verdict) -> OperationResult:
    operation: Operation = verdict.operation
    if verdict.quarantine_code is not None:
        return OperationResult(operation_id=operation.operation_id, outcome="quarantined", code=verdict.quarantine_code)
    return OperationResult(operation_id=operation.operation_id, outcome="duplicate" if verdict.is_known else "accepted")
