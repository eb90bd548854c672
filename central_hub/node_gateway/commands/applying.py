"""One operation applied to a document, for a trial: nothing is written until it was judged."""

from central_hub.node_gateway.commands.found import FOUND
from central_hub.node_gateway.commands.judgement import Quarantined
from central_hub.storage.ingest import ReceivedOperation
from central_hub.storage.replica import StoredDocument
from sync.documents.document import DocumentPanic, Merged, clients_in, merge

DOCUMENT_BYTES_MAX = 1 << 20  # a day of 4,000 bookings; a case is some KB, and a node takes no document of 4 MiB


def applied(stored: StoredDocument | None, operation: ReceivedOperation) -> Merged:
    """The document with the operation; raises Quarantined where they make no document of ours."""
    if operation.body is None:
        raise Quarantined("erased")
    try:
        clients = [operation.client_id, *(stored.waiting if stored else ())]
        merged = merge(stored.snapshot if stored else None, [operation.body], clients=clients)
    except DocumentPanic as panic:
        raise Quarantined("update-panics") from panic
    except (ValueError, RecursionError) as error:  # of pycrdt, json and msgspec: no update, or no document of ours
        raise Quarantined("update-malformed") from error
    if len(merged.snapshot) > DOCUMENT_BYTES_MAX:
        raise Quarantined("update-document-size")
    is_known = stored is not None and operation.client_id in clients_in(stored.snapshot)
    is_more = stored is not None and merged.digest != stored.digest
    # it may have come in a copy that was found, and is nothing more then; else what follows under another's id would be
    # taken for that one's own
    if is_known and is_more and operation.quarantine_code != FOUND:
        raise Quarantined("update-known-client")
    return merged
