"""What every command begins with: the folder, its settings, its database."""

from pathlib import Path

from edge_node import settings as node_settings
from edge_node.settings import NodeSettings
from sync.ambient import machine_id
from sync.cli.speaking import failing, folder_of
from sync.configuration import ConfigurationWrong
from sync.replication.sentinel import Watch
from sync.storage import Store

folder_option = folder_of("edge-node", keeps="Where this node keeps everything it has.")


def settings_of(folder: Path) -> NodeSettings:
    with failing(ConfigurationWrong):
        return node_settings.load(folder)


def open_store(settings: NodeSettings) -> Store:
    from edge_node import app  # noqa: PLC0415 - half of a start: only where it is needed

    return app.open_store(settings)


def watch_of(settings: NodeSettings) -> Watch:
    return Watch(settings.folder, machine_id=machine_id())
