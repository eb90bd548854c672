"""The bytes of a Yjs update, as far as a document of ours uses them: lib0's variable integers, texts and flat values.

Source: lib0 ``encoding.js`` (``writeVarUint``, ``writeVarString``, ``writeAny``). Every reader takes the bytes and a
position and answers what stands there and where the next thing begins; beyond the end it raises ``IndexError``, which
the caller turns into ``truncated`` once for the whole walk. They are functions of locals because the hub walks every
operation it is sent before it answers.
"""

import re
from functools import lru_cache
from struct import Struct

Scalar = str | int | bool | None
Entry = dict[str, Scalar]

INTEGER_MAX = 2**53 - 1  # Yjs keeps numbers as floats: beyond this they would change silently
KEY_LETTERS_MAX = 64
KEY = re.compile(r"[A-Za-z0-9_.:-]{1,64}")  # ids and names of fields; a deleted key stays readable for ever
ENTRY_VALUES_MAX = 1024
NAMES_KEPT = 4096  # known from an earlier update: documents have few names of fields and facts

TEXT, TRUE, FALSE, NULL, FLOAT32, FLOAT64, MAP, ARRAY = 0x77, 0x78, 0x79, 0x7E, 0x7C, 0x7B, 0x76, 0x75
MORE = 0x80  # the bit of a variable integer that says another byte follows
SHIFT_MAX = 49  # eight bytes of seven bits: what 53 bits need

_KEY_LETTERS = bytes(letter for letter in range(MORE) if KEY.fullmatch(chr(letter)))
_SIMPLE: dict[int, bool | None] = {TRUE: True, FALSE: False, NULL: None}
_FLOATS = {FLOAT32: Struct(">f"), FLOAT64: Struct(">d")}


class MalformedUpdate(ValueError):  # noqa: N818 - what it is; every other refusal of the house reads so
    """The bytes are no update that this house writes; ``rule`` in kebab-case says what they break."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


def unsigned(update: bytes, position: int) -> tuple[int, int]:
    """An unsigned integer of at most 53 bits, written as short as it can be."""
    byte = update[position]
    position += 1
    if byte < MORE:
        return byte, position
    value, shift = byte & 0x7F, 7
    while True:
        byte = update[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < MORE:
            break
        shift += 7
        if shift > SHIFT_MAX:
            raise MalformedUpdate("number-range")
    if value > INTEGER_MAX or byte == 0:
        raise MalformedUpdate("number-range")
    return value, position


def written(number: int) -> bytes:
    """An unsigned integer as ``unsigned`` reads it."""
    found = bytearray()
    while number >= MORE:
        found.append(number & 0x7F | MORE)
        number >>= 7
    return bytes([*found, number])


def key(update: bytes, position: int) -> tuple[str, int]:
    """The name of a field, an event, an attachment, or of a fact in one."""
    start = position + 1
    end = start + update[position]
    if end > len(update):
        raise MalformedUpdate("truncated")
    return _name(update[start:end]), end


@lru_cache(maxsize=NAMES_KEPT)
def _name(written: bytes) -> str:
    if written.translate(None, _KEY_LETTERS) or not 1 <= len(written) <= KEY_LETTERS_MAX:
        raise MalformedUpdate("key")
    return written.decode("ascii")


def scalar(update: bytes, position: int) -> tuple[Scalar, int]:
    """A text, a whole number, a truth value or nothing."""
    tag = update[position]
    if tag == TEXT:
        return text(update, position + 1)
    if tag in _FLOATS:
        return _whole_number(update, position + 1, _FLOATS[tag])
    if tag in _SIMPLE:
        return _SIMPLE[tag], position + 1
    raise MalformedUpdate("depth" if tag in (MAP, ARRAY) else "content")


def entry(update: bytes, position: int) -> tuple[Entry, int]:
    """A flat map of scalars, behind its tag."""
    count, position = unsigned(update, position)
    if count > ENTRY_VALUES_MAX:
        raise MalformedUpdate("value-count")
    found: Entry = {}
    for _ in range(count):
        start = position + 1
        position = start + update[position]
        is_text = update[position] == TEXT  # before the name is read: it may end with the bytes
        name = _name(update[start:position])
        found[name], position = text(update, position + 1) if is_text else scalar(update, position)
    if len(found) != count:
        raise MalformedUpdate("key")
    return found, position


def text(update: bytes, position: int) -> tuple[str, int]:
    """A text, behind its tag."""
    length, start = update[position], position + 1
    if length >= MORE:
        length, start = unsigned(update, position)
    end = start + length
    if end > len(update):
        raise MalformedUpdate("truncated")
    try:
        found = update[start:end].decode()
    except UnicodeDecodeError as error:
        raise MalformedUpdate("text-encoding") from error
    if "\0" in found:  # PostgreSQL keeps no such text
        raise MalformedUpdate("text-encoding")
    return found, end


def _whole_number(update: bytes, position: int, form: Struct) -> tuple[int, int]:
    end = position + form.size
    if end > len(update):
        raise MalformedUpdate("truncated")
    (number,) = form.unpack_from(update, position)
    if not -INTEGER_MAX <= number <= INTEGER_MAX or not number.is_integer():
        raise MalformedUpdate("number-range")
    return int(number), end
