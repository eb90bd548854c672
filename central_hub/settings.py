"""The configuration of the hub: ``central-hub.toml`` in its folder; every key is documented in ``README.md``."""

from pathlib import Path

import msgspec

from sync import configuration

FILE_NAME = "central-hub.toml"


class ListenSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the hub is served; behind a TLS proxy set ``is_https`` so that cookies are secure."""

    host: str = "127.0.0.1"
    port: int = 8700
    is_https: bool = False
    allowed_hosts: tuple[str, ...] = ()


class HubSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of ``central-hub.toml``, and the folder it stands in.

    ``database_url`` empty: SQLite in the folder; else ``postgresql+psycopg://user@host/database``.
    ``city_office_id``: the office whose staff sees the cases of the whole city.
    """

    listen: ListenSettings = ListenSettings()
    database_url: str = ""
    city_office_id: str = "CEN"
    folder: Path = Path()

    @property
    def database(self) -> str:
        """The address of the database in use."""
        return self.database_url or f"sqlite:///{self.folder / 'hub.db'}"

    @property
    def sessions_database(self) -> Path:
        return self.folder / "sessions.db"

    @property
    def blob_folder(self) -> Path:
        return self.folder / "blobs"


def load(folder: Path) -> HubSettings:
    """The settings in ``folder``; raises ``ConfigurationWrong``."""
    settings = configuration.load(folder / FILE_NAME, HubSettings)
    return msgspec.structs.replace(settings, folder=folder.resolve())
