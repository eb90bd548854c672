"""What an operation's bytes say of others: upon which it was made, and whether what it tells was told before."""

from central_hub.storage.ingest import ReceivedOperation
from sync.documents.document import DocumentView
from sync.documents.validator import FIELDS, Anatomy, MalformedUpdate, check_operation


def made_upon(operation: ReceivedOperation) -> set[int]:
    """The client ids of the operations whose entries it writes over."""
    anatomy = _anatomy(operation)
    return {client for client, _ in anatomy.overwritten} if anatomy else set()


def is_told(operation: ReceivedOperation, said: DocumentView) -> bool:
    """Whether the document holds its events and attachments, which keep their ids however often they are made anew."""
    anatomy = _anatomy(operation)
    brought = {place for place in anatomy.written if place[0] != FIELDS} if anatomy else set()
    held = {("ev", key) for key in said.events} | {("att", key) for key in said.attachments}
    return bool(brought) and brought <= held


def _anatomy(operation: ReceivedOperation) -> Anatomy | None:
    """``None`` for what is no operation of ours, or is erased."""
    if operation.body is None:
        return None
    try:
        return check_operation(operation.body, client_id=operation.client_id)
    except MalformedUpdate:
        return None
