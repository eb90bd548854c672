"""One city of booted systems for all tests of this folder, which tell its story in the order of the file."""

import fcntl
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from tests.systems.bundles import build, checkout, version_here
from tests.systems.lab import ROOT, Lab, why_not

CACHE = ROOT / ".systems"
OFFICES = {"saltivskyi": "10.83.0.11", "kyivskyi": "10.83.0.12", "regional": "10.83.0.13"}
HUB = "10.83.0.10"
SKIPPED = "NO SYSTEMS WERE BOOTED"


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """The machines, booted and bare; skipped where this machine forbids them."""
    if (why := why_not()) is not None:
        skip(why)
    CACHE.mkdir(exist_ok=True)
    turn = (CACHE / "turn").open("w")
    fcntl.flock(turn, fcntl.LOCK_EX)  # one lab at a time: they have the same bridge
    lab = Lab(CACHE / "lab", CACHE)
    try:
        try:
            boot_all(lab)
        except (AssertionError, OSError) as forbidden:
            skip(str(forbidden))
        yield lab
    finally:
        lab.close()
        turn.close()


def skip(why: str) -> NoReturn:
    """Say loudly that nothing of this folder was tried."""
    sys.stderr.write(f"\n{'*' * 100}\n{SKIPPED}: {why}\n{'*' * 100}\n")
    pytest.skip(f"{SKIPPED}: {why}")


def boot_all(lab: Lab) -> None:
    """The hub's machine and the offices'; what this machine forbids, fails here and not later."""
    begun_at = time.monotonic()
    lab.begin()
    lab.timed("the bare tree", begun_at)
    begun_at = time.monotonic()
    lab.machine("city", HUB)
    for name, address in OFFICES.items():
        lab.machine(name, address, binds=[f"--bind-ro={lab.sticks}:/media"])
    for machine in lab.machines.values():
        machine.boot()
    lab.timed("four systems booted", begun_at)


@pytest.fixture(scope="session")
def bundles(lab: Lab) -> dict[str, Path]:
    """By name: this checkout, a later release of it, and one that cannot serve. The folder is the offices' stick."""
    begun_at, made = time.monotonic(), {}
    for name, suffix in (("first", ""), ("next", ".post1"), ("broken", ".post2")):
        source = checkout(lab.folder / "src" / name, version=version_here() + suffix, is_broken=name == "broken")
        made[name] = build(lab.sticks / name, cache=CACHE, source=source)
    lab.timed("three bundles", begun_at)
    return made


@pytest.fixture(scope="session")
def city(lab: Lab, bundles: dict[str, Path]) -> Lab:
    """The same machines, with a bundle for each release."""
    assert bundles
    return lab
