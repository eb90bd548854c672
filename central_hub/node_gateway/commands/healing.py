"""A document that differs between a node and the hub: made whole from what the hub once took, and from the node's."""

from datetime import datetime

import msgspec

from central_hub.node_gateway import queries
from central_hub.node_gateway.commands.case_row import case_row
from central_hub.node_gateway.commands.found import keep_found
from central_hub.node_gateway.commands.judgement import Quarantined
from central_hub.node_gateway.commands.well_formed import check_document_id
from central_hub.node_gateway.model import Speaker
from central_hub.storage import digests, ingest, replica
from central_hub.storage.fixity import ROTTEN
from central_hub.storage.replica import FeedRow, StoredDocument
from central_hub.storage.transaction import Transaction
from sync.documents.document import clocks, merge, view
from sync.documents.validator import MalformedUpdate, check_snapshot
from sync.replication.messages import HealAnswer, HealRequest, PullItem


def heal(tx: Transaction, *, speaker: Speaker, request: HealRequest, now: datetime) -> HealAnswer:
    """The document as it is right: the hub's own, its operations once more, and what of the node's was taken before.

    The node's bytes count only where every change in them that the hub misses is of an operation it merged: a node can
    write nothing by this way. What else they hold, of a case that was not erased, is set apart for a person. There is
    an alarm in any case, once a day. Answers nothing for a document outside the node's scope; and
    that it is to be kept, where nothing is shown of one that the hub does not know.
    """
    check_document_id(request.document_id)
    seq = replica.reserve(tx, count=1)
    scopes = replica.scopes_of(tx, document_id=request.document_id)
    stored = replica.document(tx, document_id=request.document_id)
    is_theirs = stored is not None and bool(scopes.intersection(speaker.scopes))
    if stored is None and not request.snapshot:
        return HealAnswer(item=None, is_kept=True)
    subject = request.document_id if is_theirs else speaker.node_id  # of what it does not read it tells us nothing
    replica.raise_alarm_daily(tx, kind="digest", subject=subject, office_id=speaker.office_id, now=now)
    is_kept = False
    if stored is None or (is_theirs and stored.kind == "case" and stored.generation == 0):
        is_kept = _is_found(tx, stored, speaker=speaker, request=request, now=now)
    if stored is None or not is_theirs:
        return HealAnswer(item=None, is_kept=is_kept)
    whole = _mended(tx, stored, request) if stored.digest != ROTTEN else _rebuilt(tx, stored, request)
    if whole is None:
        return HealAnswer(item=None, is_kept=True)  # what rotted here is nobody's to take
    if whole.digest != stored.digest:
        replica.save_document(tx, whole)
        _save_row(tx, whole, now=now)
        rows = [
            FeedRow(scope=scope, seq=seq, what="snapshot", document_id=request.document_id) for scope in sorted(scopes)
        ]
        replica.append_feed(tx, rows)
    told = {"seq": seq, "what": "snapshot", "document_id": whole.document_id, "kind": whole.kind}
    told |= {"update": whole.snapshot, "generation": whole.generation}
    return HealAnswer(item=msgspec.convert(told, type=PullItem))


def _is_found(
    tx: Transaction, stored: StoredDocument | None, *, speaker: Speaker, request: HealRequest, now: datetime
) -> bool:
    """Whether the node's bytes hold what the hub never heard of, and are kept for a person to look at."""
    brought = _clocks(request.snapshot)
    held = clocks(stored.snapshot) if stored is not None and stored.digest != ROTTEN else {}
    missing = {client for client, clock in brought.items() if clock > held.get(client, 0)}
    lacking = missing - ingest.clients_heard(tx, document_id=request.document_id, clients=missing)
    if not lacking:
        return False
    return keep_found(
        tx,
        speaker=speaker,
        document_id=request.document_id,
        snapshot=request.snapshot,
        lacking=lacking,
        now=now,
    )


def _clocks(snapshot: bytes) -> dict[int, int]:
    """Of the bytes a node brings; none of what is no document."""
    try:
        check_snapshot(snapshot)
    except MalformedUpdate:
        return {}
    return clocks(snapshot)


def _mended(tx: Transaction, stored: StoredDocument, request: HealRequest) -> StoredDocument:
    bodies = digests.merged_bodies(tx, document_id=stored.document_id, generation=stored.generation)
    if _is_ours(tx, stored, request.snapshot):
        bodies.append(request.snapshot)
    merged = merge(stored.snapshot, bodies, clients=stored.waiting)
    return msgspec.structs.replace(
        stored, snapshot=merged.snapshot, waiting=tuple(sorted(merged.waiting)), digest=merged.digest
    )


def _rebuilt(tx: Transaction, stored: StoredDocument, request: HealRequest) -> StoredDocument | None:
    """A document whose bytes rotted here, put together without them; ``None`` where that would lack what was merged."""
    document_id, generation = stored.document_id, stored.generation
    merged_clients = digests.all_clients(tx, document_id=document_id, generation=generation)
    bodies = digests.merged_bodies(tx, document_id=document_id, generation=generation)
    brought = _clocks(request.snapshot).keys()
    if brought and brought <= merged_clients:
        bodies.append(request.snapshot)
    if not bodies:
        return None
    merged = merge(None, bodies, clients=())
    if merged.waiting or not merged_clients <= clocks(merged.snapshot).keys():
        return None
    return msgspec.structs.replace(stored, snapshot=merged.snapshot, waiting=(), digest=merged.digest)


def _is_ours(tx: Transaction, stored: StoredDocument, snapshot: bytes) -> bool:
    """Whether the node's bytes hold nothing that the hub did not take as an operation, and take nothing away."""
    held, brought = clocks(stored.snapshot), _clocks(snapshot)
    if not brought:
        return False
    missing = {client for client, clock in brought.items() if clock > held.get(client, 0)}
    known = digests.merged_clients(tx, document_id=stored.document_id, generation=stored.generation, clients=missing)
    if missing - known:
        return False
    return _keeps(stored.snapshot, snapshot)


def _keeps(held: bytes, brought: bytes) -> bool:
    before, after = view(held), merge(held, [brought], clients=()).view
    keeps_entries = (
        before.events.items() <= after.events.items() and before.attachments.items() <= after.attachments.items()
    )
    return keeps_entries and before.fields.keys() <= after.fields.keys()


def _save_row(tx: Transaction, whole: StoredDocument, *, now: datetime) -> None:
    if whole.kind != "case":
        return
    try:
        row = case_row(view(whole.snapshot), now=now)
    except Quarantined:  # what was merged once was readable then; the row stays as it was
        return
    queries.save_cases(tx, {whole.document_id: row}, new_ids=frozenset())
