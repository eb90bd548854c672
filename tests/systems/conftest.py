"""One city of booted systems for all tests of this folder, which tell its story in the order of the file."""

import fcntl
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.systems.bundles import build, checkout, version_here
from tests.systems.lab import ROOT, Lab, run, why_not

CACHE = ROOT / ".systems"
OFFICES = {"saltivskyi": "10.83.0.11", "kyivskyi": "10.83.0.12", "regional": "10.83.0.13"}
HUB = "10.83.0.10"


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    if (why := why_not()) is not None:
        pytest.skip(f"NO SYSTEMS WERE BOOTED: {why}")
    CACHE.mkdir(exist_ok=True)
    turn = (CACHE / "turn").open("w")
    fcntl.flock(turn, fcntl.LOCK_EX)  # one lab at a time: they have the same bridge
    begun_at = time.monotonic()
    if not (CACHE / "base.tar").exists():
        run(ROOT / "ansible/bundle/base-tree", CACHE / "base.tar")
    lab = Lab(CACHE / "lab", CACHE)
    try:
        if (why := lab.forbidden()) is not None:
            pytest.skip(f"NO SYSTEMS WERE BOOTED: {why}")
        lab.timed("the bare tree", begun_at)
        yield lab
        for what, seconds in lab.times.items():
            sys.stdout.write(f"{what:<52} {seconds:6.1f} s\n")
    finally:
        lab.close()
        turn.close()


@pytest.fixture(scope="session")
def bundles(lab: Lab) -> dict[str, Path]:
    """By name: this checkout, a later release of it, and one that cannot serve. The folder is the offices' stick."""
    begun_at, made = time.monotonic(), {}
    for name, suffix in (("first", ""), ("next", ".post1"), ("broken", ".post2")):
        source = checkout(lab.folder / "src" / name, version=version_here() + suffix, is_broken=name == "broken")
        made[name] = build(lab.folder / "sticks" / name, cache=CACHE, source=source)
    lab.timed("three bundles", begun_at)
    return made


@pytest.fixture(scope="session")
def city(lab: Lab, bundles: dict[str, Path]) -> Lab:
    """The machines, booted and bare."""
    assert bundles
    begun_at = time.monotonic()
    lab.machine("city", HUB)
    for name, address in OFFICES.items():
        lab.machine(name, address, binds=[f"--bind-ro={lab.folder / 'sticks'}:/media"])
    for machine in lab.machines.values():
        machine.boot()
    lab.timed("four systems booted", begun_at)
    return lab
