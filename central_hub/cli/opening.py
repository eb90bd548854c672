"""What every command begins with: the folder, its settings, its database."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

from central_hub import settings as hub_settings
from central_hub.settings import HubSettings
from central_hub.storage import HubStore, Transaction
from central_hub.storage import engine as storage_engine
from sync.cli.speaking import Failed, failing, folder_of
from sync.configuration import ConfigurationWrong
from sync.vocabulary.errors import Refusal

T = TypeVar("T")

PASSWORD_BYTES = 9

folder_option = folder_of(
    "central-hub", keeps="Where the hub keeps its configuration, and its data unless they are in PostgreSQL."
)


def settings_of(folder: Path) -> HubSettings:
    with failing(ConfigurationWrong):
        return hub_settings.load(folder)


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
