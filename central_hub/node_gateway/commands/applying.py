"""One operation applied to a document, for a trial: nothing is written until it was judged."""

from central_hub.node_gateway.commands.judgement import Quarantined
from central_hub.storage.ingest import ReceivedOperation
from sync.documents.document import Merged, merge

PANIC = "PanicException"  # of the engine beneath pycrdt, which exports no name for it


def applied(snapshot: bytes | None, operation: ReceivedOperation) -> Merged:
    """``snapshot`` with the operation; raises Quarantined where they make no document of ours."""
    if operation.body is None:
        raise Quarantined("erased")
    try:
        return merge(snapshot, [operation.body], clients=[operation.client_id])
    except (ValueError, RecursionError) as error:  # of pycrdt, json and msgspec: no update, or no document of ours
        raise Quarantined("update-malformed") from error
    except BaseException as panic:
        if type(panic).__name__ != PANIC:
            raise
        raise Quarantined("update-panics") from panic
