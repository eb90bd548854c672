"""The node's database: one writer thread with group commit, readers on their own connections.

``synchronous=FULL``: what a command answered is on the disk. Commands that queue up share one commit; each runs in a
savepoint of its own, so a refusal undoes only itself, and no answer leaves before the commit that carries it.
"""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path
from typing import TypeVar, cast

import msgspec
from sqlite_utils.migrations import Migrations

from sync.storage import upgrade
from sync.storage.transaction import Reader, Transaction

T = TypeVar("T")
E = TypeVar("E", bound=msgspec.Struct)
Job = tuple[Callable[[Transaction], object], "Future[object]"]
Errand = Callable[[sqlite3.Connection], None]  # what the writer does between two commits

GROUP_COMMANDS_MAX = 64  # a commit shared by more would make the first of them wait too long
READERS_MAX = 8
LOG_PAGES = 4_000  # of 4 KiB; moving the log into the database flushes twice more, so not at every page of operations
BUSY_TIMEOUT_SECONDS = 10  # another process (backup, doctor) may hold the lock for a moment


def connect(path: Path) -> sqlite3.Connection:
    """A connection with the settings every part of the house relies on."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=BUSY_TIMEOUT_SECONDS)
    connection.row_factory = sqlite3.Row
    connection.execute("pragma journal_mode=wal")
    connection.execute("pragma synchronous=full")
    connection.execute("pragma foreign_keys=on")
    connection.execute(f"pragma wal_autocheckpoint={LOG_PAGES}")
    return connection


class Store:
    """One SQLite file, its migrations applied, open until ``close``."""

    def __init__(self, path: Path, migrations: Iterable[Migrations] = ()) -> None:
        self.path = path
        with closing(connect(path)) as connection:
            upgrade.bring_forward(connection, migrations, path=path)
        self._listeners: dict[type[msgspec.Struct], list[Callable[[msgspec.Struct], None]]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._jobs: queue.SimpleQueue[Job | Errand | None] = queue.SimpleQueue()
        self._readers: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue()
        for _ in range(READERS_MAX):
            self._readers.put(connect(path))
        self._writer = threading.Thread(target=self._write, name="store-writer", daemon=True)
        self._writer.start()

    def close(self) -> None:
        """Finish the commands already queued, then let go of the file."""
        self._jobs.put(None)
        self._writer.join()
        for _ in range(READERS_MAX):
            self._readers.get().close()

    def subscribe(self, event: type[E], listener: Callable[[E], None]) -> None:
        """Call ``listener`` with every such event after its commit; it must be quick and must not raise."""
        self._listeners.setdefault(event, []).append(cast("Callable[[msgspec.Struct], None]", listener))

    def scrub(self) -> None:
        """Write the file anew without what was deleted from it, and empty its log; commands wait until that is done.

        Blocks: call it in a thread. Raises ``sqlite3.Error`` when the disk has no room for a second copy.
        """
        done: Future[None] = Future()

        def rewrite(connection: sqlite3.Connection) -> None:
            try:
                connection.execute("vacuum")
                connection.execute("pragma wal_checkpoint(truncate)")
            except sqlite3.Error as error:
                done.set_exception(error)
            else:
                done.set_result(None)

        self._jobs.put(rewrite)
        done.result()

    def bind_loop(self, loop: asyncio.AbstractEventLoop | None) -> None:
        """From now on listeners are called on ``loop``; without one, on the writer's thread."""
        self._loop = loop

    async def run(self, command: Callable[[Transaction], T]) -> T:
        """Run ``command`` in its own transaction; its answer comes when the change is durable."""
        return cast("T", await asyncio.wrap_future(self._submit(command)))

    def run_now(self, command: Callable[[Transaction], T]) -> T:
        """The same for callers without an event loop."""
        return cast("T", self._submit(command).result())

    async def read(self, query: Callable[[Reader], T]) -> T:
        """Run ``query`` on a reader of its own, in a thread."""
        return await asyncio.to_thread(self.read_now, query)

    def read_now(self, query: Callable[[Reader], T]) -> T:
        """The same for callers without an event loop."""
        connection = self._readers.get()
        try:
            connection.execute("begin")
            return query(Reader(connection))
        finally:
            connection.rollback()
            self._readers.put(connection)

    def _submit(self, command: Callable[[Transaction], object]) -> "Future[object]":
        future: Future[object] = Future()
        future.set_running_or_notify_cancel()  # a caller who leaves cannot take back what is queued
        self._jobs.put((command, future))
        return future

    def _write(self) -> None:
        with closing(connect(self.path)) as connection:
            while True:
                batch, follower = self._gather()
                if batch:
                    self._commit(connection, batch)
                if follower is not None:
                    follower(connection)
                elif not batch:
                    return

    def _gather(self) -> tuple[list[Job], Errand | None]:
        """What is queued now, and the errand behind it; neither when the end was asked for."""
        batch: list[Job] = []
        job = self._jobs.get()
        while isinstance(job, tuple):
            batch.append(job)
            if len(batch) == GROUP_COMMANDS_MAX:
                return batch, None
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return batch, None
        if job is None and batch:
            self._jobs.put(None)  # the end comes after this batch
        return batch, job

    def _commit(self, connection: sqlite3.Connection, batch: list[Job]) -> None:
        answers: list[Callable[[], None]] = []
        events: list[msgspec.Struct] = []
        try:
            connection.execute("begin immediate")
            for command, future in batch:
                answers.append(self._attempt(connection, command, future, events))
            connection.execute("commit")
        except sqlite3.Error as error:  # a full or failing disk: nothing of this batch happened
            if connection.in_transaction:
                connection.rollback()
            for _, future in batch:
                future.set_exception(error)
            return
        for answer in answers:
            answer()
        self._publish(events)

    @staticmethod
    def _attempt(
        connection: sqlite3.Connection,
        command: Callable[[Transaction], object],
        future: "Future[object]",
        events: list[msgspec.Struct],
    ) -> Callable[[], None]:
        """Run one command in its savepoint; what to tell its caller once the batch is committed."""
        transaction = Transaction(connection)
        connection.execute("savepoint command")
        try:
            result = command(transaction)
        except BaseException as error:  # handed to the caller as it is: the writer must live
            if not connection.in_transaction:  # SQLite itself gave up the whole batch (disk full, I/O error)
                raise
            connection.execute("rollback to command")
            connection.execute("release command")
            failure = error
            return lambda: future.set_exception(failure)
        connection.execute("release command")
        events += transaction.events
        return lambda: future.set_result(result)

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
