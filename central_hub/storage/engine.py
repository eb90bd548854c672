"""The two databases behind one setting: SQLite (WAL, every commit on the disk) and PostgreSQL."""

from pathlib import Path
from sqlite3 import Connection as SqliteConnection

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.engine import Connection
from sqlalchemy.pool import ConnectionPoolEntry

BUSY_TIMEOUT_SECONDS = 10  # another process (backup, doctor) may hold the lock for a moment
READERS_MAX = 8
POSTGRESQL_WRITERS_MAX = 4

_MIGRATIONS = Path(__file__).parent / "migrations"


def is_sqlite(database_url: str) -> bool:
    return make_url(database_url).get_backend_name() == "sqlite"


def writing_engine(database_url: str) -> Engine:
    """The engine of commands: on SQLite the one writer, its transactions ``immediate``."""
    if not is_sqlite(database_url):
        return create_engine(database_url, pool_size=POSTGRESQL_WRITERS_MAX, max_overflow=0, pool_pre_ping=True)
    return _sqlite_engine(database_url, begin="begin immediate", pool_size=1)


def reading_engine(database_url: str) -> Engine:
    """The engine of queries: each sees one consistent state."""
    if is_sqlite(database_url):
        return _sqlite_engine(database_url, begin="begin", pool_size=READERS_MAX)
    return create_engine(
        database_url,
        pool_size=READERS_MAX,
        max_overflow=0,
        pool_pre_ping=True,
        isolation_level="REPEATABLE READ",
    )


def migrate(engine: Engine) -> None:
    """Bring the database to this version of the tables."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


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

    def begin_transaction(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", settle)
    event.listen(engine, "begin", begin_transaction)
    return engine
