"""Whether a node that was just started, or just updated, can serve its office: for whoever may go back a version."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing

import httpx
import sqlite_utils
from sqlite_utils.migrations import Migrations

from edge_node.doctor import node
from edge_node.settings import NodeSettings
from sync.cli.findings import Finding, State

ANSWER_SECONDS = 10.0


async def examine(settings: NodeSettings, *, migrations: Iterable[Migrations]) -> list[Finding]:
    """Room on the disk, the database at this version, the pages served; no device and no hub, both may be away."""
    return [node.disk(settings), _database(settings, migrations), await _port(settings)]


def _database(settings: NodeSettings, migrations: Iterable[Migrations]) -> Finding:
    if not settings.database.exists():
        remedy = "edge-node init, or edge-node backup restore"
        return Finding(check="database", state="fail", what="there is none", remedy=remedy)
    try:
        with closing(sqlite3.connect(f"file:{settings.database}?mode=ro", uri=True)) as connection:
            database = sqlite_utils.Database(connection)
            connection.execute("select count(*) from sqlite_schema").fetchone()
            waiting = [f"{each.name} {step.name}" for each in migrations for step in each.pending(database)]
    except sqlite3.Error as error:
        return Finding(check="database", state="fail", what=str(error), remedy="edge-node backup restore")
    if waiting:
        what, remedy = f"not at this version: {', '.join(waiting)}", "start edge-node; see its log if this stays"
        return Finding(check="database", state="fail", what=what, remedy=remedy)
    return Finding(check="database", state="ok", what="opens, at this version")


async def _port(settings: NodeSettings) -> Finding:
    listen = settings.listen
    url = f"http://{_reachable(listen.host)}:{listen.port}/health/ready"
    try:
        async with httpx.AsyncClient(timeout=ANSWER_SECONDS, trust_env=False) as client:
            answer = await client.get(url)
    except httpx.HTTPError as error:
        what = f"{url} does not answer ({type(error).__name__})"
        return Finding(check="pages", state="fail", what=what, remedy="journalctl -u edge-node")
    state: State = "ok" if answer.is_success else "fail"
    return Finding(check="pages", state=state, what=f"{url} answers {answer.status_code}")


def _reachable(host: str) -> str:
    """Where this machine finds itself when the pages are served at every address."""
    if host in {"0.0.0.0", "::", ""}:  # noqa: S104 - asked, not bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
