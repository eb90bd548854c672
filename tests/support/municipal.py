"""The real ticket files of municipal offices, which the project does not ship."""

import os
from pathlib import Path

import pytest

_BESIDE = Path(__file__).parents[2].parent / "shared" / "data"
FOLDER = Path(os.environ.get("VIKNO_MUNICIPAL_DATA", _BESIDE))
TICKETS, DESKS = FOLDER / "municipal_tickets.csv.gz", FOLDER / "municipal_desks.csv.gz"


def municipal_folder() -> Path:
    """Where they are; skips the test where they are not."""
    if not TICKETS.exists():
        pytest.skip(f"no municipal ticket files in {FOLDER}: VIKNO_MUNICIPAL_DATA names their folder")
    return FOLDER
