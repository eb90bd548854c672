"""``support-bundle``: how the hub is, for whoever helps, without anybody's data."""

from pathlib import Path

import msgspec
import rich_click as click
from sqlalchemy import func, select

from central_hub.cli.opening import folder_option, open_store, settings_of
from central_hub.doctor import examine
from central_hub.settings import HubSettings
from central_hub.storage import Reader
from central_hub.storage.tables import metadata
from sync.ambient import SystemClock
from sync.cli.speaking import console
from sync.storage import support

UNIT = "central-hub"


@click.command("support-bundle")
@folder_option
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
def support_bundle(folder: Path, target: Path) -> None:
    """Write into the ZIP file TARGET how this hub is: versions, settings, checks, nodes, sizes, last log lines.

    No name, number, address or text of a person is in it; read it before it is sent.
    """
    settings, now = settings_of(folder), SystemClock().now()
    checks = msgspec.json.encode(examine(settings, now=now)).decode()
    parts: dict[str, object] = {
        "about.json": {**support.about(), "taken_at": now.isoformat()},
        "configuration.json": support.without_secrets(settings),
        "doctor.json": support.scrubbed(checks),
        "tables.json": _tables(settings),
        "sizes.json": support.sizes(settings.folder),
        f"{UNIT}.log": support.log_of(UNIT),
    }
    support.pack(target, parts)
    console.print(f"{target} may be sent to whoever helps: nobody's data are in it.")


def _tables(settings: HubSettings) -> object:
    if not settings.database_url:
        return support.anatomy(settings.folder / "hub.db")
    store = open_store(settings)
    try:
        return {"rows": store.read_now(_rows)}
    finally:
        store.close()


def _rows(reader: Reader) -> dict[str, int]:
    return {name: reader.count(select(func.count()).select_from(table)) for name, table in metadata.tables.items()}
