"""The two databases behind one setting: SQLite (WAL, every commit on the disk) and PostgreSQL."""

import sqlite3
from contextlib import closing
from pathlib import Path
from sqlite3 import Connection as SqliteConnection

from sqlalchemy import Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from sync.storage.store import LOG_PAGES
from sync.storage.upgrade import copy_of, forget_copies

BUSY_TIMEOUT_SECONDS = 10  # another process (backup, doctor) may hold the lock for a moment
SCRUB_TIMEOUT_SECONDS = 120
READERS_MAX = 8
POSTGRESQL_WRITERS_MAX = 4
# less than the watchdog's: a database whose machine is silent is an error to tell, no reason to start the hub again
POSTGRESQL_PATIENCE = {"connect_timeout": 5, "tcp_user_timeout": 8_000}  # s, ms: names and units of libpq

_MIGRATIONS = Path(__file__).parent / "migrations"


def is_sqlite(database_url: str) -> bool:
    return make_url(database_url).get_backend_name() == "sqlite"


def is_locked(error: OperationalError) -> bool:
    """Whether another process held the database for longer than ``BUSY_TIMEOUT_SECONDS``: a backup, a slow disk."""
    return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


def writing_engine(database_url: str) -> Engine:
    """The engine of commands: on SQLite the one writer, its transactions ``immediate``."""
    if not is_sqlite(database_url):
        return _postgresql_engine(database_url, pool_size=POSTGRESQL_WRITERS_MAX)
    return _sqlite_engine(database_url, begin="begin immediate", pool_size=1)


def reading_engine(database_url: str) -> Engine:
    """The engine of queries: each sees one consistent state."""
    if is_sqlite(database_url):
        return _sqlite_engine(database_url, begin="begin", pool_size=READERS_MAX)
    return _postgresql_engine(database_url, pool_size=READERS_MAX).execution_options(isolation_level="REPEATABLE READ")


class BackupFirst(Exception):  # noqa: N818 - what is to be done
    """A PostgreSQL database in use is of an older version: its backup is its administrator's work, and comes first."""


def migrate(engine: Engine) -> None:
    """Bring the database to this version of the tables; one in use is copied first, beside itself.

    Raises:
        BackupFirst: it is PostgreSQL's, and was in use.
    """
    found = _revision(engine)
    if found == _newest_revision():
        return
    if found is not None and engine.url.get_backend_name() == "sqlite":
        copy_of(Path(engine.url.database or ""), mark=found)
    elif found is not None:
        raise BackupFirst(f"the tables are of version {found}, this is {_newest_revision()}")
    bring_forward(engine)


def bring_forward(engine: Engine) -> None:
    """The same without a look back: who calls it has a backup."""
    from alembic import command  # noqa: PLC0415 - a fifth of a start, and mostly there is nothing to do
    from alembic.config import Config  # noqa: PLC0415 - the same

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def scrub(database_url: str) -> None:
    """Write the database anew without what was deleted from it, and empty its log; waits for others to let go.

    PostgreSQL's own log files go with its settings (``wal_keep_size``, archives): its administrator's work.
    """
    if is_sqlite(database_url):
        path = make_url(database_url).database or ""
        with closing(sqlite3.connect(path, isolation_level=None, timeout=SCRUB_TIMEOUT_SECONDS)) as connection:
            connection.execute("vacuum")
            connection.execute("pragma wal_checkpoint(truncate)")
        forget_copies(Path(path))
        return
    engine = create_engine(database_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("vacuum full"))
    engine.dispose()


def _revision(engine: Engine) -> str | None:
    """Which version of the tables the database has; ``None`` for an empty one."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found = connection.execute(text("select version_num from alembic_version")).scalar()
    return None if found is None else str(found)


def _newest_revision() -> str:
    """The number in the name of the newest migration, which is its revision: ``v0001_first_tables.py`` is 0001."""
    return max(path.name for path in _MIGRATIONS.glob("versions/v*.py"))[1:5]


def _postgresql_engine(database_url: str, *, pool_size: int) -> Engine:
    return create_engine(
        database_url, pool_size=pool_size, max_overflow=0, pool_pre_ping=True, connect_args=POSTGRESQL_PATIENCE
    )


def _sqlite_engine(database_url: str, *, begin: str, pool_size: int) -> Engine:
    engine = create_engine(
        database_url,
        pool_size=pool_size,
        max_overflow=0,
        connect_args={"timeout": BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
    )

    def settle(connection: SqliteConnection, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the driver would begin late; we begin ourselves
        connection.execute("pragma journal_mode=wal")
        connection.execute("pragma synchronous=full")
        connection.execute("pragma foreign_keys=on")
        connection.execute(f"pragma wal_autocheckpoint={LOG_PAGES}")

    def begin_transaction(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", settle)
    event.listen(engine, "begin", begin_transaction)
    return engine
