"""``run``, ``doctor``, ``migrate``, ``compact``, ``erase``: the hub served, looked after and kept to the law."""

from functools import partial
from pathlib import Path

import rich_click as click

from central_hub.cli.opening import folder_option, open_store, run_or_fail, settings_of
from central_hub.doctor import examine
from central_hub.node_gateway import commands as gateway
from central_hub.storage import engine as storage_engine
from sync.ambient import SystemClock, SystemIds
from sync.cli.findings import tell
from sync.cli.speaking import console
from sync.replication.blobs import BlobFolder


@click.command()
@folder_option
def run(folder: Path) -> None:
    """Serve the hub until stopped."""
    from central_hub.app import serve  # noqa: PLC0415 - the other commands start without the web stack

    serve(settings_of(folder))


@click.command()
@folder_option
def compact(folder: Path) -> None:
    """Forget what the offices heard and sent ninety days ago, but for its hashes; a running hub does so daily."""
    store, forgotten = open_store(settings_of(folder)), 0
    while batch := run_or_fail(store, partial(gateway.compact, now=SystemClock().now())):
        forgotten += batch
    store.close()
    console.print(f"{forgotten} rows are forgotten.")


@click.command()
@folder_option
@click.option("--json", "as_json", is_flag=True, help="Print the checks as JSON.")
def doctor(folder: Path, *, as_json: bool) -> None:
    """Check this hub: disk, database, access log, nodes. Exit status 1 when a check fails."""
    findings = examine(settings_of(folder), now=SystemClock().now())
    tell(findings, as_json=as_json)


@click.command()
@folder_option
@click.confirmation_option(prompt="Is there a backup of the PostgreSQL database (pg_dump)?")
def migrate(folder: Path) -> None:
    """Bring a PostgreSQL database to this version's tables; a hub on SQLite does it by itself, after a copy."""
    engine = storage_engine.writing_engine(settings_of(folder).database)
    storage_engine.bring_forward(engine)
    engine.dispose()


@click.command()
@folder_option
@click.argument("number")
@click.option("--act", required=True, help="The act that orders the erasure: its number and date.")
@click.option("--by", "ordered_by", required=True, help="The login of the person who orders it.")
def erase(folder: Path, number: str, act: str, ordered_by: str) -> None:
    """Erase the case NUMBER here and at every office: only its number, dates and the act remain."""
    settings = settings_of(folder)
    store = open_store(settings)
    order = gateway.ErasureOrder(number=number, act=act, ordered_by=ordered_by)
    now = SystemClock().now()
    orphans = run_or_fail(store, partial(gateway.erase, order=order, operation_id=SystemIds().new(), now=now))
    blobs = BlobFolder(settings.blob_folder)
    for sha256 in orphans:
        blobs.remove(sha256)
    store.close()
    storage_engine.scrub(settings.database)
    console.print(
        f"{number} is erased at the hub, with {len(orphans)} files; the offices confirm on the erasures page."
    )
