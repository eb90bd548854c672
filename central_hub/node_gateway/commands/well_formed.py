"""What a message must look like before the database is asked: no column holds more, and no seal is ambiguous."""

import re
from collections.abc import Iterable
from datetime import MAXYEAR, MINYEAR

from sync.replication.messages import HelloRequest, NumberLease, Operation
from sync.vocabulary.errors import InvalidInput

CLIENT_ID_MAX = 2**53 - 1  # what Yjs allows
PLACE_MAX = 2**63 - 1  # what a database counts
SMALL_MAX = 2**31 - 1
_OPERATION_ID = re.compile(r"[0-9A-Z]{26}")
_DOCUMENT_ID = re.compile(r"[0-9A-Za-z._-]{1,64}")
_KIND = re.compile(r"[a-z_]{1,32}")
_INCARNATION = re.compile(r"[0-9A-Za-z]{8,26}")


def check_operation_header(operation: Operation) -> None:
    """Raises InvalidInput for ids, numbers or a moment that no node of ours writes."""
    _check_text("operation_id", operation.operation_id, _OPERATION_ID)
    check_document_id(operation.document_id)
    _check_text("kind", operation.kind, _KIND)
    if operation.rebase_of is not None:
        _check_text("rebase_of", operation.rebase_of, _OPERATION_ID)
    _check_number("client_id", operation.client_id, CLIENT_ID_MAX)
    _check_number("generation", operation.generation, SMALL_MAX)
    if operation.made_at.tzinfo is None or not MINYEAR < operation.made_at.year < MAXYEAR:
        raise InvalidInput(field="made_at", rule="aware-time")


def check_hello(hello: HelloRequest) -> None:
    """The same for a greeting."""
    _check_text("incarnation", hello.incarnation, _INCARNATION)
    _check_number("oseq", hello.oseq, PLACE_MAX)
    _check_number("acknowledged_oseq", hello.acknowledged_oseq, PLACE_MAX)
    _check_number("cursor", hello.cursor, PLACE_MAX)
    for lease in hello.leases:
        _check_lease(lease)


def check_document_ids(document_ids: Iterable[str]) -> None:
    """The same for ids of documents."""
    for document_id in document_ids:
        check_document_id(document_id)


def check_document_id(document_id: str) -> None:
    """The same for one."""
    _check_text("document_id", document_id, _DOCUMENT_ID)


def check_generation(generation: int) -> None:
    """The same for the generation of a document."""
    _check_number("generation", generation, SMALL_MAX)


def _check_lease(lease: NumberLease) -> None:
    if lease.incarnation:
        _check_text("incarnation", lease.incarnation, _INCARNATION)
    for name, number in (("year", lease.year), ("first", lease.first), ("last", lease.last)):
        _check_number(name, number, SMALL_MAX)


def _check_text(field: str, text: str, form: re.Pattern[str]) -> None:
    if form.fullmatch(text) is None:
        raise InvalidInput(field=field, rule="pattern")


def _check_number(field: str, number: int, maximum: int) -> None:
    if not 0 <= number <= maximum:
        raise InvalidInput(field=field, rule="between", minimum=0, maximum=maximum)
