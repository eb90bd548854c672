"""IPP messages as bytes (RFC 8010 §3), as much as a simulated print system needs; pure."""

import struct

import msgspec

OPERATION, JOB, END, PRINTER = 0x01, 0x02, 0x03, 0x04
INTEGER, BOOLEAN, ENUM, RANGE = 0x21, 0x22, 0x23, 0x33
TEXT, NAME, KEYWORD, URI, CHARSET, LANGUAGE, MIME = 0x41, 0x42, 0x44, 0x45, 0x47, 0x48, 0x49
_FIRST_VALUE_TAG = 0x10  # below are the tags of groups
_HEAD = struct.Struct(">HHI")

Scalar = int | bool | str | tuple[int, int]


class Attribute(msgspec.Struct, frozen=True, kw_only=True):
    """One attribute with its values, all of one tag."""

    tag: int
    name: str
    values: tuple[Scalar, ...]


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A request (``code`` is the operation) or a response (``code`` is the status)."""

    version: int = 0x0200
    code: int
    request_id: int
    groups: tuple[tuple[int, tuple[Attribute, ...]], ...]

    def texts(self, name: str) -> list[str]:
        """All values of the attribute ``name`` of any group, as text."""
        return [
            str(value)
            for _, attributes in self.groups
            for attribute in attributes
            if attribute.name == name
            for value in attribute.values
        ]

    def text(self, name: str, default: str = "") -> str:
        """The first value of ``name``."""
        return next(iter(self.texts(name)), default)


def encode(message: Message) -> bytes:
    """The bytes of ``message``."""
    parts = [_HEAD.pack(message.version, message.code, message.request_id)]
    for group, attributes in message.groups:
        parts.append(bytes([group]))
        for attribute in attributes:
            name = attribute.name.encode()
            for value in attribute.values:
                content = _value_bytes(value)
                parts.append(struct.pack(">BH", attribute.tag, len(name)) + name)
                parts.append(struct.pack(">H", len(content)) + content)
                name = b""  # further values of the same attribute have no name
    parts.append(bytes([END]))
    return b"".join(parts)


def decode(content: bytes) -> tuple[Message, bytes]:
    """The message and the document behind it; raises ValueError when the bytes end too early."""
    try:
        version, code, request_id = _HEAD.unpack_from(content)
        groups: list[tuple[int, list[Attribute]]] = []
        at = _HEAD.size
        while (tag := content[at]) != END:
            at += 1
            if tag < _FIRST_VALUE_TAG:
                groups.append((tag, []))
                continue
            name, at = _counted(content, at)
            raw, at = _counted(content, at)
            _add(groups[-1][1], tag, name.decode(), _value(tag, raw))
    except (IndexError, struct.error) as error:
        raise ValueError("no IPP message") from error
    done = tuple((tag, tuple(attributes)) for tag, attributes in groups)
    return Message(version=version, code=code, request_id=request_id, groups=done), content[at + 1 :]


def _add(attributes: list[Attribute], tag: int, name: str, value: Scalar) -> None:
    if name or not attributes:
        attributes.append(Attribute(tag=tag, name=name, values=(value,)))
    else:
        last = attributes[-1]
        attributes[-1] = msgspec.structs.replace(last, values=(*last.values, value))


def _counted(content: bytes, at: int) -> tuple[bytes, int]:
    (length,) = struct.unpack_from(">H", content, at)
    end = at + 2 + length
    if end > len(content):
        raise IndexError("cut off")
    return content[at + 2 : end], end


def _value_bytes(value: Scalar) -> bytes:
    match value:
        case bool():
            return bytes([value])
        case int():
            return struct.pack(">i", value)
        case tuple():
            return struct.pack(">ii", *value)
        case str():
            return value.encode()


def _value(tag: int, raw: bytes) -> Scalar:
    if tag in {INTEGER, ENUM}:
        number: int = struct.unpack(">i", raw)[0]
        return number
    if tag == BOOLEAN:
        return raw == b"\x01"
    return raw.decode("utf-8", errors="replace")
