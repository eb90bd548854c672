"""Honest updates, and the ways to break one: a seed gives the same breakage for ever."""

from collections.abc import Iterator
from random import Random

import msgspec

from sync.documents import document
from sync.documents.encoding import Entry, Scalar
from sync.documents.validator import UPDATE_BYTES_MAX, Anatomy, check_operation
from tests.support import updates as forged

FIRST, SECOND = 1_000_001, 1_000_002
TELLING = (
    0,
    1,
    2,
    7,
    8,
    9,
    10,
    0x20,
    0x21,
    0x28,
    0x68,
    0x75,
    0x76,
    0x77,
    0x7B,
    0x7C,
    0x7F,
    0x80,
    0x88,
    0xA1,
    0xA8,
    0xFF,
)
NUMBERS = (0, 1, 127, 128, 2**14, 2**21, 2**31, 2**32, 2**53 - 1, 2**53, 2**63, 2**64)
TWISTS_MAX = 3


class Honest(msgspec.Struct, frozen=True):
    """An operation as the house writes it, and the document it was made for."""

    snapshot: bytes | None
    update: bytes
    client_id: int


def honest_operations() -> list[Honest]:
    """From one short edit to a batch and a text as long as the wire takes."""
    fields = {f"field_{i}": f"Значення {i}" for i in range(12)} | {"fee_kopecks": 4542, "is_urgent": True, "note": None}
    event = {"kind": "registered", "at": "2026-11-22T08:00:00.000Z", "sheets": 3, "due": -(2**40), "note": None}
    case = _made(None, FIRST, fields=fields, events={"01E": event}, attachments={"01A": {"sha256": "0" * 64}})
    batch = {f"e{i}": {**event, "sheets": i} for i in range(100)}
    return [
        _made(None, FIRST, fields={"note": "x"}),
        case,
        _made(case.update, SECOND, fields={"note": "є", "fee_kopecks": 1, "extra": False}),
        _made(case.update, SECOND, fields=fields, events={"01F": event}),
        _made(case.update, SECOND, events=batch, attachments=batch),
        _made(case.update, SECOND, fields={"note": "я" * (UPDATE_BYTES_MAX // 2 - 100)}),
    ]


def _made(snapshot: bytes | None, client_id: int, **parts: dict[str, object]) -> Honest:
    whole = {"fields": {}, "events": {}, "attachments": {}} | parts
    update = document.change(snapshot, client_id=client_id, **whole)
    return Honest(snapshot, _in_order(check_operation(update, client_id=client_id), client_id), client_id)


def _in_order(anatomy: Anatomy, client_id: int) -> bytes:
    """The same operation with the facts of each entry in order: yrs shuffles them, and a seed must break alike."""
    structs = [
        *(forged.item(*place, _any_value(value)) for place, value in anatomy.written.items()),
        *(forged.overwriting(*origin, _any_value(value)) for origin, value in anatomy.overwritten.items()),
    ]
    deleted = forged.deletes(*((client, clock, 1) for client, clock in sorted(anatomy.deleted)))
    return forged.update(forged.block(*structs, client=client_id), deleted=deleted)


def _any_value(value: Scalar | Entry) -> bytes:
    match value:
        case dict():
            return forged.any_map(*((name, _any_value(each)) for name, each in sorted(value.items())))
        case None | bool():
            return {None: b"\x7e", True: b"\x78", False: b"\x79"}[value]
        case int():
            return forged.any_whole(value)
        case str():
            return forged.any_text(value)


def broken(seed: int, count: int) -> Iterator[tuple[Honest, bytes]]:
    """``count`` updates, each an honest one after one to three twists; with the honest one it was."""
    chance = Random(seed)
    corpus = honest_operations()
    for _ in range(count):
        honest = chance.choice(corpus)
        update = honest.update
        for _ in range(chance.randint(1, TWISTS_MAX)):
            update = chance.choice(TWISTS)(update, chance, chance.choice(corpus).update)
        yield honest, update[: UPDATE_BYTES_MAX + 1]


def _place(update: bytes, chance: Random) -> int:
    """Mostly near the beginning or the end: there stand the counts, the ids and the deletes."""
    if chance.random() < 0.5:
        return min(chance.randrange(40), len(update))
    return (
        chance.randrange(max(len(update) - 40, 0), len(update) + 1) if chance.random() < 0.3 else _any(update, chance)
    )


def _any(update: bytes, chance: Random) -> int:
    return chance.randrange(len(update) + 1)


def _flip_bit(update: bytes, chance: Random, _other: bytes) -> bytes:
    place = _place(update, chance)
    return (
        update[:place]
        + bytes(byte ^ 1 << chance.randrange(8) for byte in update[place : place + 1])
        + update[place + 1 :]
    )


def _set_byte(update: bytes, chance: Random, _other: bytes) -> bytes:
    place = _place(update, chance)
    return update[:place] + bytes([chance.choice(TELLING)]) + update[place + 1 :]


def _set_number(update: bytes, chance: Random, _other: bytes) -> bytes:
    place = _place(update, chance)
    return update[:place] + forged.unsigned(chance.choice(NUMBERS)) + update[place + 1 :]


def _insert(update: bytes, chance: Random, _other: bytes) -> bytes:
    place = _place(update, chance)
    return update[:place] + chance.randbytes(chance.randint(1, 8)) + update[place:]


def _cut_out(update: bytes, chance: Random, _other: bytes) -> bytes:
    place = _place(update, chance)
    return update[:place] + update[place + chance.randint(1, 16) :]


def _truncate(update: bytes, chance: Random, _other: bytes) -> bytes:
    return update[: _any(update, chance)]


def _repeat(update: bytes, chance: Random, _other: bytes) -> bytes:
    place, length = _place(update, chance), chance.randint(1, 64)
    return update[:place] + update[place : place + length] * chance.choice((2, 3, 100, 2000)) + update[place + length :]


def _splice(update: bytes, chance: Random, other: bytes) -> bytes:
    return update[: _place(update, chance)] + other[_place(other, chance) :]


def _nest(update: bytes, chance: Random, _other: bytes) -> bytes:
    place = _any(update, chance)
    return update[:place] + chance.choice((b"\x75\x01", b"\x76\x01\x01a")) * chance.randint(1, 30_000) + update[place:]


def _count_structs(update: bytes, chance: Random, _other: bytes) -> bytes:
    return update[:1] + forged.unsigned(chance.choice(NUMBERS)) + update[2:]


def _rewrite_item(update: bytes, chance: Random, _other: bytes) -> bytes:
    """A lawful beginning with a struct of chance behind it: what reaches farthest."""
    root, key = chance.choice(("f", "ev", "att", "g")), chance.choice(("k", "note", "01E", ""))
    value = chance.choice(
        (
            b"\x78",
            b"\x76\x00",
            forged.any_text(chance.randbytes(chance.randint(0, 4))),
            forged.any_whole(chance.choice((0.0, -0.0, 0.5, 2.0**53, float("nan"), float("inf"), -(2.0**52)))),
            forged.any_map(("a", forged.any_whole(1.0)), (chance.choice("ab"), b"\x7e")),
        )
    )
    structs = [
        forged.item(root, key, value),
        forged.overwriting(chance.choice((FIRST, SECOND, 5)), chance.randrange(20), value),
        forged.item("f", "other"),
    ]
    chosen = chance.sample(structs, chance.randint(1, 3))
    deleted = forged.deletes((chance.choice((FIRST, SECOND)), chance.randrange(20), chance.randint(0, 2)))
    block = forged.block(*chosen, client=chance.choice((FIRST, SECOND)))
    return forged.update(block, deleted=chance.choice((b"\x00", deleted)))


TWISTS = (
    *(_flip_bit, _set_byte, _set_number, _insert, _cut_out, _truncate, _repeat, _splice, _nest),
    *(_count_structs, _rewrite_item, _rewrite_item),
)
