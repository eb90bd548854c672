"""``backup``: made, checked and brought back."""

from functools import partial
from pathlib import Path

import msgspec
import rich_click as click

from edge_node.cli import missing
from edge_node.cli.opening import folder_option, open_store, settings_of, watch_of
from edge_node.replication.commands import note_restoration
from edge_node.replication.queries import forgotten
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
from sync.cli.speaking import console, progress
from sync.replication import sentinel
from sync.replication.identity import NodeKey
from sync.replication.sentinel import live_on
from sync.storage import backup
from sync.storage.vault import Vault

PARTS = backup.Parts(
    left_out=frozenset({"devices.sock", "sessions.db", "logs", "spool", sentinel.FILE_NAME}),
    keys=frozenset({"node.key", "node.key.next"}),
)

office_option = click.option("--office", required=True, help="Whose backups: the code of the office, SHV.")


@click.group("backup")
def backup_group() -> None:
    """Make, check and bring back backups of a node."""


@backup_group.command("create")
@folder_option
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
def backup_create(folder: Path, target: Path) -> None:
    """Back this node up into the file TARGET; it may go on running."""
    settings_of(folder)
    manifest = backup.create(folder, target, parts=PARTS, now=SystemClock().now(), progress=progress)
    console.print(f"{len(manifest.files)} files are in {target}, the node's key in {backup.keys_of(target)}")


@backup_group.command("keep")
@folder_option
@click.option("--copies", type=click.IntRange(1), default=14, show_default=True, help="How many backups stay.")
@click.argument("shelf", type=SHELF)
def backup_keep(folder: Path, shelf: Path, copies: int) -> None:
    """Put a backup into the folder SHELF, read it back whole, and let go of the oldest; for a timer."""
    settings_of(folder)
    with saying():
        made = backup.keep(_snapshot(folder), shelf, copies=copies)
    console.print(f"{made} is whole")


backup_group.add_command(backup_verify)


@backup_group.command("restore")
@folder_option
@click.option("--keys", type=FILE, help="The node's key, where it does not lie beside SOURCE.")
@click.argument("source", type=FILE)
def backup_restore(folder: Path, source: Path, keys: Path | None) -> None:
    """Bring the backup SOURCE back into an empty folder, as a new incarnation of the same node."""
    with saying():
        backup.restore(source, folder, keys=keys, progress=progress)
    _live_on(folder)


@backup_group.command("send")
@folder_option
@repository_option
@password_option
@click.option("--copies", type=click.IntRange(1), default=60, show_default=True, help="How many backups stay.")
def backup_send(folder: Path, repository: str, password_file: Path, copies: int) -> None:
    """Put a backup, encrypted, into restic's repository off this machine, and read it back whole; for a timer."""
    vault = _vault(settings_of(folder).office_id, repository, password_file)
    with saying():
        manifest = vault.send(_snapshot(folder), copies=copies)
    console.print(f"{len(manifest.files)} files are in {repository} and read back whole")


@backup_group.command("list")
@office_option
@repository_option
@password_option
def backup_list(office: str, repository: str, password_file: Path) -> None:
    """Print the backups of an office in restic's repository: id, when it was taken, how often it was brought back."""
    print_listed(_vault(office, repository, password_file))


@backup_group.command("recover")
@folder_option
@office_option
@repository_option
@password_option
@snapshot_option
def backup_recover(*, folder: Path, office: str, repository: str, password_file: Path, snapshot: str) -> None:
    """Bring a backup back out of restic's repository into an empty folder, as a new incarnation of the same node."""
    vault = _vault(office, repository, password_file)
    with saying():
        vault.recover(folder, now=SystemClock().now(), progress=progress, snapshot_id=snapshot)
    _live_on(folder)


@backup_group.command("missing")
@folder_option
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def backup_missing(folder: Path, *, as_json: bool) -> None:
    """Print what a node that was brought back has again, and what nobody has: say it once the hub has been heard."""
    settings = settings_of(folder)
    store = open_store(settings)
    found = store.read_now(partial(forgotten, office_id=settings.office_id))
    store.close()
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
        return
    if not found:
        click.echo("This node was never brought back from a backup.")
    for each in found:
        click.echo(missing.told(each))


def _live_on(folder: Path) -> None:
    settings = settings_of(folder)
    has_key = settings.key_file.exists()
    if not has_key:
        NodeKey.generate().save(settings.key_file)
    store, now = open_store(settings), SystemClock().now()
    live_on(store, watch_of(settings), incarnation=SystemIds().new())  # its own file is not in backups
    store.run_now(partial(note_restoration, now=now))
    store.close()
    console.print(f"The node is back in {folder}; it leases new numbers and hears the hub from the start.")
    if not has_key:
        console.print("Its key did not come back: edge-node enrol with a fresh token makes the hub know it again.")


def _snapshot(folder: Path) -> backup.Snapshot:
    return backup.Snapshot(folder=folder, parts=PARTS, now=SystemClock().now(), progress=progress)


def _vault(office_id: str, repository: str, password_file: Path) -> Vault:
    return Vault(repository, password_file=password_file, owner=f"edge-node-{office_id}")
