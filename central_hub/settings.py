"""The configuration of the hub: ``central-hub.toml`` in its folder; every key is documented in ``README.md``."""

import stat
from pathlib import Path
from typing import Annotated

import msgspec
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from sync import configuration
from sync.configuration import ConfigurationWrong
from sync.replication.messages import OPERATIONS_MAX

FILE_NAME = "central-hub.toml"
UNIT = "central-hub"
OTHERS_MAY_READ = stat.S_IRWXG | stat.S_IRWXO


class ListenSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the hub is served; behind a TLS proxy set ``is_https`` so that cookies are secure."""

    host: str = "127.0.0.1"
    port: int = 8700
    is_https: bool = False
    allowed_hosts: tuple[str, ...] = ()


class NodeListenSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the nodes reach the hub, over TLS by its own authority; ``names`` are what they call it."""

    host: str = "127.0.0.1"
    port: int = 8743
    names: tuple[str, ...] = ("localhost", "127.0.0.1")


class LimitSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one node may ask of ``/sync`` in a minute, and all of it at once.

    A desk asks a few times in a second, and a month of an office is 100,000 operations: only a fault asks for more.
    """

    requests_a_minute: Annotated[int, msgspec.Meta(ge=1)] = 6_000
    operations_a_minute: Annotated[int, msgspec.Meta(ge=OPERATIONS_MAX)] = 200_000


class MessageSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who carries messages to telephones: TurboSMS, or what speaks as it does.

    ``sender`` is the name agreed with the provider. The token stands alone in ``token_file`` (in the hub's folder,
    0600, or a credential of systemd), never here. Numbers and token go over TLS, or not out of this machine.
    """

    sender: Annotated[str, msgspec.Meta(min_length=1, max_length=11)]
    gateway_url: Annotated[str, msgspec.Meta(pattern=r"^(https://|http://127\.0\.0\.1:)")] = "https://api.turbosms.ua"
    token_file: str = "messages.token"  # noqa: S105 - a file's name


class HubSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of ``central-hub.toml``, and the folder it stands in.

    ``database_url`` empty: SQLite in the folder; else ``postgresql+psycopg://user@host/database``.
    ``database_password_file``: where the password of that user stands alone, as ``configuration.secret`` finds it.
    ``nodes`` None: nodes are served on the port of the pages, as the proxy before it protects them or not.
    ``public_url``: where people find the public site; stands in the messages they get.
    ``city_office_id``: the office whose staff sees the cases of the whole city.
    ``messages`` None: nobody carries messages; they wait until they are too late.
    """

    listen: ListenSettings = ListenSettings()
    nodes: NodeListenSettings | None = None
    limits: LimitSettings = LimitSettings()
    messages: MessageSettings | None = None
    database_url: str = ""
    database_password_file: str = ""
    city_office_id: str = "CEN"
    public_url: str = ""
    folder: Path = Path()

    @property
    def database(self) -> str:
        """The address of the database in use."""
        return self.database_url or f"sqlite:///{self.folder / 'hub.db'}"

    @property
    def sessions_database(self) -> Path:
        return self.folder / "sessions.db"

    @property
    def authority_folder(self) -> Path:
        return self.folder / "authority"

    @property
    def blob_folder(self) -> Path:
        return self.folder / "blobs"


def load(folder: Path) -> HubSettings:
    """The settings in ``folder``, the database's password in its address; raises ``ConfigurationWrong``."""
    settings = configuration.load(folder / FILE_NAME, HubSettings)
    return with_password(msgspec.structs.replace(settings, folder=folder.resolve()))


def with_password(settings: HubSettings) -> HubSettings:
    """The same, with the password out of ``database_password_file`` in the address of the database.

    Raises:
        ConfigurationWrong: there is none, or the address is not PostgreSQL's, or has one itself.
    """
    named = settings.database_password_file
    if not named:
        return settings
    try:
        address = make_url(settings.database)
    except ArgumentError as error:
        raise ConfigurationWrong(f"{FILE_NAME}: database_url: {error}") from error
    if address.get_backend_name() != "postgresql" or address.password is not None:
        rule = "database_url has to be PostgreSQL's, with no password in it"
        raise ConfigurationWrong(f"{FILE_NAME}: database_password_file: {rule}")
    password = configuration.secret(named, folder=settings.folder, unit=UNIT)
    complete = address.set(password=password).render_as_string(hide_password=False)
    return msgspec.structs.replace(settings, database_url=complete)


def message_token(settings: HubSettings, messages: MessageSettings) -> str:
    """What opens the messages' gateway, as ``configuration.secret`` finds it.

    Raises:
        ConfigurationWrong: there is none, or others on this machine may read its file.
    """
    path = settings.folder / messages.token_file
    if path.exists() and path.stat().st_mode & OTHERS_MAY_READ:
        raise ConfigurationWrong(f"{path}: others may read it: chmod 600")
    return configuration.secret(messages.token_file, folder=settings.folder, unit=UNIT)


def as_toml(settings: HubSettings) -> str:
    """What ``load`` reads, for a new hub."""
    said = ("database_url", "database_password_file", "public_url")
    text = "".join(f'{key} = "{value}"\n' for key in said if (value := getattr(settings, key)))
    text += f'\n[listen]\nhost = "{settings.listen.host}"\nport = {settings.listen.port}\n'
    if (nodes := settings.nodes) is not None:
        names = ", ".join(f'"{name}"' for name in nodes.names)
        text += f'\n[nodes]\nhost = "{nodes.host}"\nport = {nodes.port}\nnames = [{names}]\n'
    if (messages := settings.messages) is not None:
        text += f'\n[messages]\nsender = "{messages.sender}"\ngateway_url = "{messages.gateway_url}"\n'
    return text
