"""``central-hub``: what the city's technician types."""

import asyncio
import secrets
import sys
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

import msgspec
import rich_click as click
from msgspec import structs
from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError

from central_hub import settings as hub_settings
from central_hub.demo import people, texts
from central_hub.demo.city import Demo, Places, behind_token, remember
from central_hub.demo.processes import ChildFailed
from central_hub.directory import commands as directory
from central_hub.doctor import examine
from central_hub.node_gateway import commands as gateway
from central_hub.provisioning import commands as provisioning
from central_hub.provisioning import queries as provisioning_queries
from central_hub.settings import HubSettings, ListenSettings, NodeListenSettings
from central_hub.storage import HubStore, Transaction, replica
from central_hub.storage import engine as storage_engine
from sync.ambient import SystemClock, SystemIds
from sync.configuration import ConfigurationWrong
from sync.replication import authority
from sync.replication.blobs import BlobFolder
from sync.storage import backup
from sync.vocabulary.errors import Refusal
from sync.vocabulary.identifiers.official_number import office_numeric_code
from sync.vocabulary.ids import OfficeId, ProviderId, StaffId
from sync.vocabulary.office import Office
from sync.vocabulary.staff import Role, StaffMember
from sync.web.passwords import hash_password

T = TypeVar("T")

TOKEN_BYTES = 24
PASSWORD_BYTES = 9
LEFT_OUT_OF_BACKUPS = frozenset({"sessions.db"})

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
@click.option("--demo", is_flag=True, help="Also make demonstration staff; their password is printed.")
def init(
    *, folder: Path, host: str, port: int, nodes_port: int, names: tuple[str, ...], database_url: str, demo: bool
) -> None:
    """Make a new hub: its folder, its configuration, its authority, its database with the offices and the catalogue."""
    password = secrets.token_urlsafe(PASSWORD_BYTES) if demo else None
    nodes = NodeListenSettings(host=host, port=nodes_port, names=names or NodeListenSettings().names)
    settings = HubSettings(
        database_url=database_url, listen=ListenSettings(host=host, port=port), nodes=nodes, folder=folder
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
    store, ids, now = _open_store(settings), SystemIds(), SystemClock().now()
    _run(store, partial(_begin, incarnation=ids.new(), now=now, demo_password=demo_password))
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


@main.command()
@folder_option
def run(folder: Path) -> None:
    """Serve the hub until stopped."""
    from central_hub.app import serve  # noqa: PLC0415 - the other commands start without the web stack

    serve(_settings(folder))


@main.command()
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
        _make_hub(HubSettings(listen=listen, nodes=nodes, folder=places.hub_folder), demo_password=remembered.password)
    city = Demo(places, password=remembered.password, hub=_settings(places.hub_folder), tell=click.echo)
    try:
        asyncio.run(city.run())
    except (ChildFailed, OSError) as failed:
        raise Failed(str(failed)) from failed


@main.command()
@folder_option
@click.argument("office")
def token(folder: Path, office: str) -> None:
    """Print a token with which one node of OFFICE may enrol, once, within a day.

    Behind its dot stands by what the node knows the hub's certificates.
    """
    settings, made = _settings(folder), secrets.token_urlsafe(TOKEN_BYTES)
    store = _open_store(settings)
    _run(store, partial(provisioning.make_token, token=made, office_id=office, now=SystemClock().now()))
    store.close()
    try:
        click.echo(f"{made}{behind_token(settings)}")
    except authority.AuthorityMissing as missing:
        raise Failed("This hub has no authority yet: it makes one when it starts (central-hub run)") from missing


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
    """Make the account LOGIN and print its password once; give it to the person, nobody else learns it."""
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


@main.group("node")
def node_group() -> None:
    """The nodes of the offices."""


@node_group.command("list")
@folder_option
def node_list(folder: Path) -> None:
    """Print every node: office, id, last contact, and whether it was retired."""
    store = _open_store(_settings(folder))
    for node in store.read_now(provisioning_queries.enrolled_nodes):
        seen = f"{node.seen_at:%Y-%m-%d %H:%M}" if node.seen_at else "never"
        click.echo(f"{node.office_id}  {node.node_id}  {seen}  {'retired' if node.retired_at else 'active'}")
    store.close()


@node_group.command("retire")
@folder_option
@click.argument("node_id")
@click.option("--cut-off", "cut_off_oseq", type=click.IntRange(min=0), help="Its last operation that counts.")
def node_retire(folder: Path, node_id: str, cut_off_oseq: int | None) -> None:
    """Answer the node NODE_ID nothing from now on: it was stolen, broken or replaced.

    What it did up to --cut-off counts, by default all that came; the documents it changed after that are printed.
    """
    store, now = _open_store(_settings(folder)), SystemClock().now()
    after = _run(store, partial(provisioning.retire_node, node_id=node_id, cut_off_oseq=cut_off_oseq, now=now))
    store.close()
    for found in after:
        click.echo(f"{found.document_id}  {found.count}")


@main.command()
@folder_option
def compact(folder: Path) -> None:
    """Forget what the offices heard and sent ninety days ago, but for its hashes; a running hub does so daily."""
    store, forgotten = _open_store(_settings(folder)), 0
    while batch := _run(store, partial(gateway.compact, now=SystemClock().now())):
        forgotten += batch
    store.close()
    console.print(f"{forgotten} rows are forgotten.")


@main.command()
@folder_option
@click.option("--json", "as_json", is_flag=True, help="Print the checks as JSON.")
def doctor(folder: Path, *, as_json: bool) -> None:
    """Check this hub: disk, database, access log, nodes. Exit status 1 when a check fails."""
    findings = examine(_settings(folder), now=SystemClock().now())
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(findings)).decode())
    else:
        for finding in findings:
            remedy = f" → {finding.remedy}" if finding.remedy else ""
            click.echo(f"{finding.state:<5} {finding.check}: {finding.what}{remedy}")
    sys.exit(any(finding.state == "fail" for finding in findings))


@main.command()
@folder_option
@click.confirmation_option(prompt="Is there a backup of the PostgreSQL database (pg_dump)?")
def migrate(folder: Path) -> None:
    """Bring a PostgreSQL database to this version's tables; a hub on SQLite does it by itself, after a copy."""
    engine = storage_engine.writing_engine(_settings(folder).database)
    storage_engine.bring_forward(engine)
    engine.dispose()


@main.command()
@folder_option
@click.argument("number")
@click.option("--act", required=True, help="The act that orders the erasure: its number and date.")
@click.option("--by", "ordered_by", required=True, help="The login of the person who orders it.")
def erase(folder: Path, number: str, act: str, ordered_by: str) -> None:
    """Erase the case NUMBER here and at every office: only its number, dates and the act remain."""
    settings = _settings(folder)
    store = _open_store(settings)
    order = gateway.ErasureOrder(number=number, act=act, ordered_by=ordered_by)
    now = SystemClock().now()
    orphans = _run(store, partial(gateway.erase, order=order, operation_id=SystemIds().new(), now=now))
    blobs = BlobFolder(settings.blob_folder)
    for sha256 in orphans:
        blobs.remove(sha256)
    store.close()
    storage_engine.scrub(settings.database)
    console.print(
        f"{number} is erased at the hub, with {len(orphans)} files; the offices confirm on the erasures page."
    )


@main.group("backup")
def backup_group() -> None:
    """Make, check and bring back backups of a hub on SQLite; PostgreSQL has its own (pg_dump), the blobs are files."""


@backup_group.command("create")
@folder_option
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
def backup_create(folder: Path, target: Path) -> None:
    """Back this hub up into the file TARGET; it may go on running."""
    if _settings(folder).database_url:
        raise Failed("This hub is on PostgreSQL: use pg_dump for the database, and copy the folder blobs")
    now = SystemClock().now()
    manifest = backup.create(folder, target, leave_out=LEFT_OUT_OF_BACKUPS, now=now, progress=_progress)
    store = _open_store(_settings(folder))
    _run(store, partial(replica.mark_backed_up, at=now))
    store.close()
    console.print(f"{len(manifest.files)} files are in {target}")


@backup_group.command("verify")
@click.argument("source", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def backup_verify(source: Path) -> None:
    """Read the backup SOURCE whole and check every hash and database in it."""
    try:
        manifest = backup.verify(source, progress=_progress)
    except backup.BackupWrong as wrong:
        raise Failed(str(wrong)) from wrong
    console.print(f"{source} is whole: {len(manifest.files)} files, taken at {manifest.taken_at:%Y-%m-%d %H:%M} UTC")


@backup_group.command("restore")
@folder_option
@click.argument("source", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def backup_restore(folder: Path, source: Path) -> None:
    """Bring the backup SOURCE back into an empty folder, as a new incarnation of the hub."""
    try:
        backup.restore(source, folder, progress=_progress)
    except backup.BackupWrong as wrong:
        raise Failed(str(wrong)) from wrong
    store = _open_store(_settings(folder))
    _run(store, partial(provisioning.begin_anew, incarnation=SystemIds().new(), now=SystemClock().now()))
    store.close()
    console.print(f"The hub is back in {folder}; the nodes hear it from the start, numbers go on after a gap.")


def _progress(name: str) -> None:
    if console.is_terminal:
        console.print(f"  {name}", highlight=False)


def _settings(folder: Path) -> HubSettings:
    try:
        return hub_settings.load(folder)
    except ConfigurationWrong as wrong:
        raise Failed(str(wrong)) from wrong


def _open_store(settings: HubSettings) -> HubStore:
    try:
        return HubStore(settings.database)
    except storage_engine.BackupFirst as first:
        raise Failed(f"{first}: make a backup with pg_dump, then: central-hub migrate") from first
    except SQLAlchemyError as error:
        raise Failed(f"The database cannot be opened: {error}") from error


def _run(store: HubStore, command: Callable[[Transaction], T]) -> T:
    try:
        return store.run_now(command)
    except Refusal as refusal:
        store.close()
        raise Failed(str(refusal)) from refusal
