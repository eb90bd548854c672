"""``edge-node``: what a technician types at an office's machine."""

import asyncio
import json
import re
import sys
from functools import partial
from pathlib import Path

import msgspec
import rich_click as click

from device_drivers.client import DevicesClient
from edge_node import settings as node_settings
from edge_node.cli.backups import backup_group
from edge_node.cli.joining import enrol, pair
from edge_node.cli.opening import folder_option, open_store, settings_of, watch_of
from edge_node.cli.people import staff_group
from edge_node.cli.support import support_bundle
from edge_node.doctor import boot, devices, node
from edge_node.queue.commands import set_up_desks
from edge_node.queue.model import DeskPlan
from edge_node.replay.command import replay_command
from edge_node.replication import queries as line
from edge_node.settings import NodeSettings
from edge_node.waits.command import evaluate_waits_command
from sync.ambient import SystemClock, SystemIds
from sync.cli.findings import Finding, tell
from sync.cli.speaking import Failed, console
from sync.replication.identity import NodeKey
from sync.replication.transport import HubRefusal, Unreachable
from sync.storage import replica
from sync.vocabulary.catalogue import Sphere

DESKS_MAX = 320  # the regional centre of Kharkiv


@click.group()
@click.version_option(package_name="vikno")
def main() -> None:
    """The node of one office: queue, cases, payments and archive, with or without the line to the city."""


@main.command()
@folder_option
@click.option("--office", required=True, help="The code of the office, three Latin capitals: SHV.")
@click.option("--port", default=8080, show_default=True, help="Where the pages are served.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address they are served on.")
@click.option(
    "--desks",
    type=click.IntRange(1, DESKS_MAX),
    default=6,
    show_default=True,
    help="How many desks the hall has; each serves every sphere until the office says otherwise.",
)
def init(folder: Path, office: str, port: int, host: str, desks: int) -> None:
    """Make a new node: its folder, its key, its database and its configuration."""
    if re.fullmatch(r"[A-Z]{3}", office) is None:
        raise Failed(f"--office {office}: an office's code is three Latin capitals, as SHV; nothing was made")
    folder.mkdir(parents=True, exist_ok=True)
    configuration = folder / node_settings.FILE_NAME
    if configuration.exists():
        raise Failed(f"{configuration} exists: this node was made already; nothing was changed")
    configuration.write_text(f'office_id = "{office}"\n\n[listen]\nhost = "{host}"\nport = {port}\n', encoding="utf-8")
    settings = settings_of(folder)
    NodeKey.generate().save(settings.key_file)
    store = open_store(settings)
    ids = SystemIds()
    store.run_now(partial(replica.begin_stream, node_id=ids.new(), incarnation=ids.new()))
    plans = [DeskPlan(number=number, spheres=tuple(Sphere)) for number in range(1, desks + 1)]
    store.run_now(partial(set_up_desks, plans=plans, ids=ids))
    watch_of(settings).note(store.read_now(replica.stream))
    store.close()
    console.print(f"The node of {office} is made in {folder}. Next: edge-node enrol, or edge-node pair --hub URL")


@main.command("rotate-key")
@folder_option
def rotate_key(folder: Path) -> None:
    """Replace this node's key by a new one, over the line; the node may go on running."""
    from edge_node.app import make_services  # noqa: PLC0415 - half of a start: only where it is needed

    settings = settings_of(folder)
    if settings.hub is None:
        raise Failed("this node is not enrolled: nothing was changed")
    store = open_store(settings)
    try:
        client = make_services(settings, store, clock=SystemClock(), ids=SystemIds()).hub
        asyncio.run(client.replace_key())
    except Unreachable as error:
        raise Failed(
            f"the hub did not answer ({error}): whether it knows the new key shows at the node's next greeting by "
            "itself, or when this command is run again"
        ) from error
    except HubRefusal as refusal:
        raise Failed(f"the hub refused: {refusal}; the node goes on with the key it has") from refusal
    finally:
        store.close()
    console.print("The hub knows this node by its new key.")


@main.group("sync")
def sync_group() -> None:
    """The line to the hub."""


@sync_group.command("status")
@folder_option
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def sync_status(folder: Path, *, as_json: bool) -> None:
    """Where this node stands towards the hub, as its database tells. Exit status 1 when a person is needed."""
    settings = settings_of(folder)
    store, now = open_store(settings), SystemClock().now()
    health = store.read_now(line.recorded_health)
    status = store.read_now(partial(line.sync_status, health=health, disk=line.disk_use(settings), now=now))
    store.close()
    told = msgspec.to_builtins(status)
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        for name, value in {**told.pop("disk"), **told}.items():
            click.echo(f"{name.replace('_', ' '):<22} {'-' if value is None else value}")
    sys.exit(bool(status.frozen or status.quarantined or status.refused or status.alarms))


@main.command()
@folder_option
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def verify(folder: Path, *, as_json: bool) -> None:
    """Compare this node with the hub and heal what differs; it may go on running. Exit status 1 when they differ."""
    from edge_node.app import compare_with_hub  # noqa: PLC0415 - half of a start: only where it is needed

    settings = settings_of(folder)
    if settings.hub is None:
        raise Failed("This node is not enrolled: there is nothing to compare with")
    store = open_store(settings)
    try:
        report = asyncio.run(compare_with_hub(settings, store))
    except TimeoutError as error:
        raise Failed("The hub does not answer: nothing was compared") from error
    finally:
        store.close()
    if as_json:
        click.echo(msgspec.json.encode(report))
    else:
        click.echo(f"{report.documents} documents, {len(report.healed)} healed, {len(report.unhealed)} differ")
        if not report.is_settled:
            click.echo("Something was on its way all the time: compare again later")
    sys.exit(bool(report.unhealed or not report.is_settled))


@main.command()
@folder_option
def run(folder: Path) -> None:
    """Serve this office until stopped."""
    from edge_node.app import serve  # noqa: PLC0415 - half of a start: only where it is needed

    serve(settings_of(folder))


@main.command()
@folder_option
@click.option("--json", "as_json", is_flag=True, help="Print the checks as JSON.")
@click.option("--try", "is_trial", is_flag=True, help="Let every device print, scan, speak or read once, harmlessly.")
@click.option("--boot", "is_boot", is_flag=True, help="Only whether the started node can serve: disk, database, pages.")
def doctor(folder: Path, *, as_json: bool, is_trial: bool, is_boot: bool) -> None:
    """Check this node: configuration, disk, database, hub, every device. Exit status 1 when a check fails."""
    settings = settings_of(folder)
    findings = asyncio.run(_started(settings) if is_boot else _examined(settings))
    if is_trial and not is_boot:
        findings += asyncio.run(_tried(settings))
    tell(findings, as_json=as_json)


async def _examined(settings: NodeSettings) -> list[Finding]:
    return [*await node.examine(settings), *await devices.examine(DevicesClient(settings.devices_socket))]


async def _started(settings: NodeSettings) -> list[Finding]:
    from edge_node.app import MIGRATIONS  # noqa: PLC0415 - half of a start: only where it is needed

    return await boot.examine(settings, migrations=MIGRATIONS)


async def _tried(settings: NodeSettings) -> list[Finding]:
    from edge_node.app import journaled_devices  # noqa: PLC0415 - half of a start: only where it is needed

    store, clock = open_store(settings), SystemClock()
    try:
        client = journaled_devices(settings, store, clock=clock)
        spool = settings.folder / "spool"
        return await devices.TrialRound(client=client, store=store, clock=clock, ids=SystemIds(), spool=spool).run()
    finally:
        store.close()


@main.group("statistics")
def statistics_group() -> None:
    """Figures of the hall."""


@statistics_group.command("rebuild")
@folder_option
def statistics_rebuild(folder: Path) -> None:
    """Make all figures again out of the log of the queue; the node may go on running."""
    from edge_node.app import rebuild_figures  # noqa: PLC0415 - half of a start: only where it is needed

    store = open_store(settings_of(folder))
    try:
        differed = rebuild_figures(store)
    finally:
        store.close()
    console.print(
        f"{differed} figures differed from the log and were put right" if differed else "All figures are right"
    )


main.add_command(enrol)
main.add_command(pair)
main.add_command(replay_command)
main.add_command(evaluate_waits_command)
main.add_command(backup_group)
main.add_command(support_bundle)
main.add_command(staff_group)
