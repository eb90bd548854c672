"""``office`` and ``staff``: the city's directory."""

import secrets
from functools import partial
from pathlib import Path

import rich_click as click

from central_hub.cli.opening import PASSWORD_BYTES, folder_option, open_store, run_or_fail, settings_of
from central_hub.directory import commands as directory
from central_hub.storage import Transaction
from sync.ambient import SystemClock, SystemIds
from sync.vocabulary.identifiers.official_number import office_numeric_code
from sync.vocabulary.ids import OfficeId, ProviderId, StaffId
from sync.vocabulary.office import Office
from sync.vocabulary.staff import Role, StaffMember
from sync.web.passwords import hash_password
from sync.web.sessions import SessionStore


@click.group("office")
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
    store = open_store(settings_of(folder))
    office = Office(id=OfficeId(code), name_uk=name_uk, name_en=name_en, address_uk=address_uk)
    run_or_fail(store, partial(_put_office, office=office))
    store.close()


def _put_office(tx: Transaction, office: Office) -> None:
    office_numeric_code(office.id)
    directory.put_office(tx, office, ids=SystemIds(), now=SystemClock().now())


@click.group("staff")
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
    store, ids, password = open_store(settings_of(folder)), SystemIds(), secrets.token_urlsafe(PASSWORD_BYTES)
    member = StaffMember(
        id=StaffId(ids.new()),
        login=login,
        name=name,
        roles=frozenset(Role(role) for role in roles),
        office_id=OfficeId(office),
        provider_id=ProviderId(provider) if provider else None,
        password_hash=hash_password(password),
    )
    run_or_fail(store, partial(directory.put_staff, member=member, ids=ids, now=SystemClock().now()))
    store.close()
    click.echo(password)


@staff_group.command("reset-password")
@folder_option
@click.argument("login")
def staff_reset_password(folder: Path, login: str) -> None:
    """Print a one-time password for LOGIN, good for a day and for one thing: choosing their own at /sign-in/password.

    Their office hears of it; where the line is cut, `edge-node staff reset-password` gives one there. The access log
    tells of it.
    """
    settings, password = settings_of(folder), secrets.token_urlsafe(PASSWORD_BYTES)
    store, clock = open_store(settings), SystemClock()
    reset = partial(directory.reset_password, login=login, password_hash=hash_password(password), ids=SystemIds())
    member = run_or_fail(store, partial(reset, now=clock.now()))
    store.close()
    SessionStore(settings.sessions_database, clock=clock).end_all_of(member.id)
    click.echo(password)
