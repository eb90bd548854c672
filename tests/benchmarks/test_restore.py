"""An office's machine dies: how long from the file on the shelf until a new folder serves again, by the real commands.

``BENCH_CASES`` is how many cases it holds, by default 100,000; scans come on top, at the speed of the disk.
"""

import os
from functools import partial
from pathlib import Path

import pytest

from tests.benchmarks.growing import id_in_copy
from tests.benchmarks.measure import Figures, peak_mebibytes, timed
from tests.benchmarks.office import one
from tests.benchmarks.place import Place
from tests.support.processes import BIN, Served, run, signed_in

pytestmark = [pytest.mark.bench, pytest.mark.timeout(7200)]

CASES = int(os.environ.get("BENCH_CASES", "100000"))
COPY = 7  # a case of a week ago, still at work
MEBIBYTE = 1 << 20


def test_an_office_is_brought_back(place: Place, figures: Figures, tmp_path: Path) -> None:
    place.grow(CASES)
    lost, backup, folder = place.works.process, tmp_path / "node.tar", tmp_path / "back"
    lost.start()
    makes = partial(run, "edge-node", "backup", "create", "--folder", str(lost.folder), str(backup))
    figures.note(f"a running node with {CASES:,} cases: its backup", [timed(makes)], "s")
    lost.kill()
    figures.note("  the file", [backup.stat().st_size / MEBIBYTE], "MiB")
    figures.note("  read whole once more", [timed(partial(run, "edge-node", "backup", "verify", str(backup)))], "s")

    brings = partial(run, "edge-node", "backup", "restore", "--folder", str(folder), str(backup))
    restored = timed(brings)
    port = int(lost.address.rpartition(":")[2])
    back = Served([str(BIN / "edge-node"), "run", "--folder", str(folder)], port=port, log=tmp_path / "back.log")
    started = timed(back.start)
    worked = timed(partial(hand_over, place, back))
    peak = peak_mebibytes(back.pid)
    back.stop()
    assert one(folder / "node.db", "select count(*) from cases") == CASES
    for name, seconds in {
        "  brought back into an empty folder": restored,
        "  started there, the hub away, until it is ready": started,
        "  signed in there, and a case handed over": worked,
        "  from the file to that case": restored + started + worked,
    }.items():
        figures.note(name, [seconds], "s")
    figures.note("  its peak", [peak], "MiB")


def hand_over(place: Place, back: Served) -> None:
    """As an administrator does, of a case from somewhere in the register."""
    login = f"{place.works.process.office_id.lower()}-administrator"
    case_id = id_in_copy(place.case_ids[0], COPY)
    with signed_in(back.address, login=login, password=place.hub.password) as desk:
        answer = desk.post(f"/api/cases/{case_id}/hand-over")
        assert answer.is_success, answer.text
