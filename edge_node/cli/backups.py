"""``backup``: made, checked and brought back."""

from datetime import datetime
from pathlib import Path

import rich_click as click

from edge_node.cli.opening import Failed, console, folder_option, open_store, progress, settings_of, watch_of
from sync.ambient import SystemClock, SystemIds
from sync.replication import sentinel
from sync.replication.sentinel import live_on
from sync.storage import backup

LEFT_OUT_OF_BACKUPS = frozenset({"devices.sock", "sessions.db", "logs", "spool", sentinel.FILE_NAME})


@click.group("backup")
def backup_group() -> None:
    """Make, check and bring back backups of a node."""


@backup_group.command("create")
@folder_option
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
def backup_create(folder: Path, target: Path) -> None:
    """Back this node up into the file TARGET; it may go on running."""
    settings_of(folder)
    now: datetime = SystemClock().now()
    manifest = backup.create(folder, target, leave_out=LEFT_OUT_OF_BACKUPS, now=now, progress=progress)
    console.print(f"{len(manifest.files)} files are in {target}")


@backup_group.command("keep")
@folder_option
@click.option("--copies", type=click.IntRange(1), default=14, show_default=True, help="How many backups stay.")
@click.argument("shelf", type=click.Path(path_type=Path, exists=True, file_okay=False))
def backup_keep(folder: Path, shelf: Path, copies: int) -> None:
    """Put a backup into the folder SHELF, read it back whole, and let go of the oldest; for a timer."""
    settings_of(folder)
    now = SystemClock().now()
    try:
        made = backup.keep(folder, shelf, copies=copies, leave_out=LEFT_OUT_OF_BACKUPS, now=now, progress=progress)
    except backup.BackupWrong as wrong:
        raise Failed(str(wrong)) from wrong
    console.print(f"{made} is whole")


@backup_group.command("verify")
@click.argument("source", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def backup_verify(source: Path) -> None:
    """Read the backup SOURCE whole and check every hash and database in it."""
    try:
        manifest = backup.verify(source, progress=progress)
    except backup.BackupWrong as wrong:
        raise Failed(str(wrong)) from wrong
    console.print(f"{source} is whole: {len(manifest.files)} files, taken at {manifest.taken_at:%Y-%m-%d %H:%M} UTC")


@backup_group.command("restore")
@folder_option
@click.argument("source", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def backup_restore(folder: Path, source: Path) -> None:
    """Bring the backup SOURCE back into an empty folder, as a new incarnation of the same node."""
    try:
        backup.restore(source, folder, progress=progress)
    except backup.BackupWrong as wrong:
        raise Failed(str(wrong)) from wrong
    store = open_store(settings_of(folder))
    live_on(store, watch_of(settings_of(folder)), incarnation=SystemIds().new())  # its own file is not in backups
    store.close()
    console.print(f"The node is back in {folder}; it leases new numbers and hears the hub from the start.")
