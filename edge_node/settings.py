"""The configuration of a node: ``edge-node.toml`` in its folder; every key is documented in ``edge_node/README.md``."""

import re
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

import msgspec

from sync import configuration
from sync.replication import trust
from sync.replication.blobs import BLOB_BYTES_MAX
from sync.replication.budget import parse as parse_budget
from sync.vocabulary.day_hours import by_hour, hour_in_kyiv
from sync.vocabulary.ids import OfficeId

FILE_NAME = "edge-node.toml"
FULL_VOLUME = 100


class ListenSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the pages of this office are served; behind a TLS proxy set ``is_https`` so that cookies are secure.

    ``public_url`` is where visitors' phones reach this node over the office's Wi-Fi (the QR code on a ticket).
    """

    host: str = "127.0.0.1"
    port: int = 8080
    is_https: bool = False
    public_url: str | None = None


class HubSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the hub is; ``retry_seconds_max`` bounds the pause between attempts while the line is cut.

    ``public_url`` is where visitors open the hub: with it a ticket can be followed from outside the office too.
    ``budget`` says by hours in Kyiv how much of the line scans may take: ``"08-18" = "64 KiB/s"``.
    """

    url: str
    public_url: str | None = None
    retry_seconds_max: float = 30.0
    budget: dict[str, str] = {}

    def __post_init__(self) -> None:
        """Raises ValueError, which names the entry and the rule."""
        parse_budget(self.budget)


class BlobSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many bytes of scans stay here; what the hub holds makes room first. None: as many as the disk takes."""

    quota_bytes: Annotated[int, msgspec.Meta(ge=BLOB_BYTES_MAX)] | None = None


class ArchiveSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether the text of scans is recognised here, and in which languages, by Tesseract's names."""

    recognises_text: bool = True
    text_languages: Annotated[str, msgspec.Meta(pattern=r"^[a-z]{3}(_[a-z]+)?([+][a-z]{3}(_[a-z]+)?)*$")] = "ukr+eng"


class DeviceSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The unix socket of the drivers' process, relative to the node's folder."""

    socket: str = "devices.sock"


class DeskDevices(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands on one desk, by the names in ``devices.toml``; ``handset`` is the address its telephone asks from."""

    reader: str | None = None
    telephone: str | None = None
    handset: str | None = None


VolumePercent = Annotated[int, msgspec.Meta(ge=0, le=100)]


class VoiceSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How loud the hall is spoken to, by full hours in Kyiv: ``"08-18" = 80``; 0 is silence, no entry full loudness."""

    volume: dict[str, VolumePercent] = {}

    def __post_init__(self) -> None:
        """Raises ValueError, which names the entry and the rule."""
        by_hour(self.volume)

    def volume_at(self, now: datetime) -> int:
        """Percent at ``now``."""
        return by_hour(self.volume).get(hour_in_kyiv(now), FULL_VOLUME)


class DemoSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Only in the demo: where the simulated line to the hub is cut and mended, and the simulators are steered.

    ``simulators`` is the control socket of ``edge-devices simulate``, relative to the node's folder; what the devices
    made lies beside it.
    """

    line_control: str | None = None
    simulators: str | None = None


class NodeSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of ``edge-node.toml``, and the folder it stands in."""

    office_id: OfficeId
    listen: ListenSettings = ListenSettings()
    hub: HubSettings | None = None
    blobs: BlobSettings = BlobSettings()
    archive: ArchiveSettings = ArchiveSettings()
    devices: DeviceSettings = DeviceSettings()
    desks: dict[str, DeskDevices] = {}
    voice: VoiceSettings = VoiceSettings()
    demo: DemoSettings = DemoSettings()
    folder: Path = Path()

    def __post_init__(self) -> None:
        """Raises ValueError: TOML's keys are text, and desks have numbers."""
        odd = [number for number in self.desks if not re.fullmatch(r"[1-9][0-9]{0,2}", number)]
        if odd:
            raise ValueError(f"desks: {odd[0]!r} is no number of a desk")
        for own in self.desks.values():
            if own.handset is not None:
                ip_address(own.handset)

    def on_desk(self, number: int) -> DeskDevices:
        """What stands on the desk of this number."""
        return self.desks.get(str(number), DeskDevices())

    def desk_with_handset(self, address: str) -> int | None:
        """The number of the desk whose telephone has this address."""
        return next((int(number) for number, own in self.desks.items() if own.handset == address), None)

    @property
    def database(self) -> Path:
        return self.folder / "node.db"

    @property
    def sessions_database(self) -> Path:
        return self.folder / "sessions.db"

    @property
    def key_file(self) -> Path:
        return self.folder / "node.key"

    @property
    def authority_file(self) -> Path:
        """The authorities by which this node knows the hub, pinned at enrolment."""
        return self.folder / trust.FILE_NAME

    @property
    def blob_folder(self) -> Path:
        return self.folder / "blobs"

    @property
    def simulators_socket(self) -> Path | None:
        return None if self.demo.simulators is None else self.folder / self.demo.simulators

    @property
    def devices_socket(self) -> Path:
        return self.folder / self.devices.socket


def load(folder: Path) -> NodeSettings:
    """The settings in ``folder``; raises ``ConfigurationWrong``."""
    settings = configuration.load(folder / FILE_NAME, NodeSettings)
    settings = msgspec.structs.replace(settings, folder=folder.resolve())
    if settings.hub and settings.authority_file.exists() and not settings.hub.url.startswith("https://"):
        raise configuration.ConfigurationWrong(
            f"{folder / FILE_NAME}: hub.url must begin with https:// – this node knows the hub by its certificate"
        )
    return settings
