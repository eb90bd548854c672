"""A hub and two offices as a few cases left them, made as large as years of work would."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.benchmarks import growing
from tests.benchmarks.office import ACKNOWLEDGED, MERGED, BenchOffice, hub_db, reading
from tests.benchmarks.work import register_cases
from tests.support.processes import Hub

GROWN_FROM = 1_000


class Place:
    """A hub and two offices, shut, as a thousand cases left them."""

    def __init__(self, folder: Path) -> None:
        self.hub = Hub(folder)
        self.hub.start()
        self.works, self.hears = (BenchOffice(folder, office_id, hub=self.hub) for office_id in ("SHV", "KYV"))
        self.works.lease(GROWN_FROM)
        store = self.works.open_store()
        self.case_ids = [str(each) for each in register_cases(store, first=0, count=GROWN_FROM)]
        store.close()
        self.works.span_until(ACKNOWLEDGED, is_done_at_hub=MERGED)
        self.works.process.stop()
        self.hub.stop()
        self._originals = [(path, path.with_suffix(".original")) for path in (self.works.database, hub_db(self.hub))]
        for path, original in self._originals:
            with closing(reading(path)) as shut, closing(sqlite3.connect(original)) as kept:
                shut.backup(kept)  # what is still in its log, too

    def grow(self, cases: int) -> None:
        """As if so many cases had been registered."""
        for path, original in self._originals:
            for beside in ("-wal", "-shm"):
                path.with_name(path.name + beside).unlink(missing_ok=True)
            shutil.copyfile(original, path)
        copies = cases // GROWN_FROM - 1
        growing.grow(self.works.database, growing.NODE, copies=copies)
        growing.grow(hub_db(self.hub), growing.HUB, copies=copies)
        growing.let_counts_follow(hub_db(self.hub), copies=copies)

    def close(self) -> None:
        self.works.line.close()
        self.hears.line.close()
