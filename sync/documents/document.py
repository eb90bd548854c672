"""One replicated document: three flat root maps, changed by operations of one fresh client id each.

``f`` holds scalar fields, ``ev`` immutable events by ULID, ``att`` attachments by ULID. A ``Doc`` lives only as long as
one function here: kept live it costs ten times its bytes, and an id that wrote before a rewind must never write again.
"""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import msgspec
from pycrdt import Doc, Map, get_state, merge_updates
from ulid import ULID

from sync.documents.encoding import ENTRY_VALUES_MAX, INTEGER_MAX, KEY, Entry, Scalar, unsigned
from sync.documents.validator import ROOTS, STRUCTS_MAX, VALUES_MAX, Place, Value, delete_set, join, plain
from sync.vocabulary.errors import InvalidInput

__all__ = [
    "DIGEST_BYTES",
    "INTEGER_MAX",
    "DocumentPanic",
    "DocumentView",
    "Entry",
    "Merged",
    "Scalar",
    "change",
    "clients_in",
    "clocks",
    "decode_state_vector",
    "digest",
    "fresh_client_id",
    "merge",
    "redacted",
    "self_test",
    "view",
]

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
RANDOM_BITS = 22
DIGEST_BYTES = 8
SECONDS_MAX = 2**31 - 1  # 31 + 22 bits stay inside the 53 that Yjs allows a client id

_FIELDS, _EVENTS, _ATTACHMENTS = "f", "ev", "att"


class DocumentPanic(RuntimeError):  # noqa: N818 - what happened, in yrs' own word
    """Yrs gave up over these bytes: they go to quarantine, the process goes on."""


class _PanicsTold:
    """Turns pyo3's ``PanicException``, which no ``except Exception`` sees, and nothing else into `DocumentPanic`."""

    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if kind is not None and (kind.__module__, kind.__name__) == ("pyo3_runtime", "PanicException"):
            raise DocumentPanic(str(error)) from error


_panics_told = _PanicsTold()


class DocumentView(msgspec.Struct, frozen=True, kw_only=True):
    """What a document says, as plain values; names a newer version added are kept."""

    fields: dict[str, Scalar]
    events: dict[str, Entry]
    attachments: dict[str, Entry]

    @property
    def files(self) -> set[str]:
        """The hashes of the files that its attachments name."""
        named = (attachment.get("sha256") for attachment in self.attachments.values())
        return {sha256 for sha256 in named if isinstance(sha256, str)}


class Merged(msgspec.Struct, frozen=True, kw_only=True):
    """A snapshot, what it says, and the client ids whose changes, or a part of them, wait for something missing.

    ``digest`` is the same for two replicas that hold the same, however it came: see `digest`.
    """

    snapshot: bytes
    view: DocumentView
    waiting: frozenset[int]
    digest: bytes


_DECODER = msgspec.json.Decoder(DocumentView)


def fresh_client_id(*, now: datetime, operation_id: str) -> int:
    """A client id for one operation: its seconds bias ties to the later write, 22 bits of the ULID make it unique."""
    seconds = int((now - EPOCH).total_seconds())
    random_bits = int(ULID.from_str(operation_id)) & ((1 << RANDOM_BITS) - 1)
    return min(max(seconds, 0), SECONDS_MAX) << RANDOM_BITS | random_bits


def change(
    snapshot: bytes | None,
    *,
    client_id: int,
    fields: Mapping[str, Scalar],
    events: Mapping[str, Entry],
    attachments: Mapping[str, Entry],
) -> bytes:
    """The update that makes these changes to ``snapshot``: one operation, one transaction, one fresh client id.

    Raises:
        InvalidInput: a value would not survive the journey, or the parts are too many for one operation.
        ValueError: there is nothing to change.
        DocumentPanic: yrs gave up.
    """
    _check_size(fields, events, attachments)
    for names in (fields, *events.values(), *attachments.values()):
        _check_entry(names)
    for name in (*events, *attachments):
        _check_key(name)
    with _panics_told:
        document: Doc[Map[object]] = Doc(client_id=client_id)
        if snapshot is not None:
            document.apply_update(snapshot)
        updates: list[bytes] = []
        subscription = document.observe(lambda happened: updates.append(bytes(happened.update)))
        with document.transaction():
            for root, entries in ((_FIELDS, fields), (_EVENTS, events), (_ATTACHMENTS, attachments)):
                if entries:
                    document.get(root, type=Map).update(dict(entries))
        document.unobserve(subscription)
    (update,) = updates
    return update


def redacted(said: DocumentView, *, client_id: int) -> bytes:
    """A document that says just this and carries no byte of the one it takes the place of; raises as ``change``."""
    return change(None, client_id=client_id, fields=said.fields, events=said.events, attachments=said.attachments)


def merge(snapshot: bytes | None, updates: Iterable[bytes], *, clients: Iterable[int]) -> Merged:
    """``snapshot`` with ``updates``, in any order and twice if need be.

    Bytes are merged first: loading and saving drops what waits for a missing part, and an operation may wait for a
    part while the rest of it is in place. Only a document without a gap is saved compacted. ``clients`` are ids whose
    changes the result should hold, whether or not the bytes name them; those that waited before are among them.

    Raises:
        ValueError: the bytes are no update, or make no document of ours.
        DocumentPanic: yrs gave up.
    """
    parts = [*([] if snapshot is None else [snapshot]), *updates]
    wanted = frozenset(clients)
    return _joined(parts, wanted) or _merged(parts, wanted)


def _merged(parts: list[bytes], clients: frozenset[int]) -> Merged:
    with _panics_told:
        merged = merge_updates(*parts) if len(parts) > 1 else parts[0]
        document: Doc[Map[object]] = Doc()
        with document.transaction():
            document.apply_update(merged)
            reached = decode_state_vector(document.get_state())
            waiting = (clients - reached.keys()) | _behind(merged, reached) | _undeleted(parts, reached)
            snapshot = merged if waiting else document.get_update()
            said = _view(document)
    return Merged(snapshot=snapshot, view=said, waiting=waiting, digest=digest(reached, said))


def _joined(parts: list[bytes], clients: frozenset[int]) -> Merged | None:
    """The same without yrs, where no two of the parts have an entry or a client in common and none misses anything."""
    reached: dict[int, int] = {}
    written: dict[Place, Value] = {}
    size = 0
    for part in reversed(parts):  # operations are short, and tell soonest that something was written over
        read = plain(part)
        if read is None:
            return None
        reached |= read.clocks
        written |= read.written
        size += len(read.clocks) + len(read.written)
    if size != len(reached) + len(written) or not clients <= reached.keys():
        return None
    said = _said(written)
    return Merged(snapshot=join(parts), view=said, waiting=frozenset(), digest=digest(reached, said))


def digest(clocks: Mapping[int, int], said: DocumentView) -> bytes:
    """Eight bytes over what a document holds: snapshots of equal documents differ, and deletes move no clock."""
    covered = msgspec.json.encode((sorted(clocks.items()), said), order="sorted")
    return hashlib.sha256(covered).digest()[:DIGEST_BYTES]


def view(snapshot: bytes) -> DocumentView:
    """What ``snapshot`` says.

    Raises:
        ValueError: the bytes are no update, or make no document of ours.
        DocumentPanic: yrs gave up.
    """
    if (read := plain(snapshot)) is not None:
        return _said(read.written)
    with _panics_told:
        document: Doc[Map[object]] = Doc()
        with document.transaction():
            document.apply_update(snapshot)
            return _view(document)


def clocks(snapshot: bytes) -> dict[int, int]:
    """How far ``snapshot`` holds each client's changes, without a gap; raises as ``view``."""
    with _panics_told:
        document: Doc[Map[object]] = Doc()
        document.apply_update(snapshot)
        return decode_state_vector(document.get_state())


def clients_in(snapshot: bytes) -> set[int]:
    """The client ids of which ``snapshot`` holds a change, whether or not something before it is missing."""
    return set(decode_state_vector(get_state(snapshot)))


def decode_state_vector(encoded: bytes) -> dict[int, int]:
    """Clock by client id."""
    count, position = unsigned(encoded, 0)
    reached: dict[int, int] = {}
    for _ in range(count):
        client, position = unsigned(encoded, position)
        reached[client], position = unsigned(encoded, position)
    return reached


def _behind(merged: bytes, reached: Mapping[int, int]) -> frozenset[int]:
    """The clients of whose changes the bytes hold more than the document took in."""
    told = decode_state_vector(get_state(merged))
    return frozenset(client for client, clock in told.items() if reached.get(client, 0) < clock)


def _undeleted(parts: Iterable[bytes], reached: Mapping[int, int]) -> frozenset[int]:
    """The clients of whose changes an update that only deletes would delete more than the document holds."""
    missing: set[int] = set()
    for part in parts:
        if part.startswith(b"\0"):
            deleted, _ = delete_set(part, 1, deleted_max=STRUCTS_MAX)
            missing.update(client for client, clock in deleted if reached.get(client, 0) <= clock)
    return frozenset(missing)


def _view(document: Doc[Map[object]]) -> DocumentView:
    fields, events, attachments = (str(document.get(root, type=Map)) for root in (_FIELDS, _EVENTS, _ATTACHMENTS))
    return _DECODER.decode(f'{{"fields":{fields},"events":{events},"attachments":{attachments}}}')


def _said(written: Mapping[Place, Value]) -> DocumentView:
    """What these entries say; those under a root of a newer version say nothing here."""
    by_root: dict[str, dict[str, Any]] = {root: {} for root in ROOTS}  # entries under each but the first: checked
    for (root, key), value in written.items():
        if root in by_root:
            by_root[root][key] = value
    return DocumentView(fields=by_root[_FIELDS], events=by_root[_EVENTS], attachments=by_root[_ATTACHMENTS])


def self_test() -> None:
    """Whether this build of pycrdt keeps the promises the replication stands on.

    Raises:
        RuntimeError: it does not; the app must not start.
    """
    first = change(None, client_id=1, fields={"k": 1}, events={}, attachments={})
    second = change(first, client_id=2, fields={"k": 2}, events={}, attachments={})
    third = change(merge_updates(first, second), client_id=3, fields={"k": 3}, events={}, attachments={})
    early = merge(first, [third], clients=[1, 3])
    whole = merge(early.snapshot, [second, second], clients=[1, 2, 3])
    if whole.waiting or view(whole.snapshot).fields != {"k": 3}:
        raise RuntimeError("this build of pycrdt loses updates that arrive out of order")


def _check_size(fields: Mapping[str, Scalar], events: Mapping[str, Entry], attachments: Mapping[str, Entry]) -> None:
    entries = [*events.values(), *attachments.values()]
    sizes = (
        (len(fields) + len(entries), STRUCTS_MAX),
        (len(fields) + sum(map(len, entries)), VALUES_MAX),
        (max(map(len, entries), default=0), ENTRY_VALUES_MAX),
    )
    for size, maximum in sizes:
        if size > maximum:
            raise InvalidInput(field="document", rule="operation-size", maximum=maximum)


def _check_entry(entry: Mapping[str, object]) -> None:
    for name, value in entry.items():
        _check_key(name)
        match value:
            case None | bool():
                pass
            case int():
                if abs(value) > INTEGER_MAX:
                    raise InvalidInput(field=name, rule="integer-range", maximum=INTEGER_MAX)
            case str():
                _check_text(name, value)
            case _:
                raise InvalidInput(field=name, rule="scalar")


def _check_key(name: str) -> None:
    if KEY.fullmatch(name) is None:
        raise InvalidInput(field=name, rule="pattern")


def _check_text(name: str, text: str) -> None:
    """No zero letter, which PostgreSQL does not keep, and no half of a letter, at which yrs panics."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput(field=name, rule="invalid") from error
    if "\0" in text:
        raise InvalidInput(field=name, rule="invalid")
