from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from edge_node.queue.model import Desk
from sync.vocabulary.catalogue import Sphere
from tests.support.hall import Hall
from tests.support.hall_app import hall_app, visiting


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    hall = Hall(tmp_path)
    yield hall
    hall.close()


@pytest.fixture
def desks(hall: Hall) -> list[Desk]:
    return hall.set_up((Sphere.PASSPORTS,), (Sphere.PENSIONS,))


@pytest.fixture
def app(hall: Hall, tmp_path: Path) -> Litestar:
    return hall_app(hall, folder=tmp_path)


@pytest.fixture
def oksana(app: Litestar) -> Iterator[TestClient[Litestar]]:
    """An administrator who signed in."""
    with visiting(app, name="oksana") as client:
        yield client


@pytest.fixture
def stranger(app: Litestar) -> Iterator[TestClient[Litestar]]:
    with visiting(app) as client:
        yield client
