import os
from pathlib import Path

import pytest

from sync.vocabulary.catalogue import AdministrativeService
from sync.vocabulary.catalogue.reading import parse_seed

ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="session")
def services() -> tuple[AdministrativeService, ...]:
    """The 99 services of the seed."""
    return tuple(parse_seed((ROOT / "sync" / "vocabulary" / "seed" / "services.csv").read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def municipal() -> Path:
    """The folder of the real ticket files, which the project does not ship."""
    folder = Path(os.environ.get("VIKNO_MUNICIPAL_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "municipal_tickets.csv.gz").exists():
        pytest.skip(f"no municipal ticket files in {folder}: VIKNO_MUNICIPAL_DATA names their folder")
    return folder
