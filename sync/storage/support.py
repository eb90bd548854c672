"""What a technician sends to whoever helps: how a machine is, and nothing of anybody.

What is free text (a log line, a remedy) is scrubbed: this house speaks English in its logs, so Cyrillic there is a
name, and a long run of digits is somebody's number. Tables give their sizes alone.
"""

import json
import platform
import re
import shutil
import sqlite3
import subprocess
import zipfile
from collections.abc import Mapping
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

import msgspec

LOG_LINES = 2_000
LOG_SECONDS_MAX = 60
LIBRARIES = ("vikno", "litestar", "msgspec", "pycrdt", "httpx", "uvicorn", "sqlite-utils", "cryptography")
MIGRATION_TABLES = ("_sqlite_migrations", "alembic_version")
_PRIVATE = 0o600
_CYRILLIC = re.compile(r"[\u0400-\u04ff][\u0400-\u04ff'’ʼ-]*")
_NUMBER = re.compile(r"\+?\d(?:[ \-()]{0,2}\d){5,}")
_TIMES = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?")
_MAIL = re.compile(r"\S+@\S+")
_LOGIN_IN_URL = re.compile(r"//[^/\s@]*@")
_SECRET_NAMES = re.compile(r"password|secret|token|key", re.IGNORECASE)


def scrubbed(text: str) -> str:
    """``text`` without words in Cyrillic, addresses of mail and numbers of six digits or more; times stay."""
    kept = [found.span() for found in _TIMES.finditer(text)]

    def blank(found: re.Match[str]) -> str:
        is_time = any(start <= found.start() < end for start, end in kept)
        return found.group() if is_time else "#"

    return _CYRILLIC.sub("…", _MAIL.sub("@", _NUMBER.sub(blank, text)))


def without_secrets(settings: msgspec.Struct) -> object:
    """Settings as JSON: what a name calls secret is blanked, and who signs in at an address."""
    return _blanked(msgspec.to_builtins(settings, enc_hook=str))


def about() -> dict[str, str]:
    """The versions of program, libraries, Python and system."""
    libraries = {name: version(name) for name in LIBRARIES}
    return {**libraries, "python": platform.python_version(), "system": platform.platform()}


def sizes(folder: Path) -> dict[str, dict[str, int]]:
    """How many files and bytes lie under each name at the top of ``folder``."""
    found = {}
    for path in sorted(folder.iterdir()):
        files = [each for each in path.rglob("*") if each.is_file()] if path.is_dir() else [path]
        found[path.name] = {"files": len(files), "bytes": sum(each.stat().st_size for each in files if each.exists())}
    return found


def anatomy(database: Path) -> dict[str, object]:
    """Of a SQLite database: the rows of every table, and which migrations it has."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        names = [
            str(name)
            for (name,) in connection.execute("select name from sqlite_schema where type = 'table' order by 1")
            if not name.startswith("sqlite_")
        ]
        rows = {name: connection.execute(f'select count(*) from "{name}"').fetchone()[0] for name in names}  # noqa: S608 - a table's own name
        told: dict[str, object] = {"rows": rows}
        for name in MIGRATION_TABLES:
            if name in names:
                told[name] = [list(row) for row in connection.execute(f'select * from "{name}"')]  # noqa: S608 - ours
    return told


def log_of(unit: str) -> str:
    """The last lines of a unit's journal, scrubbed; why there are none, where there are none."""
    journalctl = shutil.which("journalctl")
    if journalctl is None:
        return "there is no journal on this machine\n"
    command = [journalctl, "--unit", unit, "--lines", str(LOG_LINES), "--no-pager", "--output", "short-iso"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=LOG_SECONDS_MAX, check=False)  # noqa: S603 - found by which, own arguments
    except subprocess.TimeoutExpired:
        return f"the journal did not answer within {LOG_SECONDS_MAX} seconds\n"
    return scrubbed((done.stdout or done.stderr).decode(errors="replace"))


def pack(target: Path, parts: Mapping[str, object]) -> None:
    """Write ``parts`` into a ZIP for its owner's eyes: text as it is, anything else as JSON, both by their names."""
    target.touch(mode=_PRIVATE)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, part in parts.items():
            written = part if isinstance(part, str) else json.dumps(part, ensure_ascii=False, indent=2)
            bundle.writestr(name, written)


def _blanked(value: object) -> object:
    match value:
        case dict():
            return {
                name: "#" if isinstance(each, str) and _SECRET_NAMES.search(str(name)) else _blanked(each)
                for name, each in value.items()
            }
        case list() | tuple():
            return [_blanked(each) for each in value]
        case str():
            return _LOGIN_IN_URL.sub("//#@", value)
    return value
