"""Every disk a power cut may leave: what was synced, and any part of what was not, torn at any sector.

Between two syncs (an *epoch*) the disk may carry out the acts it has accepted in any order, or not at all, and a write
may stop at a sector. So the states of an epoch are subsets of its acts over what was durable before; the strongest to
hold them against is what had been told by its end.
"""

from collections.abc import Iterable, Iterator
from itertools import combinations, pairwise
from random import Random
from typing import Literal

import msgspec

from tests.storage_faults.disk import Act

SECTORS = (512, 4096)
ALL_SUBSETS_MAX = 7  # acts: of more than these, those subsets are taken that miss, or hold, only one or two
PAIRS_MAX = 64  # acts: of more than these, only neighbours make a pair
ANY_SUBSETS = 64  # drawn from all subsets of an epoch, beside the systematic ones

Files = dict[str, bytes]


class Epoch(msgspec.Struct, frozen=True, kw_only=True):
    """What was durable, what was accepted since, and how much had been told by the end."""

    durable: Files
    acts: tuple[Act, ...]
    told: bytes


class Choice(msgspec.Struct, frozen=True):
    """Which acts are done: the first so many, only these, or all but these; the last may be torn: "head 512"."""

    how: Literal["first", "only", "without"]
    places: tuple[int, ...]
    tear: str = ""

    def of(self, count: int) -> set[int]:
        """The places of the acts done, of ``count``."""
        match self.how:
            case "first":
                return set(range(self.places[0]))
            case "only":
                return set(self.places)
            case "without":
                return set(range(count)).difference(self.places)


def epochs(before: Files, record: Iterable[Act]) -> Iterator[Epoch]:
    """The stretches between syncs of a recorded run, the last one open."""
    durable = {name: bytearray(data) for name, data in before.items()}
    pending: list[Act] = []
    told = b""
    for act in record:
        if act.kind == "A":
            told += act.data
        elif act.kind == "S":
            if pending:
                yield Epoch(durable=_frozen(durable), acts=tuple(pending), told=told)
            settled = [each for each in pending if _is_settled_by(act, each)]
            for each in settled:
                _carry_out(durable, each)
            pending = [each for each in pending if each not in settled]
        else:
            pending.append(act)
    yield Epoch(durable=_frozen(durable), acts=tuple(pending), told=told)


def _is_settled_by(sync: Act, act: Act) -> bool:
    """A file's sync settles its bytes, the folder's sync the names."""
    return act.kind in "UR" if sync.name == "." else sync.name in {act.name, act.other}


def _frozen(files: dict[str, bytearray]) -> Files:
    return {name: bytes(data) for name, data in files.items()}


def _carry_out(files: dict[str, bytearray], act: Act, *, tear: str = "") -> None:
    match act.kind:
        case "W":
            start, stop = _torn_to(tear, len(act.data))
            data = files.setdefault(act.name, bytearray())
            if len(data) < act.offset + start:
                data.extend(bytes(act.offset + start - len(data)))
            data[act.offset + start : act.offset + stop] = act.data[start:stop]
        case "T":
            data = files.setdefault(act.name, bytearray())
            if len(data) > act.offset:
                del data[act.offset :]
            else:
                data.extend(bytes(act.offset - len(data)))
        case "U":
            files.pop(act.name, None)
        case "R":
            files[act.other] = files.pop(act.name)


def _torn_to(tear: str, size: int) -> tuple[int, int]:
    """Which bytes of a write reached the disk."""
    if not tear:
        return 0, size
    side, cut = tear.split()
    return (0, int(cut)) if side == "head" else (int(cut), size)


def choices(epoch: Epoch, *, random: Random) -> list[Choice]:
    """The disks of one epoch: every prefix, each also with its last write torn at every sector, from either side; every
    subset of a few acts; of more, those with one or two missing, or only one or two done, and some drawn from all.
    """
    count = len(epoch.acts)
    prefixes = [Choice("first", (size,)) for size in range(count + 1)]
    torn = [Choice("first", (place + 1,), tear) for place, act in enumerate(epoch.acts) for tear in _tears(act)]
    return [*prefixes, *torn, *_subsets(range(count), random)]


def _subsets(places: range, random: Random) -> Iterator[Choice]:
    if len(places) <= ALL_SUBSETS_MAX:
        yield from (Choice("only", chosen) for size in places[1:] for chosen in combinations(places, size))
        return
    pairs = combinations(places, 2) if len(places) <= PAIRS_MAX else pairwise(places)
    for few in (*((place,) for place in places), *pairs):
        yield Choice("only", few)
        yield Choice("without", few)
    for _ in range(ANY_SUBSETS):
        yield Choice("only", tuple(place for place in places if random.random() < 1 / 2))


def _tears(act: Act) -> Iterator[str]:
    if act.kind != "W":
        return
    for sector in SECTORS:
        first = (act.offset // sector + 1) * sector - act.offset
        for cut in range(first, len(act.data), sector):
            yield f"head {cut}"
            yield f"tail {cut}"


def build(epoch: Epoch, choice: Choice) -> Files:
    """The disk that holds what was durable and the chosen acts."""
    files = {name: bytearray(data) for name, data in epoch.durable.items()}
    wanted = choice.of(len(epoch.acts))
    last = max(wanted, default=None)
    stale: set[str] = set()  # names whose removal did not reach the disk: what came after went to another file
    for place, act in enumerate(epoch.acts):
        if place not in wanted and act.kind in "UR":
            stale.add(act.name)
        elif place in wanted and act.name not in stale:
            _carry_out(files, act, tear=choice.tear if place == last else "")
    return _frozen(files)
