from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_node.queue.model import Desk
from sync.vocabulary.catalogue import Sphere
from tests.support.hall import Hall


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    hall = Hall(tmp_path)
    yield hall
    hall.close()


@pytest.fixture
def desk(hall: Hall) -> Desk:
    """An open desk for passports, the only one."""
    return hall.open_desk(hall.set_up((Sphere.PASSPORTS,))[0])
