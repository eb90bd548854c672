"""One office for the tests of its case side."""

from pathlib import Path

import pytest

from tests.support.front_desk import FrontDesk


@pytest.fixture
def desk(tmp_path: Path):
    office = FrontDesk(tmp_path)
    yield office
    office.close()
