"""The loop that reads the log of the queue into figures."""

import asyncio
from collections.abc import Mapping
from functools import partial

from edge_node.statistics import commands, queries
from edge_node.statistics.model import Cell, Tally, add_story, nonzero
from sync.storage import Reader, Store

READ_SECONDS = 20  # figures may be so old; the hall does not wait for each ticket to be counted
LINES_AT_ONCE = 200  # a visitor at the kiosk waits no longer than this takes
LINES_AT_ONCE_OFFLINE = 5000


async def keep_figures(store: Store) -> None:
    """Read on in the log, until cancelled."""
    while True:
        await asyncio.to_thread(catch_up, store, limit=LINES_AT_ONCE)
        await asyncio.sleep(READ_SECONDS)


def catch_up(store: Store, *, limit: int = LINES_AT_ONCE) -> None:
    """Read the log to its end, so many lines at once."""
    while True:
        since = store.read_now(queries.read_until)
        step = store.read_now(partial(queries.next_step, since=since, limit=limit))
        if step is None:
            return
        store.run_now(partial(commands.take, step=step))


def rebuild(store: Store) -> int:
    """Make all figures again out of the whole log, put right what differs; how many figures differed."""
    while True:
        catch_up(store, limit=LINES_AT_ONCE_OFFLINE)
        until = store.read_now(queries.read_until)
        whole = store.read_now(partial(_told_by_log, until=until))
        differed = store.run_now(partial(commands.replace, whole=whole, until=until))
        if differed is not None:
            return differed


def _told_by_log(reader: Reader, *, until: int) -> Mapping[Cell, dict[str, int]]:
    """All figures, from each ticket's story told once, from its beginning to its end."""
    tally: Tally = {}
    for story in queries.stories(reader, until=until):
        add_story(tally, story, sign=1)
    return nonzero(tally)
