"""The hub's database: a transaction per command, what it answered is durable, events after commit."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, cast

import msgspec

from central_hub.storage import engine
from central_hub.storage.transaction import Reader, Transaction

T = TypeVar("T")
E = TypeVar("E", bound=msgspec.Struct)


class HubStore:
    """One database by its address, migrated, open until ``close``.

    ``sqlite:////folder/hub.sqlite`` has one writer thread; ``postgresql+psycopg://…`` a few, put in order by the row of
    ``hub_state`` that every feeding command locks first.
    """

    def __init__(self, database_url: str) -> None:
        self.database_url = database_url
        self._writing = engine.writing_engine(database_url)
        self._reading = engine.reading_engine(database_url)
        engine.migrate(self._writing)
        writers = 1 if engine.is_sqlite(database_url) else engine.POSTGRESQL_WRITERS_MAX
        self._writers = ThreadPoolExecutor(writers, thread_name_prefix="hub-writer")
        self._readers = ThreadPoolExecutor(engine.READERS_MAX, thread_name_prefix="hub-reader")
        self._listeners: dict[type[msgspec.Struct], list[Callable[[msgspec.Struct], None]]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._before_write: Callable[[], None] = _nothing
        self._after_write: Callable[[], None] = _nothing

    def close(self) -> None:
        """Finish what is queued, then let go of the database."""
        self._writers.shutdown()
        self._readers.shutdown()
        self._writing.dispose()
        self._reading.dispose()

    def subscribe(self, event: type[E], listener: Callable[[E], None]) -> None:
        """Call ``listener`` with every such event after its commit; it must be quick and must not raise."""
        self._listeners.setdefault(event, []).append(cast("Callable[[msgspec.Struct], None]", listener))

    def bind_loop(self, loop: asyncio.AbstractEventLoop | None) -> None:
        """From now on listeners are called on ``loop``; without one, on the writer's thread."""
        self._loop = loop

    def watch_writes(self, before: Callable[[], None], after: Callable[[], None]) -> None:
        """Call ``before`` and ``after`` each command: another process that writes too may give way."""
        self._before_write, self._after_write = before, after

    def announce(self, event: msgspec.Struct) -> None:
        """Tell the listeners what another process has committed."""
        self._publish([event])

    async def run(self, command: Callable[[Transaction], T]) -> T:
        """Run ``command`` in its own transaction; a refusal undoes it, an answer is durable."""
        return await asyncio.wrap_future(self._writers.submit(self._write, command))

    def run_now(self, command: Callable[[Transaction], T]) -> T:
        """The same for callers without an event loop."""
        return self._writers.submit(self._write, command).result()

    async def read(self, query: Callable[[Reader], T]) -> T:
        """Run ``query`` over one consistent state."""
        return await asyncio.wrap_future(self._readers.submit(self.read_now, query))

    def read_now(self, query: Callable[[Reader], T]) -> T:
        """The same for callers without an event loop."""
        with self._reading.connect() as connection:
            return query(Reader(connection))

    def _write(self, command: Callable[[Transaction], T]) -> T:
        self._before_write()
        try:
            with self._writing.begin() as connection:
                transaction = Transaction(connection)
                answer = command(transaction)
        finally:
            self._after_write()
        self._publish(transaction.events)
        return answer

    def _publish(self, events: list[msgspec.Struct]) -> None:
        if not events:
            return
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._tell, events)
        else:
            self._tell(events)

    def _tell(self, events: list[msgspec.Struct]) -> None:
        for event in events:
            for listener in self._listeners.get(type(event), ()):
                listener(event)


def _nothing() -> None:
    """Nobody watches."""
