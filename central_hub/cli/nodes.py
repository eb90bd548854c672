"""``token`` and ``node``: which machines of the offices the hub hears."""

import secrets
from functools import partial
from pathlib import Path

import rich_click as click

from central_hub.cli.opening import folder_option, open_store, run_or_fail, settings_of
from central_hub.demo.city import behind_token
from central_hub.provisioning import commands as provisioning
from central_hub.provisioning import queries as provisioning_queries
from central_hub.settings import HubSettings
from sync.ambient import SystemClock
from sync.cli.speaking import Failed, console
from sync.replication import authority, enrolment
from sync.replication.enrolment import TokenFile

TOKEN_BYTES = 24


@click.command()
@folder_option
@click.option("--file", "path", type=click.Path(path_type=Path, dir_okay=False), help="Write it there, on a stick.")
@click.option("--url", help="With --file: where the node reaches the hub; else by the first of its names.")
@click.argument("office")
def token(folder: Path, path: Path | None, url: str | None, office: str) -> None:
    """Make a token with which one node of OFFICE may enrol, once, within a day, and print it.

    Behind its dot stands by what the node knows the hub's certificates. With --file nothing is printed: the file is for
    `edge-node enrol --token-file`, which deletes it.
    """
    settings, made = settings_of(folder), secrets.token_urlsafe(TOKEN_BYTES)
    if path is not None and path.exists():
        raise Failed(f"{path} exists: nothing was made")
    store = open_store(settings)
    run_or_fail(store, partial(provisioning.make_token, token=made, office_id=office, now=SystemClock().now()))
    store.close()
    try:
        told = f"{made}{behind_token(settings)}"
    except authority.AuthorityMissing as missing:
        raise Failed("This hub has no authority yet: it makes one when it starts (central-hub run)") from missing
    if path is None:
        click.echo(told)
        return
    enrolment.write_token_file(path, TokenFile(hub=url or _url(settings), token=told))
    console.print(f"{path} lets one node of {office} in within a day: edge-node enrol --token-file")


def _url(settings: HubSettings) -> str:
    if settings.nodes is None:
        raise Failed("This hub serves nodes behind a proxy: say with --url where they reach it")
    return f"https://{settings.nodes.names[0]}:{settings.nodes.port}"


@click.group("node")
def node_group() -> None:
    """The nodes of the offices."""


@node_group.command("list")
@folder_option
def node_list(folder: Path) -> None:
    """Print every node: office, id, last contact, and whether it was retired."""
    store = open_store(settings_of(folder))
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
    store, now = open_store(settings_of(folder)), SystemClock().now()
    after = run_or_fail(store, partial(provisioning.retire_node, node_id=node_id, cut_off_oseq=cut_off_oseq, now=now))
    store.close()
    for found in after:
        click.echo(f"{found.document_id}  {found.count}")
