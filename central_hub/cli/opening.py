"""What every command begins with: the folder, its settings, its database; and a failure that says what to do."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import rich_click as click
from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError

from central_hub import settings as hub_settings
from central_hub.settings import HubSettings
from central_hub.storage import HubStore, Transaction
from central_hub.storage import engine as storage_engine
from sync.configuration import ConfigurationWrong
from sync.vocabulary.errors import Refusal

T = TypeVar("T")

PASSWORD_BYTES = 9

console = Console(stderr=True)
folder_option = click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("/var/lib/central-hub"),
    show_default=True,
    help="Where the hub keeps its configuration, and its data unless they are in PostgreSQL.",
)


class Failed(click.ClickException):
    """Ends the command with exit status 1 and a sentence that says what to do."""


def settings_of(folder: Path) -> HubSettings:
    try:
        return hub_settings.load(folder)
    except ConfigurationWrong as wrong:
        raise Failed(str(wrong)) from wrong


def open_store(settings: HubSettings) -> HubStore:
    try:
        return HubStore(settings.database)
    except storage_engine.BackupFirst as first:
        raise Failed(f"{first}: make a backup with pg_dump, then: central-hub migrate") from first
    except SQLAlchemyError as error:
        raise Failed(f"The database cannot be opened: {error}") from error


def run_or_fail(store: HubStore, command: Callable[[Transaction], T]) -> T:
    try:
        return store.run_now(command)
    except Refusal as refusal:
        store.close()
        raise Failed(str(refusal)) from refusal
