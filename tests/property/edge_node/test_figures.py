"""Figures read from the log as it grows are those made again out of the whole log, whatever happened and when."""

from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from edge_node.queue import commands, queries
from edge_node.queue.model import Ticket, Wish
from edge_node.statistics import listeners
from edge_node.statistics import queries as statistics
from sync.storage import Transaction
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.errors import Refusal
from sync.vocabulary.hall import total
from sync.vocabulary.ids import StaffId
from sync.vocabulary.ticket import Purpose
from tests.support.hall import Hall, clerk

SPHERES = (Sphere.PASSPORTS, Sphere.PENSIONS)
CLERK = StaffId("clerk-1")
IN_HALL = ("take", "take", "take", "take", "restore", "leave")
AT_DESK = ("call", "call", "start", "start", "finish", "finish", "no_show", "undo", "undo", "transfer", "park", "next")
SELDOM = ("close", "recall")


def act_at_desk(tx: Transaction, hall: Hall, random: Random, *, what: str) -> None:
    """One thing that may happen at a desk; the office refuses what makes no sense, and a refusal leaves no line."""
    desk = random.choice(queries.desks(tx))
    standing = queries.ticket_at_desk(tx, desk_id=desk.id)
    by = {"by": clerk(desk), "now": hall.clock.now()}
    here = {"ticket_id": "nobody" if standing is None else standing.id, **by}
    sphere = random.choice(SPHERES)
    acts = {
        "start": partial(commands.start_serving, **here),
        "finish": partial(commands.finish, **here),
        "no_show": partial(commands.no_show, **here),
        "recall": partial(commands.recall, **here),
        "undo": partial(commands.undo_last, desk_id=desk.id, **by),
        "transfer": partial(commands.transfer_to_sphere, sphere=sphere, **here),
        "park": partial(commands.park, minutes=5, only_desk_id=None, **here),
        "next": partial(commands.next_service, sphere=sphere, purpose=Purpose.FILE, **here),
        "close": partial(commands.close_desk, desk_id=desk.id, **by),
    }
    if what == "call":
        commands.occupy_desk(tx, desk_id=desk.id, **by)
        commands.call_next(tx, desk_id=desk.id, **by)
    else:
        acts[what](tx)


def act_in_hall(tx: Transaction, hall: Hall, random: Random, *, what: str) -> None:
    """One thing that may happen away from the desks."""
    now, waiting = hall.clock.now(), "select * from tickets_with_desk where state in ('waiting', 'no_show')"
    known = tx.rows(waiting, Ticket)
    if what == "take" or not known:
        wish = Wish(sphere=random.choice(SPHERES), purpose=Purpose.FILE)
        commands.issue_ticket(tx, wish=wish, token=hall.ids.new(), now=now, ids=hall.ids)
    elif what == "restore":
        commands.restore(tx, number=random.choice(known).number, by=CLERK, now=now)
    else:
        commands.note_left(tx, ticket_id=random.choice(known).id, by=CLERK, now=now)


def live(hall: Hall, random: Random, *, acts: int) -> None:
    """Some of a hall's life."""
    for _ in range(acts):
        hall.clock.move(seconds=random.choice((1, 5, 5, 40, 400, 400, 20_000)))
        what = random.choice(IN_HALL + AT_DESK * 2 + SELDOM)
        try:
            hall.do(act_in_hall if what in IN_HALL else act_at_desk, hall, random, what=what)
        except Refusal:
            continue


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32), stretches=st.lists(st.integers(1, 40), min_size=1, max_size=6))
def test_figures_read_as_the_log_grows_are_those_of_the_whole_log(seed: int, stretches: list[int]):
    random = Random(seed)
    with TemporaryDirectory() as folder:
        hall = Hall(Path(folder))
        hall.set_up(SPHERES, (SPHERES[0],))
        for acts in stretches:
            live(hall, random, acts=acts)
            listeners.catch_up(hall.store, limit=random.choice((1, 3, 200)))
        kept = hall.store.read_now(statistics.all_cells)
        assert listeners.rebuild(hall.store) == 0
        assert hall.store.read_now(statistics.all_cells) == kept
        whole = total(kept.values())
        assert whole.issued == hall.store.read_now(lambda reader: reader.scalar("select count(*) from tickets"))
        assert whole.called >= whole.in_target + whole.past_limit
        assert all(count >= 0 for cell in kept.values() for count in (cell.issued, cell.called, cell.service_seconds))
        hall.close()
