"""``init`` and ``demo``: a new hub, and a whole city on one machine."""

import asyncio
import secrets
from datetime import datetime
from functools import partial
from pathlib import Path

import rich_click as click
from msgspec import structs

from central_hub import settings as hub_settings
from central_hub.cli.opening import PASSWORD_BYTES, folder_option, open_store, run_or_fail, settings_of
from central_hub.demo import people, texts
from central_hub.demo.city import Demo, Places, remember
from central_hub.demo.processes import ChildFailed
from central_hub.directory import commands as directory
from central_hub.provisioning import commands as provisioning
from central_hub.settings import HubSettings, ListenSettings, MessageSettings, NodeListenSettings
from central_hub.storage import Transaction
from sync.ambient import SystemClock, SystemIds
from sync.cli.speaking import Failed, console, failing
from sync.configuration import ConfigurationWrong
from sync.replication import authority
from sync.web.passwords import hash_password

DEMO_SENDER = "Vikno"


@click.command()
@folder_option
@click.option("--host", default="127.0.0.1", show_default=True, help="The address it is served on.")
@click.option("--port", default=8700, show_default=True, help="Where it is served.")
@click.option("--nodes-port", default=8743, show_default=True, help="Where the nodes reach it, over TLS.")
@click.option(
    "--name",
    "names",
    multiple=True,
    help="What the nodes call it, again for each name or address: hub.example. Else this machine only.",
)
@click.option(
    "--database-url", default="", help="PostgreSQL instead of SQLite: postgresql+psycopg://user@host/database"
)
@click.option(
    "--database-password-file", default="", help="Where its password stands alone: a file, or a credential of systemd."
)
@click.option("--demo", is_flag=True, help="Also make demonstration staff; their password is printed.")
def init(
    *,
    folder: Path,
    host: str,
    port: int,
    nodes_port: int,
    names: tuple[str, ...],
    database_url: str,
    database_password_file: str,
    demo: bool,
) -> None:
    """Make a new hub: its folder, its configuration, its authority, its database with the offices and the catalogue."""
    password = secrets.token_urlsafe(PASSWORD_BYTES) if demo else None
    nodes = NodeListenSettings(host=host, port=nodes_port, names=names or NodeListenSettings().names)
    settings = HubSettings(
        database_url=database_url,
        database_password_file=database_password_file,
        listen=ListenSettings(host=host, port=port),
        nodes=nodes,
        folder=folder,
    )
    _make_hub(settings, demo_password=password)
    if password is not None:
        click.echo(password)
    console.print(
        f"The hub is made in {folder}. Next: central-hub staff add, central-hub token OFFICE, central-hub run"
    )


def _make_hub(settings: HubSettings, *, demo_password: str | None) -> None:
    folder = settings.folder
    configuration = folder / hub_settings.FILE_NAME
    if configuration.exists():
        raise Failed(f"{configuration} exists: this hub was made already; nothing was changed")
    folder.mkdir(parents=True, exist_ok=True)
    settings = structs.replace(settings, folder=folder.resolve())
    with failing(ConfigurationWrong):
        complete = hub_settings.with_password(settings)
    store, ids, now = open_store(complete), SystemIds(), SystemClock().now()
    run_or_fail(store, partial(_begin, incarnation=ids.new(), now=now, demo_password=demo_password))
    store.close()
    if settings.nodes is not None:
        authority.keep(settings.authority_folder, names=settings.nodes.names, now=now)
    configuration.write_text(hub_settings.as_toml(settings), encoding="utf-8")


def _begin(tx: Transaction, *, incarnation: str, now: datetime, demo_password: str | None) -> None:
    provisioning.begin_city(tx, incarnation=incarnation, ids=SystemIds(), now=now)
    if demo_password is not None:
        _put_demo_staff(tx, password_hash=hash_password(demo_password))


def _put_demo_staff(tx: Transaction, password_hash: str) -> None:
    ids = SystemIds()
    for account in people.accounts():
        directory.put_staff(tx, account.member(password_hash=password_hash, ids=ids), ids=ids, now=SystemClock().now())


@click.command()
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".demo"),
    show_default=True,
    help="Where the whole city keeps its state.",
)
@click.option("--port-base", default=8700, show_default=True, help="The hub's port; the offices have the next three.")
def demo(folder: Path, port_base: int) -> None:
    """Run a whole city on this machine: a hub, three offices, their devices simulated. Ctrl-C stops it."""
    remembered = remember(folder, port_base=port_base, password=secrets.token_urlsafe(PASSWORD_BYTES))
    if remembered.port_base != port_base:
        raise Failed(f"{folder} was made for --port-base {remembered.port_base}: use it, or another --folder")
    places = Places(folder=folder.resolve(), port_base=remembered.port_base)
    console.print(texts.STARTING)
    if not (places.hub_folder / hub_settings.FILE_NAME).exists():
        listen, nodes = ListenSettings(port=places.port_base), NodeListenSettings(port=places.nodes_port)
        messages = MessageSettings(sender=DEMO_SENDER, gateway_url=places.telephones_url)
        settings = HubSettings(
            listen=listen, nodes=nodes, messages=messages, public_url=places.hub_url, folder=places.hub_folder
        )
        _make_hub(settings, demo_password=remembered.password)
        token_file = settings.folder / messages.token_file
        token_file.touch(mode=0o600)
        token_file.write_text(secrets.token_urlsafe(PASSWORD_BYTES), encoding="ascii")
    city = Demo(places, password=remembered.password, hub=settings_of(places.hub_folder), tell=click.echo)
    try:
        asyncio.run(city.run())
    except (ChildFailed, OSError) as failed:
        raise Failed(str(failed)) from failed
