"""A real node without a hub whose clerks call and whose kiosks issue at once, over HTTP, whatever befalls the node."""

import sqlite3
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from random import Random
from threading import Condition, Event

import httpx
import msgspec

from edge_node.app import open_store
from edge_node.queue import commands
from edge_node.queue.model import DeskPlan, LogEntry, Ticket
from edge_node.settings import load
from edge_node.staff import commands as staff
from sync.ambient import SystemIds
from sync.storage import Store, Transaction
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.staff import Role
from sync.vocabulary.ticket import PriorityCategory, Purpose
from sync.web.passwords import hash_password
from tests.support.builders import a_member
from tests.support.front_desk import a_record
from tests.support.houses import PASSWORD
from tests.support.processes import BIN, NotInTimeError, Served, free_port, run

OK, CREATED, CONFLICT = 200, 201, 409
JSON = {"content-type": "application/json"}
ANSWER_SECONDS_MAX = 60  # 360 people and a busy machine
PRIORITY_SHARE = 0.3
PAUSE_SECONDS_MAX = 0.5  # of who found nobody waiting, the hall full, or the node gone; all at once would be a storm
SPHERES = tuple(Sphere)  # together numbers for 80,000 visitors a day
_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # plain HTTP; each client would read all authorities


class Answers:
    """What the node has answered so far; who kills it waits for some more of them."""

    def __init__(self) -> None:
        self._news = Condition()
        self._count = 0
        self.issued: list[tuple[str, str]] = []  # the id of the ticket and its number
        self.called: list[tuple[str, str]] = []  # the desk and the id of the ticket
        self.served: list[str] = []

    def note(self) -> None:
        with self._news:
            self._count += 1
            self._news.notify_all()

    def wait_for(self, more: int, *, seconds: float = 120) -> None:
        """Raises NotInTimeError."""
        with self._news:
            until = self._count + more
            if not self._news.wait_for(lambda: self._count >= until, timeout=seconds):
                raise NotInTimeError(f"{more} more answers of the hall")


class HallOfProcesses:
    """The node, ``desks`` clerks and ``kiosks``."""

    def __init__(self, folder: Path, *, desks: int, kiosks: int, seed: int) -> None:
        self.desks, self.kiosks = desks, kiosks
        self._folder, self._seed = folder / "SHV", seed
        port = free_port()
        run("edge-node", "init", "--folder", str(self._folder), "--office", "SHV", "--port", str(port))
        with closing(self._open()) as store:
            store.run_now(self._furnish)
        self.node = Served(
            [str(BIN / "edge-node"), "run", "--folder", str(self._folder)], port=port, log=folder / "SHV.log"
        )
        self.node.start()
        self.answers = Answers()
        self._is_up, self._is_over = Event(), Event()
        self._is_up.set()
        self._keys = count()

    def close(self) -> None:
        self.node.stop()

    @contextmanager
    def working(self) -> Iterator[None]:
        """Desks and kiosks at work, until the block ends; raises what went wrong with them."""
        self._is_over.clear()
        with ThreadPoolExecutor(4) as doors:
            clerks = list(doors.map(self._sign_in, range(1, self.desks + 1)))
        with ThreadPoolExecutor(self.desks + self.kiosks) as people:
            works = [people.submit(self._work_at_desk, number, *clerk) for number, clerk in enumerate(clerks, start=1)]
            works += [people.submit(self._issue, number) for number in range(self.kiosks)]
            try:
                yield
            finally:
                self._is_over.set()
                self._is_up.set()
            for work in works:
                work.result()

    def kill(self) -> None:
        """Kill the node in the middle of its work and start it again; meanwhile people wait, and ask for nothing."""
        self._is_up.clear()
        self.node.kill()
        self.node.start()
        self._is_up.set()

    def books(self) -> tuple[list[Ticket], list[LogEntry]]:
        """The tickets and the log as they stand on the disk; the node is stopped for it."""
        self.node.stop()
        with closing(self._open()) as store:
            tickets = store.read_now(lambda reader: reader.rows("select * from tickets_with_desk", Ticket))
            log = store.read_now(lambda reader: reader.rows("select * from queue_events order by sequence", LogEntry))
        self.node.start()
        return tickets, log

    def _furnish(self, tx: Transaction) -> None:
        password_hash = hash_password(PASSWORD)
        for number in range(1, self.desks + 1):
            member = a_member(f"clerk-{number}", Role.ADMINISTRATOR, password_hash=password_hash)
            staff.project_member(tx, a_record(member))
        plans = [DeskPlan(number=each, spheres=SPHERES) for each in range(1, self.desks + 1)]
        commands.set_up_desks(tx, plans, ids=SystemIds())

    def _client(self) -> httpx.Client:
        return httpx.Client(base_url=self.node.address, trust_env=False, verify=_NOBODY, timeout=ANSWER_SECONDS_MAX)

    def _sign_in(self, number: int) -> tuple[httpx.Client, str]:
        client = self._client()
        credentials = {"login": f"clerk-{number}", "password": PASSWORD}
        assert client.post("/api/session", json=credentials).status_code == OK
        desk_id = next(desk["id"] for desk in client.get("/api/desks").json() if desk["number"] == number)
        assert client.put(f"/api/desks/{desk_id}/occupant").status_code == OK
        return client, desk_id

    def _issue(self, kiosk: int) -> None:
        random = Random(f"{self._seed}/kiosk/{kiosk}")
        with self._client() as client:
            while not self._is_over.is_set():
                wish = {"sphere": random.choice(SPHERES), "purpose": Purpose.FILE}
                if random.random() < PRIORITY_SHARE:
                    wish["priority"] = PriorityCategory.COMBATANT
                answer = self._ask(client, "/api/tickets", wish, random=random, key=f"key-{next(self._keys)}")
                if answer is None:
                    return
                if answer.status_code == CREATED:
                    self.answers.issued.append((answer.json()["id"], answer.json()["number"]))
                else:
                    _require_code(answer, "queue-full")
                    self._is_over.wait(random.uniform(0, PAUSE_SECONDS_MAX))

    def _work_at_desk(self, number: int, client: httpx.Client, desk_id: str) -> None:
        random = Random(f"{self._seed}/desk/{number}")
        with closing(client):
            while not self._is_over.is_set():
                answer = self._ask(client, f"/api/desks/{desk_id}/calls", {}, random=random)
                if answer is None:
                    return
                if answer.status_code == CREATED:
                    self.answers.called.append((desk_id, answer.json()["id"]))
                    self._serve(client, answer.json()["id"], random=random)
                elif answer.json().get("code") == "desk-has-open-ticket":
                    self._serve(client, self._standing(desk_id), random=random)
                else:
                    _require_code(answer, "queue-empty")
                    self._is_over.wait(random.uniform(0, PAUSE_SECONDS_MAX))

    def _standing(self, desk_id: str) -> str:
        """The ticket whose call was made while its answer was lost; read beside the node, which is another process."""
        with closing(sqlite3.connect(f"file:{load(self._folder).database}?mode=ro", uri=True)) as beside:
            sql = "select id from tickets where desk_id = ? and state in ('called', 'serving')"
            return str(beside.execute(sql, (desk_id,)).fetchone()[0])

    def _serve(self, client: httpx.Client, ticket_id: str, *, random: Random) -> None:
        for verb in ("serving", "finish"):
            answer = self._ask(client, f"/api/tickets/{ticket_id}/{verb}", {}, random=random)
            if answer is not None and answer.status_code == OK and verb == "finish":
                self.answers.served.append(ticket_id)

    def _ask(
        self, client: httpx.Client, path: str, body: object, *, random: Random, key: str | None = None
    ) -> httpx.Response | None:
        """The answer, asked for until there is one; None when the day is over first."""
        headers = {} if key is None else {"Idempotency-Key": key}
        while True:
            try:
                answer = client.post(path, content=msgspec.json.encode(body), headers=headers | JSON)
            except httpx.HTTPError:
                self._is_up.wait()
                if self._is_over.wait(random.uniform(0, PAUSE_SECONDS_MAX)):
                    return None
                continue
            self.answers.note()
            return answer

    def _open(self) -> Store:
        return open_store(load(self._folder))


def _require_code(answer: httpx.Response, code: str) -> None:
    if answer.status_code != CONFLICT or answer.json()["code"] != code:
        raise NotInTimeError(f"broken: {answer.request.url.path} answered {answer.status_code} {answer.text[:500]}")
