"""``staff``: who may sign in at this node, when the line to the directory is cut."""

import secrets
from functools import partial
from pathlib import Path

import rich_click as click

from edge_node.cli.opening import folder_option, open_store, settings_of
from edge_node.staff.commands import reset_password
from sync.ambient import SystemClock
from sync.cli.speaking import Failed, console
from sync.vocabulary.errors import NotFound
from sync.web.passwords import hash_password
from sync.web.sessions import SessionStore

PASSWORD_BYTES = 9


@click.group("staff")
def staff_group() -> None:
    """Who may sign in; people themselves are added at the hub."""


@staff_group.command("reset-password")
@folder_option
@click.argument("login")
def staff_reset_password(folder: Path, login: str) -> None:
    """Print a one-time password for LOGIN, good at this node for a day and for one thing: choosing their own.

    It stands in for the hub's, also while the line is cut, until the hub gives another; the access log tells of it.
    """
    settings, password = settings_of(folder), secrets.token_urlsafe(PASSWORD_BYTES)
    store, clock = open_store(settings), SystemClock()
    reset = partial(reset_password, login=login, password_hash=hash_password(password), now=clock.now())
    try:
        member = store.run_now(reset)
    except NotFound as unknown:
        raise Failed(f"nobody signs in as {login} at this node: nothing was changed") from unknown
    finally:
        store.close()
    ended = SessionStore(settings.sessions_database, clock=clock).end_all_of(member.id)
    click.echo(password)
    console.print(f"{ended} sessions were ended. Their own password is chosen at /sign-in/password, within a day.")
