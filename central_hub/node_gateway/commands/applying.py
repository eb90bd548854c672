"""One operation applied to a document, for a trial: nothing is written until it was judged."""

from central_hub.node_gateway.commands.judgement import Quarantined
from central_hub.storage.ingest import ReceivedOperation
from central_hub.storage.replica import StoredDocument
from sync.documents.document import DocumentPanic, Merged, merge


def applied(stored: StoredDocument | None, operation: ReceivedOperation) -> Merged:
    """The document with the operation; raises Quarantined where they make no document of ours."""
    if operation.body is None:
        raise Quarantined("erased")
    try:
        clients = [operation.client_id, *(stored.waiting if stored else ())]
        return merge(stored.snapshot if stored else None, [operation.body], clients=clients)
    except DocumentPanic as panic:
        raise Quarantined("update-panics") from panic
    except (ValueError, RecursionError) as error:  # of pycrdt, json and msgspec: no update, or no document of ours
        raise Quarantined("update-malformed") from error
