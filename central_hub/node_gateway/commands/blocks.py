"""After a quarantined operation what its node changed in the document does not count until it was made anew."""

from collections.abc import Mapping

from central_hub.storage.ingest import ReceivedOperation

DEPENDS = "depends-on-quarantined"
ERASED = "erased"


class Blocks:
    """The blocks of a batch's documents, by node and document, as they stood and as they become."""

    def __init__(self, stood: Mapping[tuple[str, str], str]) -> None:
        self._blocks: dict[tuple[str, str], str | None] = dict(stood)
        self.changed: dict[tuple[str, str], str | None] = {}
        self.made_anew: dict[tuple[str, str], int] = {}  # by the arrival of the operation that says so

    def is_blocked(self, operation: ReceivedOperation) -> bool:
        """Whether it follows a quarantined operation and was not made anew after it."""
        block = self._blocks.get(_key(operation))
        return block is not None and operation.rebase_of != block

    def quarantined(self, operation: ReceivedOperation, *, code: str) -> None:
        """What follows it in its document does not count; after an erasure there is nothing to follow."""
        if code != ERASED and not self.is_blocked(operation):
            self._set(operation, operation.operation_id)

    def merged(self, operation: ReceivedOperation) -> None:
        """It lifts the block it was made anew after, or was itself before a person released it."""
        block = self._blocks.get(_key(operation))
        if block is not None and block in {operation.rebase_of, operation.operation_id}:
            self._set(operation, None)
            if block == operation.rebase_of:
                self.made_anew[_key(operation)] = operation.arrival or 0

    def _set(self, operation: ReceivedOperation, operation_id: str | None) -> None:
        self._blocks[_key(operation)] = operation_id
        self.changed[_key(operation)] = operation_id


def _key(operation: ReceivedOperation) -> tuple[str, str]:
    return (operation.node_id, operation.document_id)
