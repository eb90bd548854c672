"""A hub and offices as processes, each office behind a line that may fail; clerks who never pause; who holds what."""

import itertools
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from sync.documents import document as documents
from tests.support.faulty_proxy import WHOLE, FaultyProxy
from tests.support.processes import Hub, NotInTimeError, Office, wait_until

CLERKS = 3
PAUSE_SECONDS = 0.05  # a clerk's: the machine has work of its own
HEAL_SECONDS_MAX = 90
CREATED = 201
APPLICATION = {
    "applicant": {
        "last_name": "Шевченко",
        "first_name": "Тарас",
        "patronymic": "Григорович",
        "born_on": "1991-08-24",
        "tax_id_kind": "rnokpp",
        "rnokpp": "3347301210",
        "document_kind": "id_card",
        "document_number": "000123456",
        "phone": "+380671234567",
    },
    "service_code": "01-04",
}


class LinedOffice:
    """An office, the line between it and the hub, and the numbers its clerks were answered."""

    def __init__(self, folder: Path, office_id: str, *, hub: Hub, seed: int) -> None:
        self.line = FaultyProxy(hub_port=hub.nodes_port, seed=seed)
        self.process = Office(folder, office_id, hub=hub, line=self.line.address)
        with (self.process.folder / "edge-node.toml").open("a", encoding="utf-8") as configuration:
            configuration.write("retry_seconds_max = 1.0\n")  # the table [hub], which enrolment wrote last
        self.answered: dict[str, str] = {}  # the number by the key of its request
        self.refused: Counter[int] = Counter()  # answers by status that were no registration
        self.keys = itertools.count()

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(f"file:{self.process.folder / 'node.db'}?mode=ro", uri=True)) as node:
            return node.execute(sql).fetchall()


class Clerks:
    """Who register at ``office`` until they leave; one without an answer asks again under the same key."""

    def __init__(self, office: LinedOffice) -> None:
        self._office = office
        self._closing = threading.Event()
        self._around = ExitStack()

    def __enter__(self) -> Self:
        client = self._around.enter_context(self._office.process.sign_in())
        self._pool = ThreadPoolExecutor(CLERKS)
        self._work = [self._pool.submit(self._serve, client) for _ in range(CLERKS)]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Each finishes the case in hand: its line to the node is sound, and the node is running again."""
        self._closing.set()
        self._pool.shutdown()
        self._around.close()
        for done in self._work:
            done.result()

    def register(self, count: int) -> None:
        """Wait until so many more have been answered."""
        answered = self._office.answered
        aim = len(answered) + count
        wait_until(lambda: len(answered) >= aim, what=f"{count} more registrations, refused: {self._office.refused}")

    def _serve(self, client: httpx.Client) -> None:
        while not self._closing.is_set():
            key = f"case-{next(self._office.keys)}"
            for _ in range(int(HEAL_SECONDS_MAX / PAUSE_SECONDS)):
                self._closing.wait(PAUSE_SECONDS)
                if self._ask(client, key):
                    break
            else:
                raise NotInTimeError(f"{key}: {self._office.refused}")

    def _ask(self, client: httpx.Client, key: str) -> bool:
        try:
            answer = client.post("/api/cases", json=APPLICATION, headers={"Idempotency-Key": key})
        except httpx.HTTPError:
            return False
        if answer.status_code != CREATED:  # the staff, the services, the numbers have not come yet; no room on the disk
            self._office.refused[answer.status_code] += 1
            return False
        self._office.answered[key] = str(answer.json()["number"])
        return True


class City:
    """One hub and its offices."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.hub = Hub(folder)
        self.hub.start()
        self.offices: list[LinedOffice] = []

    def open_office(self, office_id: str) -> LinedOffice:
        office = LinedOffice(self._folder, office_id, hub=self.hub, seed=len(self.offices))
        self.offices.append(office)
        office.process.start()
        return office

    def close(self) -> None:
        for office in self.offices:
            office.line.close()
            office.process.stop()
        self.hub.stop()

    def check(self) -> None:
        """Mend every line; then as ``check_unmended``."""
        for office in self.offices:
            office.line.set(WHOLE)
        self.check_unmended()

    def check_unmended(self) -> None:
        """The hub comes to hold what the offices told, once each, and each document as they do.

        Raises NotInTimeError with the differences that stay.
        """
        try:
            wait_until(lambda: not self.differences(), what="one city", seconds=HEAL_SECONDS_MAX)
        except NotInTimeError as late:
            raise NotInTimeError("; ".join(self.differences()[:10])) from late

    def differences(self) -> list[str]:
        """What hub and offices disagree about."""
        return list(self._differences())

    def _differences(self) -> Iterator[str]:
        with closing(sqlite3.connect(f"file:{self.hub.folder / 'hub.db'}?mode=ro", uri=True)) as hub:
            at_hub = Counter(str(number) for (number,) in hub.execute("select number from cases"))
            held = dict(hub.execute("select document_id, snapshot from documents where kind = 'case'").fetchall())
            apart = hub.execute("select state, count(*) from operations where state <> 'merged' group by 1").fetchall()
        yield from (f"{count} operations are {state} at the hub" for state, count in apart)
        told = Counter(number for office in self.offices for number in office.answered.values())
        yield from (f"{number} was given {times} times" for number, times in told.items() if times > 1)
        yield from (f"{number} is at the hub {times} times" for number, times in at_hub.items() if times > 1)
        yield from (f"{number} was told and is not at the hub" for number in told.keys() - at_hub.keys())
        yield from (f"{number} is at the hub, untold" for number in at_hub.keys() - told.keys())
        for office in self.offices:
            yield from self._apart(office, held)

    @staticmethod
    def _apart(office: LinedOffice, held: dict[str, bytes]) -> Iterator[str]:
        name = office.process.office_id
        for state, count in office.rows(
            "select state, count(*) from replica_operations where state in ('waiting', 'quarantined') group by 1"
        ):
            yield f"{count} operations are {state} at {name}"
        for document_id, snapshot in office.rows(
            "select document_id, snapshot from replica_documents where kind = 'case'"
        ):
            if document_id not in held:
                yield f"{document_id} of {name} is not at the hub"
            elif documents.view(held[str(document_id)]) != documents.view(bytes(snapshot)):
                yield f"{document_id} differs at {name}"
