"""A hall under fire: desks call and kiosks issue at once, over HTTP, while the node is killed at moments of its work.

``python -m tests.processes.calling [--kills 200]``: exit status 1 when a number was given twice, a visitor called by
two, an answer was lost, or the tickets of now are not what the log says became of them.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
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
from tests.support.queue_log import CalledTwiceError, states_by_log

DESKS, KIOSKS = 8, 4
ANSWERS_BETWEEN_MAX = 60
OK, CREATED, CONFLICT = 200, 201, 409
SPHERES = (Sphere.PASSPORTS, Sphere.PENSIONS)


class Answers:
    """What the node has answered so far; who kills it waits for some more of them."""

    def __init__(self) -> None:
        self._news = Condition()
        self._count = 0
        self.issued: dict[str, str] = {}  # the id of the ticket by its number
        self.called: list[tuple[str, str]] = []  # the desk and the id of the ticket
        self.served: set[str] = set()

    def note(self) -> None:
        with self._news:
            self._count += 1
            self._news.notify_all()

    def wait_for(self, more: int, *, seconds: float = 60) -> None:
        with self._news:
            until = self._count + more
            if not self._news.wait_for(lambda: self._count >= until, timeout=seconds):
                raise NotInTimeError(f"{more} more answers of the hall")


class HallOfProcesses:
    """A real node without a hub, with clerks and people."""

    def __init__(self, folder: Path, *, seed: int) -> None:
        self._folder, self._seed = folder / "SHV", seed
        port = free_port()
        run("edge-node", "init", "--folder", str(self._folder), "--office", "SHV", "--port", str(port))
        with closing(self._open()) as store:
            store.run_now(_furnish)
        self.node = Served(
            [str(BIN / "edge-node"), "run", "--folder", str(self._folder)], port=port, log=folder / "SHV.log"
        )
        self.node.start()
        self.answers = Answers()
        self._is_over = Event()
        self._keys = count()

    def close(self) -> None:
        self.node.stop()

    @contextmanager
    def working(self) -> Iterator[None]:
        """Desks and kiosks at work, until the block ends; raises what went wrong with them."""
        self._is_over.clear()
        clerks = [self._sign_in(number) for number in range(1, DESKS + 1)]
        with ThreadPoolExecutor(DESKS + KIOSKS) as people:
            works = [people.submit(self._call, *clerk) for clerk in clerks]
            works += [people.submit(self._issue, number) for number in range(KIOSKS)]
            try:
                yield
            finally:
                self._is_over.set()
            for work in works:
                work.result()

    def check(self) -> None:
        """Raises NotInTimeError with the first promise that was broken."""
        self.node.stop()
        with closing(self._open()) as store:
            tickets = store.read_now(lambda reader: reader.rows("select * from tickets_with_desk", Ticket))
            log = store.read_now(lambda reader: reader.rows("select * from queue_events order by sequence", LogEntry))
        self.node.start()
        _require(self._told_and_kept(tickets), "every answer stands in the tables")
        _require(_numbers_once(tickets), "no number was given twice")
        _require(_follows_log(tickets, log), "the tickets are what the log says, none lost and none called twice")

    def _told_and_kept(self, tickets: list[Ticket]) -> bool:
        by_number = {ticket.number: ticket.id for ticket in tickets}
        states = {ticket.id: ticket.state for ticket in tickets}
        issued = all(by_number.get(number) == ticket_id for number, ticket_id in self.answers.issued.items())
        called = Counter(ticket_id for _, ticket_id in self.answers.called)
        return (
            issued
            and max(called.values(), default=0) <= 1
            and all(states[each] == "served" for each in self.answers.served)
        )

    def _sign_in(self, number: int) -> tuple[httpx.Client, str]:
        client = httpx.Client(base_url=self.node.address, trust_env=False, timeout=10)
        credentials = {"login": f"clerk-{number}", "password": PASSWORD}
        assert client.post("/api/session", json=credentials).status_code == OK
        desk_id = next(desk["id"] for desk in client.get("/api/desks").json() if desk["number"] == number)
        assert client.put(f"/api/desks/{desk_id}/occupant").status_code == OK
        return client, desk_id

    def _issue(self, kiosk: int) -> None:
        random = Random(f"{self._seed}/kiosk/{kiosk}")
        with httpx.Client(base_url=self.node.address, trust_env=False, timeout=10) as client:
            while not self._is_over.is_set():
                wish = {"sphere": random.choice(SPHERES), "purpose": Purpose.FILE}
                if random.random() < 0.3:
                    wish["priority"] = PriorityCategory.COMBATANT
                answer = self._ask(client, "/api/tickets", wish, key=f"key-{next(self._keys)}")
                if answer is not None and answer.status_code == CREATED:
                    self.answers.issued[answer.json()["number"]] = answer.json()["id"]

    def _call(self, client: httpx.Client, desk_id: str) -> None:
        with closing(client):
            while not self._is_over.is_set():
                answer = self._ask(client, f"/api/desks/{desk_id}/calls", {})
                if answer is None:
                    return
                if answer.status_code == CREATED:
                    self.answers.called.append((desk_id, answer.json()["id"]))
                    self._serve(client, answer.json()["id"])
                elif answer.status_code == CONFLICT and answer.json()["code"] == "desk-has-open-ticket":
                    self._serve(client, self._standing(desk_id))

    def _standing(self, desk_id: str) -> str:
        """The ticket whose call was made while its answer was lost; read beside the node, which is another process."""
        with closing(self._open()) as store:
            sql = "select id from tickets where desk_id = :desk_id and state in ('called', 'serving')"
            return str(store.read_now(lambda reader: reader.scalar(sql, desk_id=desk_id)))

    def _serve(self, client: httpx.Client, ticket_id: str) -> None:
        for verb in ("serving", "finish"):
            answer = self._ask(client, f"/api/tickets/{ticket_id}/{verb}", {})
            if answer is not None and answer.status_code == OK and verb == "finish":
                self.answers.served.add(ticket_id)

    def _ask(self, client: httpx.Client, path: str, body: object, *, key: str | None = None) -> httpx.Response | None:
        """The answer, asked for until there is one; None when the day is over first."""
        headers = {} if key is None else {"Idempotency-Key": key}
        while True:
            try:
                answer = client.post(path, content=msgspec.json.encode(body), headers=headers | JSON)
            except httpx.HTTPError:
                if self._is_over.wait(0.05):  # the node is being started again
                    return None
                continue
            self.answers.note()
            return answer

    def _open(self) -> Store:
        return open_store(load(self._folder))


JSON = {"content-type": "application/json"}


def _furnish(tx: Transaction) -> None:
    password_hash = hash_password(PASSWORD)
    for number in range(1, DESKS + 1):
        member = a_member(f"clerk-{number}", Role.ADMINISTRATOR, password_hash=password_hash)
        staff.project_member(tx, a_record(member))
    commands.set_up_desks(tx, [DeskPlan(number=each, spheres=SPHERES) for each in range(1, DESKS + 1)], ids=SystemIds())


def _require(holds: bool, promise: str) -> None:  # noqa: FBT001 - the promise says what it is
    if not holds:
        raise NotInTimeError(f"broken: {promise}")


def _numbers_once(tickets: list[Ticket]) -> bool:
    return max(Counter((ticket.day, ticket.number) for ticket in tickets).values(), default=0) <= 1


def _follows_log(tickets: list[Ticket], log: list[LogEntry]) -> bool:
    try:
        return states_by_log(log) == {ticket.id: ticket.state for ticket in tickets}
    except CalledTwiceError:
        return False


def kill_often(hall: HallOfProcesses, *, kills: int, seed: int) -> None:
    """Kill the node at moments of its work and start it again; the hall must lose and double nothing."""
    random = Random(seed)
    with hall.working():
        for _ in range(kills):
            hall.answers.wait_for(random.randint(1, ANSWERS_BETWEEN_MAX))
            hall.node.kill()
            hall.node.start()
        hall.answers.wait_for(ANSWERS_BETWEEN_MAX)
    hall.check()


def main() -> int:
    parser = argparse.ArgumentParser(description="kill -9 of a node whose hall is at work.")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    with TemporaryDirectory() as folder:
        hall = HallOfProcesses(Path(folder), seed=wanted.seed)
        try:
            kill_often(hall, kills=wanted.kills, seed=wanted.seed)
        except NotInTimeError as found:
            sys.stdout.write(f"{found}\n")
            return 1
        finally:
            hall.close()
    answers = hall.answers
    figures = f"issued={len(answers.issued)} called={len(answers.called)} served={len(answers.served)}"
    sys.stdout.write(f"kills={wanted.kills} {figures} doubled=0 called_twice=0 lost=0\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
