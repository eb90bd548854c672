"""``backup``: what is asked and told alike of a node's and the hub's."""

from contextlib import AbstractContextManager
from datetime import UTC
from pathlib import Path

import rich_click as click

from sync.cli.speaking import console, failing, progress
from sync.storage import backup
from sync.storage.vault import Vault, VaultFailed

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
SHELF = click.Path(path_type=Path, exists=True, file_okay=False)
repository_option = click.option(
    "--repository",
    required=True,
    envvar="RESTIC_REPOSITORY",
    help="A folder of another disk or a stick, or sftp:user@host:/folder, or rest:https://host/; made when missing.",
)
password_option = click.option(
    "--password-file", type=FILE, required=True, envvar="RESTIC_PASSWORD_FILE", help="With the repository's password."
)
snapshot_option = click.option("--snapshot", default="", help="The id that `backup list` printed; else the latest.")


def saying() -> AbstractContextManager[None]:
    """What went wrong with a backup ends the command with a sentence."""
    return failing(backup.BackupWrong, VaultFailed)


def print_listed(vault: Vault) -> None:
    """A line for each backup in the repository: id, when it was taken, how often it was brought back."""
    with saying():
        for found in vault.listed():
            click.echo(f"{found.short_id}  {found.time.astimezone(UTC):%Y-%m-%d %H:%M} UTC  {found.restores}")


@click.command("verify")
@click.argument("source", type=FILE)
def backup_verify(source: Path) -> None:
    """Read the backup SOURCE whole and check every hash and database in it."""
    with saying():
        manifest = backup.verify(source, progress=progress)
    console.print(f"{source} is whole: {len(manifest.files)} files, taken at {manifest.taken_at:%Y-%m-%d %H:%M} UTC")
