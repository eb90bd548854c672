from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from sync.vocabulary.catalogue import Sphere
from tests.support.hall import Hall
from tests.support.hall_app import hall_app, visiting


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    hall = Hall(tmp_path)
    hall.open_desk(hall.set_up((Sphere.PASSPORTS, Sphere.PENSIONS))[0])
    yield hall
    hall.close()


@pytest.fixture
def board(hall: Hall, tmp_path: Path) -> Iterator[TestClient[Litestar]]:
    """Anybody, not signed in."""
    with visiting(hall_app(hall, folder=tmp_path)) as client:
        yield client
