"""Who had booked is nobody's business a month later: names and telephones leave every replica, seats and codes stay."""

import hashlib
from datetime import datetime, timedelta

import msgspec
from ulid import ULID

from central_hub.storage import erasures, replica
from central_hub.storage.erasures import BY_TERM, Erasure
from central_hub.storage.replica import StoredDocument
from central_hub.storage.transaction import Transaction
from sync.documents.document import change, fresh_client_id, merge, view
from sync.vocabulary.working_days import local_day

NAMES_KEPT_DAYS = 30  # after the day of the appointment: as long as somebody may complain of it
BATCH_DAYS = 20
PERSONAL = frozenset({"name", "phone"})


def forget_names(tx: Transaction, *, now: datetime) -> int:
    """Begin the next generation of days long past, without names, a small batch at a time; how many days that were."""
    past = erasures.days_with_names(tx, before=local_day(now) - timedelta(days=NAMES_KEPT_DAYS), limit=BATCH_DAYS)
    for stored in past:
        _forget(tx, stored, now=now)
    return len(past)


def _forget(tx: Transaction, stored: StoredDocument, *, now: datetime) -> None:
    document_id, said = stored.document_id, view(stored.snapshot)
    seq, generation = replica.reserve(tx, count=1), stored.generation + 1
    anew = change(
        None,
        client_id=fresh_client_id(now=now, operation_id=_id_of(document_id, generation)),
        fields=said.fields,
        events={
            event_id: {name: fact for name, fact in entry.items() if name not in PERSONAL}
            for event_id, entry in said.events.items()
        },
        attachments={},
    )
    merged = merge(None, [anew], clients=())
    scopes = erasures.scopes_that_knew(tx, document_id=document_id)
    erasures.purge(tx, document_id=document_id)
    kept = msgspec.structs.replace(
        stored, snapshot=merged.snapshot, waiting=(), generation=generation, digest=merged.digest
    )
    replica.save_document(tx, kept)
    erasure = Erasure(document_id=document_id, generation=generation, ordered_at=now, ordered_by="city", act=BY_TERM)
    erasures.order(tx, erasure, scopes=scopes, seq=seq)


def _id_of(document_id: str, generation: int) -> str:
    """What the new bytes are written under: drawn from what they are, since nothing else begins this generation."""
    digest = hashlib.sha256(f"{document_id}\n{generation}".encode()).digest()
    return str(ULID.from_bytes(digest[:16]))
