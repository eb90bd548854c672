"""Yjs updates written by hand, byte by byte: what no honest replica would ever write."""

from struct import pack

CLIENT = 700
OTHER = 600

NOTHING_DELETED = b"\x00"
GARBAGE, DELETED, JSON, BINARY, TEXT, EMBED, FORMAT, TYPE, ANY, SUBDOCUMENT, SKIP = range(11)


def unsigned(number: int) -> bytes:
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*written, number])


def text(value: str | bytes) -> bytes:
    raw = value if isinstance(value, bytes) else value.encode()
    return unsigned(len(raw)) + raw


def any_text(value: str | bytes) -> bytes:
    return b"\x77" + text(value)


def any_whole(number: float) -> bytes:
    return b"\x7b" + pack(">d", number)


def any_map(*entries: tuple[str, bytes]) -> bytes:
    return b"\x76" + unsigned(len(entries)) + b"".join(text(key) + value for key, value in entries)


def nested_arrays(depth: int) -> bytes:
    return b"\x75\x01" * depth + b"\x7e"


def nested_maps(depth: int) -> bytes:
    return b"\x76\x01\x01a" * depth + b"\x7e"


def any_content(*values: bytes) -> bytes:
    return unsigned(len(values)) + b"".join(values)


def item(root: str = "f", key: str = "k", value: bytes = b"\x78") -> bytes:
    """A new entry at a root's key."""
    return b"\x28\x01" + text(root) + text(key) + any_content(value)


def overwriting(client: int, clock: int, value: bytes = b"\x78") -> bytes:
    """An entry in the place of another."""
    return b"\xa8" + unsigned(client) + unsigned(clock) + any_content(value)


def with_content(number: int, content: bytes) -> bytes:
    """A new entry whose content is of another kind than a value."""
    return bytes([0x20 | number, 1]) + text("f") + text("k") + content


def block(*structs: bytes, client: int = CLIENT, clock: int = 0, count: int | None = None) -> bytes:
    return unsigned(len(structs) if count is None else count) + unsigned(client) + unsigned(clock) + b"".join(structs)


def deletes(*ranges: tuple[int, int, int]) -> bytes:
    """A delete set of (client, clock, length)."""
    written = b"".join(
        unsigned(client) + b"\x01" + unsigned(clock) + unsigned(length) for client, clock, length in ranges
    )
    return unsigned(len(ranges)) + written


def update(*blocks: bytes, deleted: bytes = NOTHING_DELETED) -> bytes:
    return unsigned(len(blocks)) + b"".join(blocks) + deleted


def operation(*structs: bytes, deleted: bytes = NOTHING_DELETED) -> bytes:
    return update(block(*structs), deleted=deleted)
