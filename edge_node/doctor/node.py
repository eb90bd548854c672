"""The node itself: its disk, database, key, and the line to the hub."""

import shutil
import sqlite3
import subprocess
from contextlib import closing
from datetime import datetime

import httpx

from edge_node.settings import NodeSettings
from edge_node.staff.commands import first_broken_line
from sync.cli.findings import Finding, State, access_log, disk_room, documents_merge
from sync.replication import trust
from sync.replication.identity import NodeKey
from sync.storage import Reader

FREE_BYTES_MIN = 2 << 30  # a month of an office's scans
HUB_SECONDS = 5
KEY_MODE = 0o600


async def examine(settings: NodeSettings) -> list[Finding]:
    """Every check, in the order in which one would look."""
    return [
        disk(settings),
        *_database(settings),
        _key(settings),
        documents_merge(),
        _text(settings),
        *await _hub(settings),
    ]


def disk(settings: NodeSettings) -> Finding:
    """Whether there is room, and the right to write."""
    return disk_room(settings.folder, free_bytes_min=FREE_BYTES_MIN, larger="give the node a larger disk")


def _database(settings: NodeSettings) -> list[Finding]:
    if not settings.database.exists():
        remedy = "edge-node init, or edge-node backup restore"
        return [Finding(check="database", state="fail", what="there is none", remedy=remedy)]
    try:
        with closing(sqlite3.connect(f"file:{settings.database}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            (found,) = connection.execute("pragma quick_check").fetchone()
            (waiting,) = connection.execute(
                "select count(*) from replica_operations where state = 'waiting'"
            ).fetchone()
            log = access_log(first_broken_line(Reader(connection)))
    except sqlite3.Error as error:
        return [Finding(check="database", state="fail", what=str(error), remedy="edge-node backup restore")]
    if found != "ok":
        return [Finding(check="database", state="fail", what=str(found), remedy="edge-node backup restore")]
    return [Finding(check="database", state="ok", what=f"whole; {waiting} operations wait for the hub"), log]


def _key(settings: NodeSettings) -> Finding:
    if not settings.key_file.exists():
        return Finding(check="key", state="fail", what="there is none", remedy="edge-node backup restore")
    NodeKey.load(settings.key_file)
    if settings.key_file.stat().st_mode & 0o777 != KEY_MODE:
        return Finding(check="key", state="warn", what="others may read it", remedy=f"chmod 600 {settings.key_file}")
    return Finding(check="key", state="ok", what="only its owner reads it")


def _text(settings: NodeSettings) -> Finding:
    if not settings.archive.recognises_text:
        return Finding(check="text of scans", state="ok", what="not recognised here (archive.recognises_text)")
    wanted = settings.archive.text_languages.split("+")
    packages = " ".join(["ocrmypdf", *(f"tesseract-ocr-{language}" for language in wanted)])
    if shutil.which("ocrmypdf") is None or (tesseract := shutil.which("tesseract")) is None:
        what, remedy = "the recogniser is not installed: scans stay without text", f"apt install {packages}"
        return Finding(check="text of scans", state="warn", what=what, remedy=remedy)
    listed = subprocess.run([tesseract, "--list-langs"], capture_output=True, text=True, check=False)  # noqa: S603 - found by which, own argument
    missing = sorted(set(wanted) - set(listed.stdout.split()))
    if missing:
        what, remedy = f"languages that are missing: {', '.join(missing)}", f"apt install {packages}"
        return Finding(check="text of scans", state="warn", what=what, remedy=remedy)
    return Finding(check="text of scans", state="ok", what=f"recognised in {settings.archive.text_languages}")


async def _hub(settings: NodeSettings) -> list[Finding]:
    if settings.hub is None:
        remedy = "edge-node enrol --hub URL --token T; without a token: edge-node pair --hub URL"
        return [Finding(check="hub", state="warn", what="this node is not enrolled", remedy=remedy)]
    pinned, url = settings.authority_file, settings.hub.url
    verify = trust.trusting(pinned.read_bytes()) if pinned.exists() else True
    try:
        async with httpx.AsyncClient(timeout=HUB_SECONDS, trust_env=False, verify=verify) as client:
            answer = await client.get(f"{url}/health/live")
    except httpx.HTTPError as error:
        if code := trust.distrust(error):
            return [Finding(check="hub", state="fail", what=f"{url}: {code}", remedy=trust.SAID[code])]
        what = f"{url} does not answer ({type(error).__name__})"
        return [Finding(check="hub", state="warn", what=what, remedy="the office works on; check the line")]
    state: State = "ok" if answer.is_success else "warn"
    answers = Finding(check="hub", state=state, what=f"{url} answers {answer.status_code}")
    return [answers, _trust(settings, trust.certificate_ends_at(answer))]


def _trust(settings: NodeSettings, certificate_ends_at: datetime | None) -> Finding:
    if not settings.authority_file.exists():
        remedy = "enrol again with a token of a hub that has [nodes]"
        return Finding(check="hub's authority", state="warn", what="none is pinned", remedy=remedy)
    what = f"ends {trust.ends_at(settings.authority_file):%Y-%m-%d}"
    if certificate_ends_at is not None:
        what += f"; the hub's certificate {certificate_ends_at:%Y-%m-%d}"
    return Finding(check="hub's authority", state="ok", what=what)
