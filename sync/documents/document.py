"""One replicated document: three flat root maps, changed by operations of one fresh client id each.

``f`` holds scalar fields, ``ev`` immutable events by ULID, ``att`` attachments by ULID. A ``Doc`` lives only as long as
one function here: kept live it costs ten times its bytes, and an id that wrote before a rewind must never write again.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime

import msgspec
from pycrdt import Doc, Map, merge_updates
from ulid import ULID

from sync.vocabulary.errors import InvalidInput

Scalar = str | int | bool | None
Entry = dict[str, Scalar]

INTEGER_MAX = 2**53 - 1  # Yjs keeps numbers as floats: beyond this they would change silently
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
RANDOM_BITS = 22
DIGEST_BYTES = 8
SECONDS_MAX = 2**31 - 1  # 31 + 22 bits stay inside the 53 that Yjs allows a client id

_FIELDS, _EVENTS, _ATTACHMENTS = "f", "ev", "att"


class DocumentView(msgspec.Struct, frozen=True, kw_only=True):
    """What a document says, as plain values; names a newer version added are kept."""

    fields: dict[str, Scalar]
    events: dict[str, Entry]
    attachments: dict[str, Entry]


class Merged(msgspec.Struct, frozen=True, kw_only=True):
    """A snapshot, what it says, and the client ids among those given whose changes wait for something missing.

    ``digest`` is the same for two replicas that hold the same, however it came: see `digest`.
    """

    snapshot: bytes
    view: DocumentView
    waiting: frozenset[int]
    digest: bytes


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
        InvalidInput: a number is too large to survive the journey.
    """
    for entry in (fields, *events.values(), *attachments.values()):
        _check_numbers(entry)
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


def merge(snapshot: bytes | None, updates: Iterable[bytes], *, clients: Iterable[int]) -> Merged:
    """``snapshot`` with ``updates``, in any order and twice if need be.

    Bytes are merged first: loading and saving drops what waits for a missing part. Only a document without a gap is
    saved compacted. ``clients`` are the ids whose changes the result should hold.

    Raises:
        ValueError: the bytes are no update, or make no document of ours.
    """
    parts = [*([] if snapshot is None else [snapshot]), *updates]
    merged = merge_updates(*parts) if len(parts) > 1 else parts[0]
    document: Doc[Map[object]] = Doc()
    document.apply_update(merged)
    clocks = decode_state_vector(document.get_state())
    waiting = frozenset(clients) - clocks.keys()
    snapshot = merged if waiting else document.get_update()
    said = _view(document)
    return Merged(snapshot=snapshot, view=said, waiting=waiting, digest=digest(clocks, said))


def digest(clocks: Mapping[int, int], said: DocumentView) -> bytes:
    """Eight bytes over what a document holds: snapshots of equal documents differ, and deletes move no clock."""
    covered = msgspec.json.encode((sorted(clocks.items()), said), order="sorted")
    return hashlib.sha256(covered).digest()[:DIGEST_BYTES]


def view(snapshot: bytes) -> DocumentView:
    """What ``snapshot`` says."""
    document: Doc[Map[object]] = Doc()
    document.apply_update(snapshot)
    return _view(document)


def _view(document: Doc[Map[object]]) -> DocumentView:
    fields, events, attachments = (
        json.loads(str(document.get(root, type=Map))) for root in (_FIELDS, _EVENTS, _ATTACHMENTS)
    )
    return msgspec.convert({"fields": fields, "events": events, "attachments": attachments}, type=DocumentView)


def clocks(snapshot: bytes) -> dict[int, int]:
    """How far ``snapshot`` holds each client's changes, without a gap."""
    document: Doc[Map[object]] = Doc()
    document.apply_update(snapshot)
    return decode_state_vector(document.get_state())


def decode_state_vector(encoded: bytes) -> dict[int, int]:
    """Clock by client id."""
    read = _variable_integers(encoded)
    return {read(): read() for _ in range(read())}


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


def _check_numbers(entry: Mapping[str, object]) -> None:
    for name, value in entry.items():
        if isinstance(value, Mapping):
            _check_numbers(value)
        elif isinstance(value, int) and abs(value) > INTEGER_MAX:
            raise InvalidInput(field=name, rule="integer-range", maximum=INTEGER_MAX)


def _variable_integers(encoded: bytes) -> Callable[[], int]:
    """A reader of the unsigned variable-length integers that stand in ``encoded`` one after another."""
    position = 0

    def read() -> int:
        nonlocal position
        value = shift = 0
        while True:
            byte = encoded[position]
            position += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:  # noqa: PLR2004 - the bit that says more follows
                return value
            shift += 7

    return read
