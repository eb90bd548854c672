"""What a node's database promises after any accident, read with plain SQLite."""

import sqlite3
from collections import Counter
from collections.abc import Iterator

import msgspec

from sync.documents import document as documents
from sync.replication import outbox
from sync.replication.identity import link_hash
from sync.storage import Reader, replica
from sync.storage.replica import StoredOperation
from sync.vocabulary.identifiers.official_number import parse_official_number
from tests.storage_faults.told import Told
from tests.storage_faults.work import remote_operation_id


class Content(msgspec.Struct, kw_only=True):
    """What a database holds, as far as anything was told about it; and what contradicts itself in it."""

    is_made: bool = False
    numbers: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()
    events: frozenset[tuple[str, str]] = frozenset()
    cursor: int = 0
    acknowledged: int = 0
    faults: tuple[str, ...] = ()


def read_content(connection: sqlite3.Connection) -> Content:
    """Everything the promises are about."""
    connection.row_factory = sqlite3.Row
    reader = Reader(connection)
    problems = [str(problem) for problem in reader.column("pragma integrity_check") if problem != "ok"]
    problems += [f"foreign key: {table}" for table in reader.column("pragma foreign_key_check")]
    if problems or not _is_made(reader):
        return Content(faults=tuple(problems))
    cases = reader.rows("select case_id, number from cases", _Case)
    views = {case.case_id: outbox.view(reader, case.case_id) for case in cases}
    problems += [f"case {case_id} has no document" for case_id, view in views.items() if view is None]
    events = frozenset(
        (case_id, str(event["kind"])) for case_id, view in views.items() if view for event in view.events.values()
    )
    waiting = reader.scalar("select min(oseq) from replica_operations where state = 'waiting'")
    link, stream = replica.link(reader), replica.stream(reader)
    return Content(
        is_made=True,
        numbers=frozenset(case.number for case in cases),
        keys=frozenset(str(key) for key in reader.column("select key from idempotency_keys")),
        events=events,
        cursor=link.cursor,
        acknowledged=stream.oseq if waiting is None else int(waiting) - 1,
        faults=(*problems, *_chain(reader), *_counters(reader, cases), *_heard(reader, link.cursor), *_digests(reader)),
    )


class _Case(msgspec.Struct, frozen=True, kw_only=True):
    case_id: str
    number: str


def _is_made(reader: Reader) -> bool:
    tables = reader.column("select name from sqlite_master where name = 'replica_stream'")
    return bool(tables) and reader.scalar("select 1 from replica_stream") is not None


def _chain(reader: Reader) -> Iterator[str]:
    """The chain has no gap, every hash follows from the one before, and the head is its end."""
    stream = replica.stream(reader)
    own = reader.rows("select * from replica_operations where oseq is not null order by oseq", StoredOperation)
    if [each.oseq for each in own] != list(range(1, stream.oseq + 1)):
        yield f"the stream stands at {stream.oseq}, its operations at {[each.oseq for each in own][-3:]}"
    head = b""
    for each in own:
        head = link_hash(head, outbox.as_operation(each))
        if head != each.hash:
            yield f"operation {each.oseq} does not follow from the one before"
    if head != stream.head_hash:
        yield "the head of the stream is not the hash of its last operation"


def _counters(reader: Reader, cases: list[_Case]) -> Iterator[str]:
    """No number in use is still to be drawn, and none is borne twice."""
    own = [parse_official_number(case.number).counter for case in cases if case.number.startswith("SHV")]
    following = int(reader.scalar("select max(next) from replica_leases") or 0)
    if own and max(own) >= following:
        yield f"number {max(own)} is in use, and {following} would be drawn next"
    if len(set(own)) != len(own):
        yield "a number is borne by two cases"


def _heard(reader: Reader, cursor: int) -> Iterator[str]:
    """Everything up to the cursor is here."""
    for seq in range(1, cursor + 1):
        if not replica.has_operation(reader, operation_id=remote_operation_id(seq)):
            yield f"the cursor is at {cursor}, item {seq} is absent"


def _digests(reader: Reader) -> Iterator[str]:
    """Each document's digest is that of its bytes, and no operation is absent from them."""
    for document_id in reader.column("select document_id from replica_documents"):
        stored = replica.document(reader, document_id=str(document_id))
        assert stored is not None
        clocks = documents.clocks(stored.snapshot)
        if documents.digest(clocks, documents.view(stored.snapshot)) != stored.digest:
            yield f"document {document_id}: its digest is not that of its bytes"
        sql = "select client_id from replica_operations where document_id = :document_id"
        absent = {*reader.column(sql, document_id=document_id)} - clocks.keys()
        if absent:
            yield f"document {document_id}: its bytes lack operations {absent}"


def broken_promises(content: Content, told: list[Told]) -> Iterator[str]:
    """What was told and is not so."""
    yield from content.faults
    for each in told:
        if each.number is not None and (each.number not in content.numbers or each.key not in content.keys):
            yield f"case {each.number} was acknowledged and is absent"
        if each.event is not None and (each.case_id, each.event) not in content.events:
            yield f"step {each.event} of {each.case_id} was acknowledged and is absent"
        if each.cursor is not None and content.cursor < each.cursor:
            yield f"the hub was heard up to {each.cursor}, the cursor is at {content.cursor}"
        if each.settled is not None and content.acknowledged < each.settled:
            yield f"the hub holds up to {each.settled}, the outbox begins after {content.acknowledged}"
    yield from _told_twice({(each.number, each.key) for each in told if each.number is not None})


def _told_twice(numbers: set[tuple[str, str | None]]) -> Iterator[str]:
    """A number is told under one key only, and a key is told one number, however often it asks."""
    for place, what in enumerate(("number", "key")):
        for told, times in Counter(each[place] for each in numbers).items():
            if times > 1:
                yield f"{what} {told} was told {times} ways"
