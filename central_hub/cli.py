"""``central-hub``: what the city's technician types."""

import secrets
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import rich_click as click
from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError

from central_hub import settings as hub_settings
from central_hub.demo import people
from central_hub.directory import commands as directory
from central_hub.provisioning import commands as provisioning
from central_hub.settings import HubSettings
from central_hub.storage import HubStore, Transaction
from sync.ambient import SystemClock, SystemIds
from sync.configuration import ConfigurationWrong
from sync.vocabulary.errors import Refusal
from sync.vocabulary.identifiers.official_number import office_numeric_code
from sync.vocabulary.ids import OfficeId, ProviderId, StaffId
from sync.vocabulary.office import Office
from sync.vocabulary.staff import Role, StaffMember
from sync.web.passwords import hash_password

T = TypeVar("T")

TOKEN_BYTES = 24
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


@click.group()
@click.version_option(package_name="vikno")
def main() -> None:
    """The hub of the city: what the offices tell, the city's dashboard, the public page."""


@main.command()
@folder_option
@click.option("--host", default="127.0.0.1", show_default=True, help="The address it is served on.")
@click.option("--port", default=8700, show_default=True, help="Where it is served.")
@click.option(
    "--database-url", default="", help="PostgreSQL instead of SQLite: postgresql+psycopg://user@host/database"
)
@click.option("--demo", is_flag=True, help="Also make demonstration staff; their password is printed.")
def init(folder: Path, host: str, port: int, database_url: str, *, demo: bool) -> None:
    """Make a new hub: its folder, its configuration, its database with the offices and the catalogue."""
    configuration = folder / hub_settings.FILE_NAME
    if configuration.exists():
        raise Failed(f"{configuration} exists: this hub was made already; nothing was changed")
    folder.mkdir(parents=True, exist_ok=True)
    database = f'database_url = "{database_url}"\n' if database_url else ""
    configuration.write_text(f'{database}\n[listen]\nhost = "{host}"\nport = {port}\n', encoding="utf-8")
    store, ids, now = _open_store(_settings(folder)), SystemIds(), SystemClock().now()
    _run(store, partial(provisioning.begin_city, incarnation=ids.new(), ids=ids, now=now))
    if demo:
        password = secrets.token_urlsafe(PASSWORD_BYTES)
        _run(store, partial(_put_demo_staff, password_hash=hash_password(password)))
        click.echo(password)
    store.close()
    console.print(
        f"The hub is made in {folder}. Next: central-hub staff add, central-hub token OFFICE, central-hub run"
    )


def _put_demo_staff(tx: Transaction, password_hash: str) -> None:
    ids = SystemIds()
    for account in people.accounts():
        directory.put_staff(tx, account.member(password_hash=password_hash, ids=ids), ids=ids, now=SystemClock().now())


@main.command()
@folder_option
def run(folder: Path) -> None:
    """Serve the hub until stopped."""
    from central_hub.app import serve  # noqa: PLC0415 - the other commands start without the web stack

    serve(_settings(folder))


@main.command()
@folder_option
@click.argument("office")
def token(folder: Path, office: str) -> None:
    """Print a token with which one node of OFFICE may enrol, once, within a day."""
    store, made = _open_store(_settings(folder)), secrets.token_urlsafe(TOKEN_BYTES)
    _run(store, partial(provisioning.make_token, token=made, office_id=office, now=SystemClock().now()))
    store.close()
    click.echo(made)


@main.group("office")
def office_group() -> None:
    """The offices of the city."""


@office_group.command("add")
@folder_option
@click.argument("code")
@click.option("--name-uk", required=True, help="Its name in Ukrainian.")
@click.option("--name-en", required=True, help="Its name in English.")
@click.option("--address-uk", required=True, help="Its address in Ukrainian.")
def office_add(folder: Path, code: str, name_uk: str, name_en: str, address_uk: str) -> None:
    """Add the office CODE (three Latin capitals), or change it; every node hears of it."""
    store = _open_store(_settings(folder))
    office = Office(id=OfficeId(code), name_uk=name_uk, name_en=name_en, address_uk=address_uk)
    _run(store, partial(_put_office, office=office))
    store.close()


def _put_office(tx: Transaction, office: Office) -> None:
    office_numeric_code(office.id)
    directory.put_office(tx, office, ids=SystemIds(), now=SystemClock().now())


@main.group("staff")
def staff_group() -> None:
    """Who may sign in."""


@staff_group.command("add")
@folder_option
@click.argument("login")
@click.option("--name", required=True, help="As the person is called on pages and papers.")
@click.option("--office", required=True, help="The code of their office: SHV.")
@click.option("--role", "roles", required=True, multiple=True, type=click.Choice([role.value for role in Role]))
@click.option("--provider", help="The body a registrar decides for.")
def staff_add(
    *, folder: Path, login: str, name: str, office: str, roles: tuple[str, ...], provider: str | None
) -> None:
    """Make the account LOGIN and print its password; the person changes it at the first sign-in."""
    store, ids, password = _open_store(_settings(folder)), SystemIds(), secrets.token_urlsafe(PASSWORD_BYTES)
    member = StaffMember(
        id=StaffId(ids.new()),
        login=login,
        name=name,
        roles=frozenset(Role(role) for role in roles),
        office_id=OfficeId(office),
        provider_id=ProviderId(provider) if provider else None,
        password_hash=hash_password(password),
    )
    _run(store, partial(directory.put_staff, member=member, ids=ids, now=SystemClock().now()))
    store.close()
    click.echo(password)


def _settings(folder: Path) -> HubSettings:
    try:
        return hub_settings.load(folder)
    except ConfigurationWrong as wrong:
        raise Failed(str(wrong)) from wrong


def _open_store(settings: HubSettings) -> HubStore:
    try:
        return HubStore(settings.database)
    except SQLAlchemyError as error:
        raise Failed(f"The database cannot be opened: {error}") from error


def _run(store: HubStore, command: Callable[[Transaction], T]) -> T:
    try:
        return store.run_now(command)
    except Refusal as refusal:
        store.close()
        raise Failed(str(refusal)) from refusal
