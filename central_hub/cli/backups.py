"""``backup``: made, checked and brought back."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import rich_click as click

from central_hub.cli.opening import folder_option, open_store, run_or_fail, settings_of
from central_hub.provisioning import commands as provisioning
from central_hub.storage import replica
from sync.ambient import SystemClock, SystemIds
from sync.cli.backups import (
    FILE,
    SHELF,
    backup_verify,
    password_option,
    print_listed,
    repository_option,
    saying,
    snapshot_option,
)
from sync.cli.speaking import Failed, console, progress
from sync.storage import backup
from sync.storage.vault import Vault

MOMENT = click.DateTime(["%Y-%m-%dT%H:%M:%S"])
PARTS = backup.Parts(left_out=frozenset({"sessions.db"}), keys=frozenset({"authority"}))
OWNER = "central-hub"


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
    manifest = backup.create(folder, target, parts=PARTS, now=now, progress=progress)
    _mark(folder, at=now)
    console.print(f"{len(manifest.files)} files are in {target}, the hub's keys in {backup.keys_of(target)}")


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
    _mark(folder, at=at)
    console.print(f"What came before {at:{MOMENT.formats[0]}} UTC is known to outlive this machine")


@backup_group.command("keep")
@folder_option
@click.option("--copies", type=click.IntRange(1), default=14, show_default=True, help="How many backups stay.")
@click.argument("shelf", type=SHELF)
def backup_keep(folder: Path, shelf: Path, copies: int) -> None:
    """Put a backup into the folder SHELF, read it back whole, and let go of the oldest; for a timer."""
    snapshot = _snapshot(folder)
    with saying():
        made = backup.keep(snapshot, shelf, copies=copies)
    _mark(folder, at=snapshot.now)
    console.print(f"{made} is whole")


@backup_group.command("send")
@folder_option
@repository_option
@password_option
@click.option("--copies", type=click.IntRange(1), default=60, show_default=True, help="How many backups stay.")
def backup_send(folder: Path, repository: str, password_file: Path, copies: int) -> None:
    """Put a backup, encrypted, into restic's repository off this machine, and read it back whole; for a timer."""
    snapshot = _snapshot(folder)
    with saying():
        manifest = Vault(repository, password_file=password_file, owner=OWNER).send(snapshot, copies=copies)
    _mark(folder, at=snapshot.now)
    console.print(f"{len(manifest.files)} files are in {repository} and read back whole")


@backup_group.command("list")
@repository_option
@password_option
def backup_list(repository: str, password_file: Path) -> None:
    """Print the hub's backups in restic's repository: id, when it was taken, how often it was brought back."""
    print_listed(Vault(repository, password_file=password_file, owner=OWNER))


@backup_group.command("recover")
@folder_option
@repository_option
@password_option
@snapshot_option
def backup_recover(folder: Path, repository: str, password_file: Path, snapshot: str) -> None:
    """Bring a backup back out of restic's repository into an empty folder, as a new incarnation of the hub."""
    vault, now = Vault(repository, password_file=password_file, owner=OWNER), SystemClock().now()
    with saying():
        restores = vault.recover(folder, now=now, progress=progress, snapshot_id=snapshot)
    _begin_anew(folder, restores=restores, now=now)


backup_group.add_command(backup_verify)


@backup_group.command("restore")
@folder_option
@click.option("--keys", type=FILE, help="The hub's keys, where they do not lie beside SOURCE.")
@click.argument("source", type=FILE)
def backup_restore(folder: Path, source: Path, keys: Path | None) -> None:
    """Bring the backup SOURCE back into an empty folder, as a new incarnation of the hub."""
    with saying():
        backup.restore(source, folder, keys=keys, progress=progress)
    now = SystemClock().now()
    _begin_anew(folder, restores=_restores(source, now), now=now)


def _begin_anew(folder: Path, *, restores: int, now: datetime) -> None:
    settings = settings_of(folder)
    store = open_store(settings)
    begin_anew = partial(provisioning.begin_anew, incarnation=SystemIds().new(), restores=restores)
    run_or_fail(store, partial(begin_anew, now=now))
    store.close()
    console.print(f"The hub is back in {folder}; the nodes hear it from the start, numbers go on after a gap.")
    if settings.nodes is not None and not settings.authority_folder.exists():
        console.print("Its keys did not come back: no node trusts it until each is enrolled again with a fresh token.")


def _snapshot(folder: Path) -> backup.Snapshot:
    if settings_of(folder).database_url:
        raise Failed("This hub is on PostgreSQL: use pg_dump, then: central-hub backup mark --made-at WHEN")
    return backup.Snapshot(folder=folder, parts=PARTS, now=SystemClock().now(), progress=progress)


def _mark(folder: Path, *, at: datetime) -> None:
    store = open_store(settings_of(folder))
    run_or_fail(store, partial(replica.mark_backed_up, at=at))
    store.close()


def _restores(source: Path, now: datetime) -> int:
    """How often this backup was brought back before; where that cannot be noted, the clock alone tells lives apart."""
    try:
        return backup.note_restore(source, now=now)
    except OSError:
        console.print(f"Nothing can be written beside {source}: do not bring it back again within ten minutes.")
        return 0
