"""The trees the package ships with, and walking them: three forests, for the low end, the middle and the high end.

``python -m edge_node.waits.training`` makes the file; its README says from what and how well they do.
"""

from functools import cache
from importlib.resources import files

import msgspec
import zstandard

from edge_node.queue.model.waits.features import NAMES, TRUTH_MINUTES_MAX

FILE = "trees.msgpack.zst"
FILE_BYTES_MAX = 16 * 2**20  # unpacked; the shipped ones are about 2 MB


class Forest(msgspec.Struct, frozen=True, kw_only=True):
    """Trees as parallel lists; the leaves reached add up to the square root of minutes.

    A node of ``feature`` -1 is a leaf worth its ``value``; at any other ``value`` is the threshold: at or below it the
    way goes to the next node, above it to node ``above``.
    """

    roots: list[int]
    feature: list[int]
    value: list[float]
    above: list[int]

    def minutes(self, numbers: list[float]) -> float:
        """What the trees say, 0 to ``TRUTH_MINUTES_MAX``."""
        feature, value, above = self.feature, self.value, self.above
        total = 0.0
        for root in self.roots:
            node = root
            while (column := feature[node]) >= 0:
                node = node + 1 if numbers[column] <= value[node] else above[node]
            total += value[node]
        return min(max(total, 0.0) ** 2, TRUTH_MINUTES_MAX)


class Forests(msgspec.Struct, frozen=True, kw_only=True):
    """All that the file holds; ``names`` are the features in the order the trees number them."""

    names: tuple[str, ...]
    low: Forest
    middle: Forest
    high: Forest


class TreesWrong(ValueError):  # noqa: N818 - a fact, as the refusals of this house
    """The file of trees is not of this release's features."""


@cache
def shipped() -> Forests:
    """The trees of this release, read once; raises ``TreesWrong``."""
    return unpack(files("edge_node.queue.model.waits").joinpath(FILE).read_bytes())


def unpack(packed: bytes) -> Forests:
    """The forests in a file's bytes; raises ``TreesWrong``."""
    try:
        raw = zstandard.ZstdDecompressor().decompress(packed, max_output_size=FILE_BYTES_MAX)
        found = msgspec.msgpack.decode(raw, type=Forests)
    except (zstandard.ZstdError, msgspec.MsgspecError) as error:
        raise TreesWrong(str(error)) from error
    if found.names != NAMES:
        raise TreesWrong("the trees were taught other features than this release computes: train them anew")
    return found


def pack(forests: Forests) -> bytes:
    """A file's bytes, the same for the same forests."""
    return zstandard.ZstdCompressor(level=19).compress(msgspec.msgpack.encode(forests))
