"""Sessions of staff: a cookie with a random id, everything else in a small SQLite file of its own.

Two limits, after OWASP's session management sheet: a session ends 30 minutes after the last act and 12 hours after
sign-in, whichever is first. The file knows only the hash of an id, so that a copy of it opens nothing. Loss of the file
signs everybody out, no more.
"""

import hashlib
import secrets
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie, MutableScopeHeaders
from litestar.middleware.session.server_side import ServerSideSessionBackend, ServerSideSessionConfig
from litestar.stores.base import Store
from litestar.types import Empty, Message, ScopeSession

from sync.ambient import Clock
from sync.vocabulary.ids import StaffId
from sync.web.access import SESSION_KEY, SignedIn

COOKIE = "session"
COOKIE_STATE = "session_cookie"
IDLE_SECONDS_MAX = 30 * 60
SIGNED_IN_SECONDS_MAX = 12 * 60 * 60
RENEW_AFTER_SECONDS = 60  # one small write a minute and person, not one a click
SESSIONS_PER_STAFF_MAX = 5  # a desk, a second desk, a telephone; more is a leak
ID_BYTES = 32

_SCHEMA = """
create table if not exists sessions (
  id_hash text primary key,
  data text not null,
  staff_id text generated always as (json_extract(data, '$.signed_in.staff_id')) virtual,
  started_at real not null,
  seen_at real not null,
  expires_at real not null
);
create index if not exists sessions_of_staff on sessions (staff_id);
"""

AnyConnection = ASGIConnection[Any, Any, Any, Any]


class SessionSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One session of a member of staff, as the list of sessions shows it; ``id_hash`` ends it."""

    id_hash: str
    started_at: datetime
    seen_at: datetime


class SessionStore(Store):
    """Litestar's Store over SQLite: values in JSON, dead after ``IDLE_SECONDS_MAX`` or ``SIGNED_IN_SECONDS_MAX``.

    A statement takes microseconds and nothing is fsynced (``synchronous=normal``), so they run where they are called.
    """

    __slots__ = ("_clock", "_db", "_lock")

    def __init__(self, path: Path | str, *, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5)
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("pragma synchronous = normal")
        self._db.executescript(_SCHEMA)

    async def set(self, key: str, value: str | bytes, expires_in: int | timedelta | None = None) -> None:
        """Keep ``value`` under ``key``; a new key starts the twelve hours."""
        now = self._now()
        text = value if isinstance(value, str) else value.decode()
        self._do(
            "insert into sessions (id_hash, data, started_at, seen_at, expires_at)"
            " values (:id, :data, :now, :now, :end) on conflict (id_hash) do update"
            " set data = :data, seen_at = :now, expires_at = min(:end, started_at + :longest)",
            {
                "id": _hash(key),
                "data": text,
                "now": now,
                "end": now + _seconds(expires_in),
                "longest": SIGNED_IN_SECONDS_MAX,
            },
        )
        self._do("delete from sessions where expires_at <= :now", {"now": now})

    async def get(self, key: str, renew_for: int | timedelta | None = None) -> bytes | None:
        """The value of a living key; ``renew_for`` moves its end, never past the twelve hours."""
        now = self._now()
        row = self._do(
            "select data, seen_at from sessions where id_hash = :id and expires_at > :now",
            {"id": _hash(key), "now": now},
        ).fetchone()
        if row is None:
            return None
        if renew_for is not None and now - row[1] >= RENEW_AFTER_SECONDS:
            self._do(
                "update sessions set seen_at = :now, expires_at = min(:end, started_at + :longest) where id_hash = :id",
                {"id": _hash(key), "now": now, "end": now + _seconds(renew_for), "longest": SIGNED_IN_SECONDS_MAX},
            )
        return str(row[0]).encode()

    async def delete(self, key: str) -> None:
        """Forget ``key``."""
        self._do("delete from sessions where id_hash = :id", {"id": _hash(key)})

    async def delete_all(self) -> None:
        """Sign everybody out."""
        self.end_everyone()

    async def exists(self, key: str) -> bool:
        """Whether ``key`` lives."""
        return await self.get(key) is not None

    async def expires_in(self, key: str) -> int | None:
        """Seconds ``key`` has left without a further act."""
        row = self._do("select expires_at from sessions where id_hash = :id", {"id": _hash(key)}).fetchone()
        return None if row is None or row[0] <= self._now() else int(row[0] - self._now())

    def of_staff(self, staff_id: StaffId) -> list[SessionSummary]:
        """The living sessions of a member of staff, last seen first."""
        rows = self._do(
            "select id_hash, started_at, seen_at from sessions where staff_id = :staff and expires_at > :now"
            " order by seen_at desc",
            {"staff": staff_id, "now": self._now()},
        ).fetchall()
        return [SessionSummary(id_hash=row[0], started_at=_moment(row[1]), seen_at=_moment(row[2])) for row in rows]

    def end(self, id_hash: str) -> bool:
        """End one session of the list; answers whether it lived."""
        return self._do("delete from sessions where id_hash = :id", {"id": id_hash}).rowcount > 0

    def end_all_of(self, staff_id: StaffId) -> int:
        """End every session of a member of staff (left, new password, other roles); answers how many there were."""
        return self._do("delete from sessions where staff_id = :staff", {"staff": staff_id}).rowcount

    def end_everyone(self) -> int:
        """End every session (a leak, a restored backup); answers how many there were."""
        return self._do("delete from sessions", {}).rowcount

    def _do(self, sql: str, values: dict[str, Any]) -> sqlite3.Cursor:
        with self._lock:
            return self._db.execute(sql, values)

    def _now(self) -> float:
        return self._clock.now().timestamp()


class SessionBackend(ServerSideSessionBackend):
    """Litestar's sessions, but who never signed in costs nothing, and an unchanged session is not written."""

    def get_session_id(self, connection: AnyConnection) -> str:
        return connection.cookies.get(self.config.key, "")

    async def load_from_connection(self, connection: AnyConnection) -> dict[str, Any]:
        key = connection.cookies.get(self.config.key)
        if not key:
            return {}
        store = self.config.get_store_from_app(connection.scope["litestar_app"])
        data = await store.get(key, renew_for=None if _by_itself(connection) else IDLE_SECONDS_MAX)
        loaded = {} if data is None else self.deserialize_data(data)
        connection.scope["state"]["session_as_loaded"] = data
        return loaded

    async def store_in_message(self, scope_session: ScopeSession, message: Message, connection: AnyConnection) -> None:
        state = connection.scope["state"]
        key = state.get("session_new_id") or connection.cookies.get(self.config.key)
        if not scope_session or scope_session is Empty:
            if state.get("session_as_loaded") is not None or state.get("session_ended"):
                self._set_cookie(message, "", max_age=0)
            return
        data = self.serialize_data(scope_session)
        if data == state.get("session_as_loaded") and "session_new_id" not in state:
            return
        store = self.config.get_store_from_app(connection.scope["litestar_app"])
        await store.set(key or new_id(connection), data, expires_in=IDLE_SECONDS_MAX)
        if "session_new_id" in state:
            self._set_cookie(message, state["session_new_id"], max_age=None)

    def _set_cookie(self, message: Message, value: str, *, max_age: int | None) -> None:
        cookie = Cookie(
            key=self.config.key,
            value=value,
            max_age=max_age,
            path="/",
            secure=self.config.secure,
            httponly=True,
            samesite="lax",
        )
        MutableScopeHeaders.from_message(message).add("Set-Cookie", cookie.to_header(header=""))


def session_config(*, cookie: str, secure: bool) -> ServerSideSessionConfig:
    """The session middleware's configuration; ``secure`` keeps the cookie off plain HTTP."""
    config = ServerSideSessionConfig(key=cookie, max_age=IDLE_SECONDS_MAX, secure=secure, httponly=True, samesite="lax")
    config._backend_class = SessionBackend  # noqa: SLF001 - the extension point Litestar's own back ends use
    return config


async def begin(request: Request[Any, Any, Any], person: SignedIn) -> None:
    """Sign ``person`` in under a new id; the session that was there before ends, and their oldest beyond the limit."""
    store = session_store(request)
    await _forget(request)
    for old in store.of_staff(person.staff_id)[SESSIONS_PER_STAFF_MAX - 1 :]:
        store.end(old.id_hash)
    request.scope["session"] = {SESSION_KEY: msgspec.to_builtins(person)}
    new_id(request)


async def change(request: Request[Any, Any, Any], person: SignedIn) -> None:
    """Keep the session, with what became known of the person (took a desk, left it)."""
    request.scope["session"] = {**request.session, SESSION_KEY: msgspec.to_builtins(person)}


async def end(request: Request[Any, Any, Any]) -> None:
    """Sign out: the session is forgotten, the cookie taken back."""
    await _forget(request)
    request.scope["session"] = {}
    request.scope["state"]["session_ended"] = True


def session_store(connection: AnyConnection) -> SessionStore:
    """The store of this app's sessions."""
    store = connection.scope["litestar_app"].stores.get("sessions")
    if not isinstance(store, SessionStore):
        raise TypeError("the app's store of sessions is not a SessionStore")
    return store


def new_id(connection: AnyConnection) -> str:
    """Give the session a fresh id, so that one seen before sign-in opens nothing after it."""
    fresh = secrets.token_urlsafe(ID_BYTES)
    connection.scope["state"]["session_new_id"] = fresh
    return fresh


async def _forget(request: Request[Any, Any, Any]) -> None:
    if key := request.cookies.get(request.app.state[COOKIE_STATE]):
        await session_store(request).delete(key)


def _by_itself(connection: AnyConnection) -> bool:
    """Whether the page asks by itself (a live stream, a poll): no act of a person, so it keeps nobody signed in."""
    return connection.url.path.startswith("/live/") or "text/event-stream" in connection.headers.get("accept", "")


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _seconds(span: int | timedelta | None) -> float:
    if isinstance(span, timedelta):
        return span.total_seconds()
    return float(IDLE_SECONDS_MAX if span is None else span)


def _moment(timestamp: float) -> datetime:
    return datetime.fromtimestamp(timestamp, UTC)
