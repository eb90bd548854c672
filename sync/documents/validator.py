"""What an update must look like before yrs sees a byte of it: update encoding version 1, walked in Python.

A crafted update of 40 KB kills the interpreter inside yrs, and nine forged bytes make it lose another client's later
writes without a word; so bytes from outside come here first. The walk is bounded by counts, not by size alone, refuses
at the first byte that breaks a rule, and never recurses. What an update *means* - which entries it touches where it
only names an origin, and who may touch them - is decided behind it by comparing views.

Source: Yjs ``UpdateEncoderV1``, ``Item.write``, ``writeDeleteSet``.
"""

from collections.abc import Callable, Collection, Iterable
from functools import lru_cache

import msgspec

from sync.documents.encoding import (
    KEY,
    MAP,
    NAMES_KEPT,
    TEXT,
    Entry,
    MalformedUpdate,
    Scalar,
    entry,
    scalar,
    text,
    unsigned,
    written,
)
from sync.documents.encoding import key as read_key

__all__ = ["Anatomy", "MalformedUpdate", "Plain", "check_operation", "check_snapshot", "delete_set", "join", "plain"]

UPDATE_BYTES_MAX = 64 << 10
SNAPSHOT_BYTES_MAX = 4 << 20
STRUCTS_MAX = 512  # entries one operation writes; the largest of ours, a batch of scans, writes two a scan
VALUES_MAX = 2048  # and all scalars in them: what bounds the time of a check
SNAPSHOT_STRUCTS_MAX = 1 << 16

FIELDS = "f"
ROOTS = (FIELDS, "ev", "att")
_HOLDS_ENTRIES = {root: root != FIELDS for root in ROOTS}

# The info byte of a struct: its content in five bits, and whether an origin to the left, to the right and a key follow.
_CONTENT, _HAS_KEY, _HAS_RIGHT_ORIGIN, _HAS_ORIGIN = 0x1F, 0x20, 0x40, 0x80
_GARBAGE, _DELETED, _ANY, _SKIP = 0, 1, 8, 10
_CONTAINERS = {2, 7, 9}  # a JSON array, a shared type, a document inside a document
_NEW, _OVERWRITING = _HAS_KEY | _ANY, _HAS_ORIGIN | _HAS_KEY | _ANY
_ONE = 1
_PARENT_IS_ROOT = 1

NOTHING_DELETED = b"\0"

Id = tuple[int, int]  # client, clock
Place = tuple[str, str]  # root, key
Value = Scalar | Entry


class Anatomy(msgspec.Struct, frozen=True):
    """What an operation consists of: entries at places, and over items whose places they take.

    ``deleted`` are the items it replaces, each of them overwritten.
    """

    written: dict[Place, Value]
    overwritten: dict[Id, Value]
    deleted: frozenset[Id]


class Plain(msgspec.Struct, frozen=True):
    """What a document consists of in which nothing was written over: how far its clients came, and its entries."""

    clocks: dict[int, int]
    written: dict[Place, Value]


class _Found(msgspec.Struct):
    """What was come across so far; ``facts`` is how many more values than entries."""

    roots: Collection[str] | None
    facts_max: int
    written: dict[Place, Value] = {}
    overwritten: dict[Id, Value] = {}
    facts: int = 0


Otherwise = Callable[[bytes, int, int, _Found], int]  # the position behind an item that is not a new one


def check_operation(update: bytes, *, client_id: int) -> Anatomy:
    """The parts of ``update``, which is one operation as ``document.change`` writes it: all from ``client_id``, from 0.

    Raises:
        MalformedUpdate: it is not; ``rule`` says why.
    """
    if len(update) > UPDATE_BYTES_MAX:
        raise MalformedUpdate("size")
    found = _Found(ROOTS, VALUES_MAX)
    try:
        position = _operation_items(update, client_id, found)
        deleted, position = delete_set(update, position, deleted_max=len(found.overwritten))
    except IndexError as error:
        raise MalformedUpdate("truncated") from error
    if position != len(update):
        raise MalformedUpdate("trailing-bytes")
    if not deleted <= found.overwritten.keys():
        raise MalformedUpdate("delete-range")
    return Anatomy(written=found.written, overwritten=found.overwritten, deleted=deleted)


def check_snapshot(update: bytes, *, roots: Collection[str] | None = ROOTS) -> None:
    """Whether ``update`` can be a whole document of ours, compacted or merged: many clients, entries deleted since.

    ``roots`` is ``None`` for what comes from the hub, whose newer version may keep more under names of its own.

    Raises:
        MalformedUpdate: it cannot; ``rule`` says why.
    """
    if len(update) > SNAPSHOT_BYTES_MAX:
        raise MalformedUpdate("size")
    found = _Found(roots, SNAPSHOT_BYTES_MAX)
    try:
        _, position = _snapshot_items(update, found, otherwise=_kept_item)
        _, position = delete_set(update, position, deleted_max=SNAPSHOT_STRUCTS_MAX)
    except IndexError as error:
        raise MalformedUpdate("truncated") from error
    if position != len(update):
        raise MalformedUpdate("trailing-bytes")


def plain(update: bytes) -> Plain | None:
    """What ``update`` says, where every entry was written once and none deleted; ``None``: that is for yrs to say.

    Such is a new document, and one to which only events were added: most of all there are.
    """
    found = _Found(None, SNAPSHOT_BYTES_MAX)
    try:
        clocks, position = _snapshot_items(update, found, otherwise=_no_plain_item)
    except (MalformedUpdate, IndexError):
        return None
    is_whole = update[position:] == NOTHING_DELETED and len(found.written) == sum(clocks.values())
    return Plain(clocks, found.written) if is_whole else None


def join(parts: Iterable[bytes]) -> bytes:
    """Plain documents as one; they have no client in common."""
    count, blocks = 0, []
    for part in parts:
        clients, position = unsigned(part, 0)
        count += clients
        blocks.append(part[position : -len(NOTHING_DELETED)])
    return b"".join([written(count), *blocks, NOTHING_DELETED])


def _operation_items(update: bytes, client_id: int, found: _Found) -> int:
    """The position behind the structs of the only client."""
    clients, position = unsigned(update, 0)
    if clients != 1:
        raise MalformedUpdate("client-count")
    writer, count, position = _block_head(update, position)
    if writer != client_id:
        raise MalformedUpdate("foreign-client")
    position = _items(update, position, (writer, count), found, otherwise=_overwriting_item)
    if found.facts + count > VALUES_MAX:
        raise MalformedUpdate("value-count")
    if len(found.written) + len(found.overwritten) != count:
        raise MalformedUpdate("key")  # one transaction writes an entry once
    return position


def _snapshot_items(update: bytes, found: _Found, *, otherwise: Otherwise) -> tuple[dict[int, int], int]:
    """How many structs each client has, and the position behind them."""
    clients, position = unsigned(update, 0)
    if clients > SNAPSHOT_STRUCTS_MAX:
        raise MalformedUpdate("client-count")
    clocks: dict[int, int] = {}
    structs = 0
    for _ in range(clients):
        writer, count, position = _block_head(update, position)
        structs += count
        if structs > SNAPSHOT_STRUCTS_MAX:
            raise MalformedUpdate("struct-count")
        if writer in clocks:
            raise MalformedUpdate("client-count")
        clocks[writer] = count
        position = _items(update, position, (writer, count), found, otherwise=otherwise)
    return clocks, position


def _block_head(update: bytes, position: int) -> tuple[int, int, int]:
    """The client of a block and the number of its structs; each client's start at clock 0."""
    count, position = unsigned(update, position)
    if not 1 <= count <= STRUCTS_MAX:
        raise MalformedUpdate("struct-count")
    client, position = unsigned(update, position)
    clock, position = unsigned(update, position)
    if clock != 0:
        raise MalformedUpdate("clock")
    return client, count, position


def _items(update: bytes, position: int, block: tuple[int, int], found: _Found, *, otherwise: Otherwise) -> int:
    """The position behind the items of a client; a text in a field, which most of them are, is read on the spot."""
    writer, count = block
    entries = found.written
    for _ in range(count):
        if update[position] != _NEW:
            position = otherwise(update, position, writer, found)
            continue
        if update[position + 1] != _PARENT_IS_ROOT:
            raise MalformedUpdate("root")
        end = position + 3 + update[position + 2]
        end += 2 + update[end]
        place = _place(update[position:end])
        if update[end] == TEXT and place[0] == FIELDS:
            entries[place], position = text(update, end + 1)
        else:
            entries[place], position = _value_at(place[0], update, end, found)
    return position


@lru_cache(maxsize=NAMES_KEPT)
def _place(head: bytes) -> Place:
    """Where a new item stands, and that it has one value: all its bytes up to that."""
    root, position = _root(head, 1, None)
    name, position = read_key(head, position)
    if head[position] != _ONE:
        raise MalformedUpdate("content")
    return root, name


def _value_at(root: str, update: bytes, position: int, found: _Found) -> tuple[Value, int]:
    """A value that has the shape of its root."""
    holds_entries = _HOLDS_ENTRIES.get(root)
    if holds_entries is None and found.roots is not None:
        raise MalformedUpdate("root")
    value, position = _value(update, position, found)
    if holds_entries is not None and isinstance(value, dict) is not holds_entries:
        raise MalformedUpdate("shape")
    return value, position


def _overwriting_item(update: bytes, position: int, writer: int, found: _Found) -> int:
    """The position behind an item in the place of another, as an operation writes it."""
    if update[position] != _OVERWRITING:
        raise MalformedUpdate(_why_not(update[position]))
    return _overwriting(update, position + 1, writer, found)


def _overwriting(update: bytes, position: int, writer: int, found: _Found) -> int:
    origin, position = _origin(update, position, writer)
    if update[position] != _ONE:
        raise MalformedUpdate("content")
    found.overwritten[origin], position = _value(update, position + 1, found)
    return position


def _kept_item(update: bytes, position: int, writer: int, found: _Found) -> int:
    """The same in a document; an item that was replaced keeps its place there, but its value is gone."""
    info = update[position]
    position += 1
    if info | _HAS_KEY == _OVERWRITING:  # merged as bytes, an item without a place of its own loses the mark of a key
        return _overwriting(update, position, writer, found)
    if info == _HAS_KEY | _DELETED:
        position = read_key(update, _root(update, position, found.roots)[1])[1]
    elif info | _HAS_KEY == _HAS_ORIGIN | _HAS_KEY | _DELETED:
        position = _origin(update, position, writer)[1]
    else:
        raise MalformedUpdate(_why_not(info))
    if update[position] != _ONE:
        raise MalformedUpdate("content")
    return position + 1


def _no_plain_item(_update: bytes, _position: int, _writer: int, _found: _Found) -> int:
    raise MalformedUpdate("content")


def _root(update: bytes, position: int, roots: Collection[str] | None) -> tuple[str, int]:
    """The root map under which an entry stands that nobody has written yet."""
    if update[position] != _PARENT_IS_ROOT:
        raise MalformedUpdate("root")
    start = position + 2
    end = start + update[position + 1]
    root = update[start:end].decode("ascii", errors="replace")
    if end > len(update):
        raise MalformedUpdate("truncated")
    if not (root in roots if roots is not None else KEY.fullmatch(root)):
        raise MalformedUpdate("root")
    return root, end


def _origin(update: bytes, position: int, writer: int) -> tuple[Id, int]:
    """The item that is written over: of another operation, because one operation writes an entry once."""
    client, position = unsigned(update, position)
    clock, position = unsigned(update, position)
    if client == writer:
        raise MalformedUpdate("origin")
    if clock >= STRUCTS_MAX:
        raise MalformedUpdate("clock")
    return (client, clock), position


def _value(update: bytes, position: int, found: _Found) -> tuple[Value, int]:
    if update[position] != MAP:
        return scalar(update, position)
    value, position = entry(update, position + 1)
    found.facts += len(value) - 1
    if found.facts > found.facts_max:
        raise MalformedUpdate("value-count")
    return value, position


def delete_set(update: bytes, position: int, *, deleted_max: int) -> tuple[frozenset[Id], int]:
    """The items deleted, and the position behind; ranges are written out, so there may be ``deleted_max`` at most."""
    clients, position = unsigned(update, position)
    deleted: set[Id] = set()
    room = deleted_max
    for _ in range(clients):
        client, position = unsigned(update, position)
        ranges, position = unsigned(update, position)
        if ranges == 0:
            raise MalformedUpdate("delete-range")
        for _ in range(ranges):
            clock, position = unsigned(update, position)
            length, position = unsigned(update, position)
            room -= length
            if length == 0 or room < 0 or clock + length > STRUCTS_MAX:
                raise MalformedUpdate("delete-range")
            deleted.update((client, each) for each in range(clock, clock + length))
    return frozenset(deleted), position


def _why_not(info: int) -> str:
    """The name of what a struct has that no entry of ours does."""
    content = info & _CONTENT
    if info == _GARBAGE:
        return "garbage"
    if info == _SKIP:
        return "skip"
    if content in _CONTAINERS:
        return "depth"
    if content != _ANY:
        return "content"
    return "origin" if info & _HAS_RIGHT_ORIGIN else "key"
