"""What every command begins with: the folder, its settings, its database; and a failure that says what to do."""

import shutil
from pathlib import Path

import rich_click as click
from rich.console import Console

from edge_node import settings as node_settings
from edge_node.settings import NodeSettings
from sync.ambient import machine_id
from sync.configuration import ConfigurationWrong
from sync.replication.sentinel import Watch
from sync.storage import Store

console = Console(stderr=True)
folder_option = click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("/var/lib/edge-node"),
    show_default=True,
    help="Where this node keeps everything it has.",
)


class Failed(click.ClickException):
    """Ends the command with exit status 1 and a sentence that says what to do."""


def settings_of(folder: Path) -> NodeSettings:
    try:
        return node_settings.load(folder)
    except ConfigurationWrong as wrong:
        raise Failed(str(wrong)) from wrong


def open_store(settings: NodeSettings) -> Store:
    from edge_node import app  # noqa: PLC0415 - all slices' migrations

    return app.open_store(settings)


def watch_of(settings: NodeSettings) -> Watch:
    return Watch(settings.folder, machine_id=machine_id())


def progress(name: str) -> None:
    if console.is_terminal:
        console.print(f"  {name[: shutil.get_terminal_size().columns - 4]}", highlight=False)
