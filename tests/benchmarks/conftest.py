"""One page of figures for the whole run, written at its end."""

from collections.abc import Iterator

import pytest

from tests.benchmarks.measure import Figures, utc_now
from tests.benchmarks.place import Place


@pytest.fixture(scope="session")
def figures() -> Iterator[Figures]:
    found = Figures()
    print()  # noqa: T201 - for who runs it - below pytest's own line
    yield found
    print(f"\n  figures: {found.write(now=utc_now())}")  # noqa: T201 - for who runs it


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    made = Place(tmp_path_factory.mktemp("place"))
    yield made
    made.close()
