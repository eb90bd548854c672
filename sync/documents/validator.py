"""What an update must look like before yrs sees a byte of it: update encoding version 1, walked in Python.

A crafted update of 40 KB kills the interpreter inside yrs, and nine forged bytes make it lose another client's later
writes without a word; so bytes from outside come here first. The walk is bounded by counts, not by size alone, refuses
at the first byte that breaks a rule, and never recurses. What an update *means* - which entries it touches where it
only names an origin, and who may touch them - is decided behind it by comparing views.

Source: Yjs ``UpdateEncoderV1``, ``Item.write``, ``writeDeleteSet``.
"""

from collections.abc import Collection

import msgspec

from sync.documents.encoding import KEY, MAP, Entry, MalformedUpdate, Scalar, entry, scalar, unsigned
from sync.documents.encoding import key as read_key

__all__ = ["Anatomy", "Item", "MalformedUpdate", "check_operation", "check_snapshot", "delete_set"]

UPDATE_BYTES_MAX = 64 << 10
SNAPSHOT_BYTES_MAX = 4 << 20
STRUCTS_MAX = 512  # entries one operation writes; the largest of ours, a batch of scans, writes two a scan
VALUES_MAX = 2048  # and all scalars in them: what bounds the time of a check
SNAPSHOT_STRUCTS_MAX = 1 << 16

FIELDS = "f"
ROOTS = (FIELDS, "ev", "att")

# The info byte of a struct: its content in five bits, and whether an origin to the left, to the right and a key follow.
_CONTENT, _HAS_KEY, _HAS_RIGHT_ORIGIN, _HAS_ORIGIN = 0x1F, 0x20, 0x40, 0x80
_GARBAGE, _DELETED, _ANY, _SKIP = 0, 1, 8, 10
_CONTAINERS = {2, 7, 9}  # a JSON array, a shared type, a document inside a document
_NEW, _OVERWRITING = _HAS_KEY | _ANY, _HAS_ORIGIN | _HAS_KEY | _ANY
_ONE = 1
_PARENT_IS_ROOT = 1
_HEADS = tuple((root, bytes([_PARENT_IS_ROOT, len(root)]) + root.encode()) for root in ROOTS)

Id = tuple[int, int]  # client, clock


class Item(msgspec.Struct, frozen=True):
    """One entry written: at a root's key, or over the item ``origin`` whose root and key it takes."""

    root: str | None
    key: str | None
    origin: Id | None
    value: Scalar | Entry


class Anatomy(msgspec.Struct, frozen=True):
    """What an operation consists of; ``deleted`` are the items it replaces, each of them an origin."""

    items: tuple[Item, ...]
    deleted: frozenset[Id]


def check_operation(update: bytes, *, client_id: int) -> Anatomy:
    """The parts of ``update``, which is one operation as ``document.change`` writes it: all from ``client_id``, from 0.

    Raises:
        MalformedUpdate: it is not; ``rule`` says why.
    """
    if len(update) > UPDATE_BYTES_MAX:
        raise MalformedUpdate("size")
    try:
        items, position = _operation_items(update, client_id)
        origins = frozenset(item.origin for item in items if item.origin is not None)
        deleted, position = delete_set(update, position, deleted_max=len(origins))
    except IndexError as error:
        raise MalformedUpdate("truncated") from error
    if position != len(update):
        raise MalformedUpdate("trailing-bytes")
    if not deleted <= origins:
        raise MalformedUpdate("delete-range")
    return Anatomy(items=tuple(items), deleted=deleted)


def check_snapshot(update: bytes, *, roots: Collection[str] | None = ROOTS) -> None:
    """Whether ``update`` can be a whole document of ours, compacted or merged: many clients, entries deleted since.

    ``roots`` is ``None`` for what comes from the hub, whose newer version may keep more under names of its own.

    Raises:
        MalformedUpdate: it cannot; ``rule`` says why.
    """
    if len(update) > SNAPSHOT_BYTES_MAX:
        raise MalformedUpdate("size")
    try:
        position = _snapshot_items(update, roots)
        _, position = delete_set(update, position, deleted_max=SNAPSHOT_STRUCTS_MAX)
    except IndexError as error:
        raise MalformedUpdate("truncated") from error
    if position != len(update):
        raise MalformedUpdate("trailing-bytes")


def _operation_items(update: bytes, client_id: int) -> tuple[list[Item], int]:
    clients, position = unsigned(update, 0)
    if clients != 1:
        raise MalformedUpdate("client-count")
    writer, count, position = _block_head(update, position)
    if writer != client_id:
        raise MalformedUpdate("foreign-client")
    items: list[Item] = []
    values = 0
    for _ in range(count):
        info = update[position]
        if info == _NEW:
            item, position = _new_item(update, position + 1, ROOTS)
        elif info == _OVERWRITING:
            item, position = _overwriting_item(update, position + 1, client_id)
        else:
            raise MalformedUpdate(_why_not(info))
        values += len(item.value) if isinstance(item.value, dict) else 1
        if values > VALUES_MAX:
            raise MalformedUpdate("value-count")
        items.append(item)
    if len({(item.root, item.key, item.origin) for item in items}) != count:
        raise MalformedUpdate("key")  # one transaction writes an entry once
    return items, position


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


def _new_item(update: bytes, position: int, roots: Collection[str] | None) -> tuple[Item, int]:
    root, position = _root(update, position, roots)
    name, position = read_key(update, position)
    value, position = _value(update, position)
    if root in ROOTS and isinstance(value, dict) == (root == FIELDS):
        raise MalformedUpdate("shape")
    return Item(root, name, None, value), position


def _overwriting_item(update: bytes, position: int, client_id: int) -> tuple[Item, int]:
    origin, position = _origin(update, position, client_id)
    value, position = _value(update, position)
    return Item(None, None, origin, value), position


def _snapshot_items(update: bytes, roots: Collection[str] | None) -> int:
    """The position behind the structs of every client."""
    clients, position = unsigned(update, 0)
    if clients > SNAPSHOT_STRUCTS_MAX:
        raise MalformedUpdate("client-count")
    seen: set[int] = set()
    structs = 0
    for _ in range(clients):
        writer, count, position = _block_head(update, position)
        structs += count
        if structs > SNAPSHOT_STRUCTS_MAX:
            raise MalformedUpdate("struct-count")
        if writer in seen:
            raise MalformedUpdate("client-count")
        seen.add(writer)
        for _ in range(count):
            position = _snapshot_item(update, position, writer, roots)
    return position


def _snapshot_item(update: bytes, position: int, writer: int, roots: Collection[str] | None) -> int:
    """The position behind an entry; one that was replaced keeps its place, but its value is gone."""
    info = update[position]
    position += 1
    if info == _NEW:
        return _new_item(update, position, roots)[1]
    if info | _HAS_KEY == _OVERWRITING:  # merged as bytes, an item without a place of its own loses the mark of a key
        return _overwriting_item(update, position, writer)[1]
    if info == _HAS_KEY | _DELETED:
        position = read_key(update, _root(update, position, roots)[1])[1]
    elif info | _HAS_KEY == _HAS_ORIGIN | _HAS_KEY | _DELETED:
        position = _origin(update, position, writer)[1]
    else:
        raise MalformedUpdate(_why_not(info))
    if update[position] != _ONE:
        raise MalformedUpdate("content")
    return position + 1


def _root(update: bytes, position: int, roots: Collection[str] | None) -> tuple[str, int]:
    """The root map under which an entry stands that nobody has written yet."""
    for root, head in _HEADS:
        if update.startswith(head, position):
            return root, position + len(head)
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


def _value(update: bytes, position: int) -> tuple[Scalar | Entry, int]:
    if update[position] != _ONE:
        raise MalformedUpdate("content")
    return entry(update, position + 2) if update[position + 1] == MAP else scalar(update, position + 1)


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
