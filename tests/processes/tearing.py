"""Scans that go to the hub over a line which breaks in the middle of them, at any byte.

``python -m tests.processes.tearing [--tears 200]``: exit status 1 unless each arrives whole.
"""

import argparse
import hashlib
import sys
from contextlib import closing
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import msgspec

from edge_node.archive import commands as archive
from edge_node.archive.model import Scan, ScanId, ScanKind
from sync.ambient import SystemClock, SystemIds
from sync.replication.blobs import BlobFolder
from sync.storage import Store
from sync.vocabulary.ids import CaseId, StaffId
from sync.vocabulary.staff import Role
from tests.processes.city import HEAL_SECONDS_MAX, City, Clerks, LinedOffice
from tests.support.builders import a_member
from tests.support.faulty_proxy import WHOLE, Faults
from tests.support.front_desk import signed_in_as
from tests.support.processes import NotInTimeError, wait_until

SCAN_BYTES = 3 << 20  # twelve chunks: as many tears at the least
TEAR_BYTES_MIN = 2_000  # the greeting of TLS gets through, so that each tear is in the middle of something
TEAR_BYTES_MAX = 300_000  # a chunk and more
TEARS_A_SCAN = 10


def tear_uploads(city: City, *, tears: int, seed: int) -> int:
    """Break the line so often, each time after another number of bytes; how many scans have come through whole.

    Raises NotInTimeError where one does not.
    """
    random = Random(seed)
    office = city.offices[0]
    scans: list[str] = []
    end = office.line.broken + tears
    while office.line.broken < end:
        if len(scans) * TEARS_A_SCAN <= tears:
            scans.append(attach_scan(office, random.randbytes(SCAN_BYTES)))
        stop = min(end, office.line.broken + TEARS_A_SCAN)
        while office.line.broken < stop and _pending(office):
            before = office.line.broken
            office.line.set(Faults(torn_after_bytes=random.randint(TEAR_BYTES_MIN, TEAR_BYTES_MAX)))
            wait_until(lambda before=before: office.line.broken > before, what="the line breaks")
    office.line.set(WHOLE)
    wait_until(lambda: not _pending(office), what="the scans arrive", seconds=HEAL_SECONDS_MAX)
    for sha256 in scans:
        _check_at_hub(city, sha256)
    return len(scans)


def attach_scan(office: LinedOffice, content: bytes) -> str:
    """Hang a scan on a case, beside the running node; its hash."""
    folder, clock, ids = office.process.folder, SystemClock(), SystemIds()
    sha256 = hashlib.sha256(content).hexdigest()
    BlobFolder(folder / "blobs").put(content)
    (case_id,) = office.rows("select case_id from cases where number like 'SHV%' limit 1")[0]
    now = clock.now()
    scan = Scan(
        scan_id=ScanId(ids.new()),
        case_id=CaseId(str(case_id)),
        kind=next(iter(ScanKind)),
        title="Паспорт",
        sha256=sha256,
        size=len(content),
        media_type="application/pdf",
        pages=1,
        resolution_dpi=300,
        scanned_at=now,
    )
    login = f"{office.process.office_id.lower()}-administrator"  # somebody whom the hub knows
    ((staff_id,),) = office.rows(f"select staff_id from staff_members where login = '{login}'")  # noqa: S608 - our own
    by = signed_in_as(msgspec.structs.replace(a_member(login, Role.ADMINISTRATOR), id=StaffId(str(staff_id))))
    with closing(Store(folder / "node.db")) as store:
        store.run_now(partial(archive.attach_scan, scan=scan, by=by, now=now, ids=ids))
    return sha256


def _pending(office: LinedOffice) -> bool:
    return office.rows("select count(*) from replica_blobs where state <> 'uploaded'") != [(0,)]


def _check_at_hub(city: City, sha256: str) -> None:
    blobs = city.hub.folder / "blobs"
    content = BlobFolder(blobs).path(sha256).read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256 or any(blobs.rglob(f"{sha256}*.partial")):
        raise NotInTimeError(f"{sha256} is not whole at the hub")


def main() -> int:
    parser = argparse.ArgumentParser(description="Scans over a line that breaks in the middle of them.")
    parser.add_argument("--tears", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    with TemporaryDirectory() as folder:
        city = City(Path(folder))
        try:
            office = city.open_office("SHV")
            with Clerks(office) as clerks:
                clerks.register(1)
            scans = tear_uploads(city, tears=wanted.tears, seed=wanted.seed)
            city.check()
        except NotInTimeError as found:
            sys.stdout.write(f"{found}\n")
            return 1
        finally:
            city.close()
    sys.stdout.write(f"tears={wanted.tears} scans={scans} whole={scans}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
