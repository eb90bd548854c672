"""A hall under fire: desks call and kiosks issue at once, over HTTP, while the node is killed at moments of its work.

``python -m tests.processes.calling [--kills 200] [--desks 8 64 320] [--kiosks 40]``: exit status 1 when a number was
given twice, a visitor called by two, an answer lost, or the tickets of now are not what the log says became of them.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import monotonic

from edge_node.queue.model import Happening, LogEntry, Ticket
from tests.processes.hall import HallOfProcesses
from tests.support.processes import NotInTimeError
from tests.support.queue_log import CalledTwiceError, states_by_log

KIOSKS = 40


def kill_often(hall: HallOfProcesses, *, kills: int, seed: int) -> None:
    """Kill the node at moments of its work and start it again; the hall must lose and double nothing.

    Raises NotInTimeError with the first promise that was broken.
    """
    random = Random(seed)
    people = hall.desks + hall.kiosks
    with hall.working():
        for _ in range(kills):
            hall.answers.wait_for(random.randint(1, people))  # while it gathers again, or at full work
            hall.kill()
        hall.answers.wait_for(people)
    check(hall)


def check(hall: HallOfProcesses) -> None:
    """Everything answered stands on the disk, once; raises NotInTimeError with the first promise that was broken."""
    tickets, log = hall.books()
    by_id = {ticket.id: ticket for ticket in tickets}
    issued, served = dict(hall.answers.issued), set(hall.answers.served)
    _require(_numbers_once(tickets), "no number was given twice")
    _require(len(issued) == len(hall.answers.issued), "every answer of a kiosk is about another ticket")
    _require(
        all(each in by_id and by_id[each].number == number for each, number in issued.items()),
        "every ticket answered is there, with its number",
    )
    _require(len(tickets) - len(issued) <= hall.kiosks, "a wish asked for again made no second ticket")
    _require(_calls_once(hall.answers.called, log), "every call answered stands once, at its desk")
    _require(all(by_id[each].state == "served" for each in served), "every end answered stands")
    _require(_follows_log(tickets, log), "the tickets are what the log says, none called twice")


def _require(holds: bool, promise: str) -> None:  # noqa: FBT001 - the promise says what it is
    if not holds:
        raise NotInTimeError(f"broken: {promise}")


def _numbers_once(tickets: list[Ticket]) -> bool:
    return max(Counter((ticket.day, ticket.number) for ticket in tickets).values(), default=0) <= 1


def _calls_once(answered: list[tuple[str, str]], log: list[LogEntry]) -> bool:
    """In this hall nobody is sent back: a ticket is called once in its life."""
    made = Counter((line.desk_id, line.ticket_id) for line in log if line.kind is Happening.CALLED)
    by_ticket = Counter(ticket_id for _, ticket_id in made.elements())
    told = Counter(answered)
    return max(by_ticket.values(), default=0) <= 1 and max(told.values(), default=0) <= 1 and told <= made


def _follows_log(tickets: list[Ticket], log: list[LogEntry]) -> bool:
    try:
        return states_by_log(log) == {ticket.id: ticket.state for ticket in tickets}
    except CalledTwiceError:
        return False


def _kill_one_hall(*, desks: int, kiosks: int, kills: int, seed: int) -> str:
    """What was done to the hall, in one line; raises NotInTimeError."""
    began = monotonic()
    with TemporaryDirectory() as folder:
        hall = HallOfProcesses(Path(folder), desks=desks, kiosks=kiosks, seed=seed)
        try:
            kill_often(hall, kills=kills, seed=seed)
        finally:
            hall.close()
    told = hall.answers
    did = f"issued={len(told.issued)} called={len(told.called)} served={len(told.served)}"
    minutes = (monotonic() - began) / 60
    return f"desks={desks} kiosks={kiosks} kills={kills} {did} minutes={minutes:.1f}"


def main() -> int:
    parser = argparse.ArgumentParser(description="kill -9 of a node whose hall is at work.")
    parser.add_argument("--kills", type=int, default=200, help="shared among the halls")
    parser.add_argument("--desks", type=int, nargs="+", default=[8, 64, 320], help="a hall of each size")
    parser.add_argument("--kiosks", type=int, default=KIOSKS)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    lines = []
    halls = len(wanted.desks)
    for place, desks in enumerate(wanted.desks):
        kills = (wanted.kills + place) // halls
        try:
            lines.append(_kill_one_hall(desks=desks, kiosks=wanted.kiosks, kills=kills, seed=wanted.seed))
        except NotInTimeError as found:
            sys.stdout.write(f"desks={desks}: {found}\n")
            return 1
        sys.stdout.write(f"{lines[-1]}\n")
        sys.stdout.flush()
    sys.stdout.write(f"kills={wanted.kills}: {'; '.join(lines)}; doubled=0 called_twice=0 lost=0\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
