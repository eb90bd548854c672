"""What msgspec has to know of a type before two threads meet it."""

from collections.abc import Iterator
from contextlib import suppress
from enum import Enum
from typing import Any

import msgspec

OURS = frozenset({"sync", "edge_node", "central_hub", "device_drivers"})


def learn_types() -> None:
    """Let msgspec look at every struct and enumeration of ours now, while there is one thread.

    It looks when a type is first decoded or converted, and runs Python for it; a second thread that comes to the type
    meanwhile reads what is half written, and the process dies (msgspec 0.22.0; ``tests/unit/web/test_types.py``).
    A node that is started again in a full hall is asked by many at once.
    """
    for each in _ours():
        with suppress(TypeError):  # of what msgspec cannot decode, which is decoded nowhere
            msgspec.json.Decoder(each)


def _ours() -> Iterator[type[Any]]:
    waiting: list[type[Any]] = [msgspec.Struct, Enum]
    seen = set(waiting)
    while waiting:
        found = set(waiting.pop().__subclasses__()) - seen
        seen |= found
        waiting += found
        yield from (each for each in found if each.__module__.partition(".")[0] in OURS)
