"""After a quarantined operation what its node changed in the document does not count until it was made anew.

So it is while the node reads the document, and is told upon what to make it anew; and where the operation would have
made the document. Of a node that does not read it nothing is awaited: each of its operations is judged for itself.
"""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from central_hub.storage.ingest import Block, ReceivedOperation
from central_hub.storage.replica import office_scope

DEPENDS = "depends-on-quarantined"
ERASED = "erased"


class Blocks:
    """The blocks of a batch's documents, by node and document, as they stood and as they become."""

    def __init__(self, stood: Iterable[Block]) -> None:
        self._blocks = {(block.node_id, block.document_id): block for block in stood}
        self.changed: dict[tuple[str, str], str | None] = {}
        self.made_anew: dict[tuple[str, str], int] = {}  # by the arrival of the operation that says so
        self.ended: list[tuple[str, str]] = []  # their nodes do not read the documents any more

    def is_blocked(self, operation: ReceivedOperation) -> bool:
        """Whether it follows a quarantined operation and was not made anew after it."""
        return _key(operation) in self._blocks and not self.is_awaited(operation)

    def is_awaited(self, operation: ReceivedOperation) -> bool:
        """Whether it was made anew after the operation that blocks its document."""
        block = self._blocks.get(_key(operation))
        return block is not None and operation.rebase_of == block.operation_id

    def quarantined(self, operation: ReceivedOperation, *, code: str) -> None:
        """What follows it in its document does not count; after an erasure there is nothing to follow."""
        if code != ERASED and not self.is_blocked(operation):
            self._set(operation, operation.operation_id)

    def merged(self, operation: ReceivedOperation) -> None:
        """It lifts the block it was made anew after, or was itself before a person released it."""
        block = self._blocks.get(_key(operation))
        if block is not None and block.operation_id in {operation.rebase_of, operation.operation_id}:
            self._set(operation, None)
            if block.operation_id == operation.rebase_of:
                self.made_anew[_key(operation)] = operation.arrival or 0

    def end(self, document_id: str, *, readers: AbstractSet[str]) -> list[Block]:
        """Lift the blocks of nodes whose offices are none of ``readers``; which those are."""
        unread = [
            block
            for block in self._blocks.values()
            if block.document_id == document_id and office_scope(block.office_id) not in readers
        ]
        for block in unread:
            key = (block.node_id, document_id)
            del self._blocks[key]
            self.changed[key] = None
            self.ended.append(key)
        return unread

    def _set(self, operation: ReceivedOperation, operation_id: str | None) -> None:
        key = _key(operation)
        self.changed[key] = operation_id
        if operation_id is None:
            del self._blocks[key]
        else:
            self._blocks[key] = Block(
                node_id=operation.node_id,
                document_id=operation.document_id,
                operation_id=operation_id,
                office_id=operation.office_id,
            )


def _key(operation: ReceivedOperation) -> tuple[str, str]:
    return (operation.node_id, operation.document_id)
