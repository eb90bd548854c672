from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.case_office import CaseOffice


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def case_office(tmp_path: Path) -> Iterator[CaseOffice]:
    office = CaseOffice(tmp_path)
    yield office
    office.close()
