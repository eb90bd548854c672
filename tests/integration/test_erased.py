"""An erased case is gone from every file of hub and office while both run, and a comparison finds them equal."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.integration.test_killed import APPLICATION
from tests.support.processes import BIN, Hub, Office, wait_until

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]

MARKER = "Кульбабенко"
ERASED_SECONDS_MAX = 90  # the node looks every quarter of a minute


def holders(folder: Path) -> list[str]:
    """The files under ``folder`` with the name in them, in whatever page, log or journal."""
    spellings = [MARKER.encode(), MARKER.casefold().encode(), json.dumps(MARKER).strip('"').encode()]
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and any(spelling in path.read_bytes() for spelling in spellings)
    )


def test_nothing_of_an_erased_case_is_left_anywhere(tmp_path: Path) -> None:
    hub = Hub(tmp_path)
    hub.start()
    office = Office(tmp_path, "SHV", hub=hub)
    office.start()
    try:
        with office.sign_in() as desk:
            wait_until(lambda: desk.get("/api/services").json(), what="the catalogue")
            applied = {**APPLICATION, "applicant": {**APPLICATION["applicant"], "last_name": MARKER}}
            opened = desk.post("/api/cases", json=applied, headers={"Idempotency-Key": "once"})
            number = opened.json()["number"]
            desk.post("/api/cases", json=APPLICATION)
        assert holders(tmp_path)
        folder = ("--folder", str(hub.folder))
        wait_until(lambda: _is_merged(folder, number), what="the erasure at the hub")
        wait_until(lambda: holders(tmp_path) == [], what="the purge", seconds=ERASED_SECONDS_MAX)
        compared = subprocess.run(
            [str(BIN / "edge-node"), "verify", "--folder", str(office.folder), "--json"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert compared.returncode == 0, compared.stdout + compared.stderr
        assert json.loads(compared.stdout)["healed"] == []
    finally:
        office.stop()
        hub.stop()
    assert holders(tmp_path) == []


def _is_merged(folder: tuple[str, str], number: str) -> bool:
    """Order the erasure; the hub may still be merging the case."""
    command = [str(BIN / "central-hub"), "erase", *folder, number, "--act", "акт 7 від 20.11.2026", "--by", "city-head"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
