"""``backup``: made, checked and brought back."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import rich_click as click

from central_hub.cli.opening import Failed, console, folder_option, open_store, run_or_fail, settings_of
from central_hub.provisioning import commands as provisioning
from central_hub.storage import replica
from sync.ambient import SystemClock, SystemIds
from sync.storage import backup

MOMENT = click.DateTime(["%Y-%m-%dT%H:%M:%S"])
LEFT_OUT_OF_BACKUPS = frozenset({"sessions.db"})


@click.group("backup")
def backup_group() -> None:
    """Make, check and bring back backups of a hub on SQLite; PostgreSQL has its own (pg_dump), the blobs are files."""


@backup_group.command("create")
@folder_option
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
def backup_create(folder: Path, target: Path) -> None:
    """Back this hub up into the file TARGET; it may go on running."""
    if settings_of(folder).database_url:
        raise Failed(
            "This hub is on PostgreSQL: use pg_dump for the database, copy the folder blobs, then: "
            "central-hub backup mark --made-at WHEN"
        )
    now = SystemClock().now()
    manifest = backup.create(folder, target, leave_out=LEFT_OUT_OF_BACKUPS, now=now, progress=_progress)
    store = open_store(settings_of(folder))
    run_or_fail(store, partial(replica.mark_backed_up, at=now))
    store.close()
    console.print(f"{len(manifest.files)} files are in {target}")


@backup_group.command("mark")
@folder_option
@click.option("--made-at", type=MOMENT, required=True, help="When the dump of the database began, in UTC.")
def backup_mark(folder: Path, made_at: datetime) -> None:
    """Tell the nodes of a backup that PostgreSQL's own tools made: what came before it they need not keep.

    For the script that calls pg_dump and copies the folder blobs, once both lie where they outlive this machine.
    """
    if not settings_of(folder).database_url:
        raise Failed("This hub is on SQLite: central-hub backup create makes its backups, and tells of them")
    at, now = made_at.replace(tzinfo=UTC), SystemClock().now()
    if at > now:
        raise Failed(f"{at:{MOMENT.formats[0]}} is still to come; it is {now:{MOMENT.formats[0]}} UTC")
    store = open_store(settings_of(folder))
    run_or_fail(store, partial(replica.mark_backed_up, at=at))
    store.close()
    console.print(f"What came before {at:{MOMENT.formats[0]}} UTC is known to outlive this machine")


@backup_group.command("keep")
@folder_option
@click.option("--copies", type=click.IntRange(1), default=14, show_default=True, help="How many backups stay.")
@click.argument("shelf", type=click.Path(path_type=Path, exists=True, file_okay=False))
def backup_keep(folder: Path, shelf: Path, copies: int) -> None:
    """Put a backup into the folder SHELF, read it back whole, and let go of the oldest; for a timer."""
    if settings_of(folder).database_url:
        raise Failed("This hub is on PostgreSQL: use pg_dump, then: central-hub backup mark --made-at WHEN")
    now = SystemClock().now()
    try:
        made = backup.keep(folder, shelf, copies=copies, leave_out=LEFT_OUT_OF_BACKUPS, now=now, progress=_progress)
    except backup.BackupWrong as wrong:
        raise Failed(str(wrong)) from wrong
    store = open_store(settings_of(folder))
    run_or_fail(store, partial(replica.mark_backed_up, at=now))
    store.close()
    console.print(f"{made} is whole")


@backup_group.command("verify")
@click.argument("source", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def backup_verify(source: Path) -> None:
    """Read the backup SOURCE whole and check every hash and database in it."""
    try:
        manifest = backup.verify(source, progress=_progress)
    except backup.BackupWrong as wrong:
        raise Failed(str(wrong)) from wrong
    console.print(f"{source} is whole: {len(manifest.files)} files, taken at {manifest.taken_at:%Y-%m-%d %H:%M} UTC")


@backup_group.command("restore")
@folder_option
@click.argument("source", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def backup_restore(folder: Path, source: Path) -> None:
    """Bring the backup SOURCE back into an empty folder, as a new incarnation of the hub."""
    try:
        backup.restore(source, folder, progress=_progress)
    except backup.BackupWrong as wrong:
        raise Failed(str(wrong)) from wrong
    now = SystemClock().now()
    store = open_store(settings_of(folder))
    begin_anew = partial(provisioning.begin_anew, incarnation=SystemIds().new(), restores=_restores(source, now))
    run_or_fail(store, partial(begin_anew, now=now))
    store.close()
    console.print(f"The hub is back in {folder}; the nodes hear it from the start, numbers go on after a gap.")


def _restores(source: Path, now: datetime) -> int:
    """How often this backup was brought back before; where that cannot be noted, the clock alone tells lives apart."""
    try:
        return backup.note_restore(source, now=now)
    except OSError:
        console.print(f"Nothing can be written beside {source}: do not bring it back again within ten minutes.")
        return 0


def _progress(name: str) -> None:
    if console.is_terminal:
        console.print(f"  {name}", highlight=False)
