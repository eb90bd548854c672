"""What a working process tells the world: a line of JSON each, to be relied on from then on."""

import os

import msgspec


class Told(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One durable answer, or what failed; ``error`` names the failure."""

    number: str | None = None  # of a registered case
    key: str | None = None
    case_id: str | None = None
    event: str | None = None  # a step taken in ``case_id``
    cursor: int | None = None  # the hub is heard up to here
    settled: int | None = None  # the hub holds the chain up to here
    enrolled: str | None = None  # at the hub: this node
    leased: tuple[int, int] | None = None  # these numbers, to ``node``
    node: str | None = None
    held: int | None = None  # the chain of ``node``, up to here
    merged: int | None = None  # and merged up to here
    error: str | None = None
    faults: int | None = None  # the work is done: so many acts of the disk failed
    acts: int | None = None  # so many acts of the disk: by the end of the work, and once it was let go of


def tell(told: Told) -> None:
    """In one write: what is told is told whole, and at once."""
    os.write(1, msgspec.json.encode(told) + b"\n")


def read_told(output: bytes) -> list[Told]:
    """What a process has told so far."""
    return [msgspec.json.decode(line, type=Told) for line in output.splitlines()]
