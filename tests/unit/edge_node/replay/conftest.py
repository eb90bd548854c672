from pathlib import Path

import pytest

from sync.vocabulary.catalogue import AdministrativeService
from sync.vocabulary.catalogue.reading import parse_seed
from tests.support.municipal import municipal_folder

ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="session")
def services() -> tuple[AdministrativeService, ...]:
    """The 99 services of the seed."""
    return tuple(parse_seed((ROOT / "sync" / "vocabulary" / "seed" / "services.csv").read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def municipal() -> Path:
    """The folder of the real ticket files, which the project does not ship."""
    return municipal_folder()
