"""Many desks and kiosks at one moment, on one store, as the web process has it."""

import asyncio
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from edge_node.queue import commands
from edge_node.queue.model import Desk, QueueEmpty, Ticket, Wish
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.ticket import PriorityCategory, Purpose
from tests.support.hall import Hall, clerk

KIOSKS = 40
TICKETS_EACH = 10


@pytest.mark.parametrize("desks", [8, 64, 320])
def test_forty_kiosks_and_so_many_desks_double_and_lose_nobody(tmp_path: Path, desks: int) -> None:
    hall = Hall(tmp_path)
    try:
        opened = [hall.open_desk(desk) for desk in hall.set_up(*[(Sphere.PASSPORTS,)] * desks)]
        issued, called = asyncio.run(_day(hall, opened))
        numbers = Counter(ticket.number for ticket in issued)
        assert (len(numbers), max(numbers.values())) == (KIOSKS * TICKETS_EACH, 1)
        assert Counter(ticket.id for ticket in called) == Counter(ticket.id for ticket in issued)
        kinds = hall.store.read_now(lambda reader: reader.column("select kind from queue_events where kind = 'called'"))
        assert len(kinds) == len(called)
    finally:
        hall.close()


async def _day(hall: Hall, desks: list[Desk]) -> tuple[list[Ticket], list[Ticket]]:
    """Kiosks issue and desks call all at once; then the desks call until nobody waits."""
    issued: list[Ticket] = []
    called: list[Ticket] = []

    async def issue(kiosk: int) -> None:
        for each in range(TICKETS_EACH):
            priority = PriorityCategory.HERO if each % 3 == 0 else None
            wish = Wish(sphere=Sphere.PASSPORTS, purpose=Purpose.FILE, priority=priority)
            token = f"{kiosk}-{each}"
            issue = partial(commands.issue_ticket, wish=wish, token=token, now=hall.clock.now(), ids=hall.ids)
            issued.append(await hall.store.run(issue))

    async def call(desk: Desk) -> bool:
        facts = {"by": clerk(desk), "now": hall.clock.now()}
        try:
            ticket = await hall.store.run(partial(commands.call_next, desk_id=desk.id, **facts))
        except QueueEmpty:
            return False
        called.append(ticket)
        await hall.store.run(partial(commands.no_show, ticket_id=ticket.id, **facts))
        return True

    async def work(desk: Desk) -> None:
        while await call(desk):
            pass

    await asyncio.gather(*(issue(kiosk) for kiosk in range(KIOSKS)), *(work(desk) for desk in desks))
    await asyncio.gather(*(work(desk) for desk in desks))
    return issued, called
