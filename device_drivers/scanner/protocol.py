"""What a scanner does."""

from typing import Protocol

import msgspec

from device_drivers.driver import Condition

RESOLUTIONS_DPI = (75, 150, 200, 300, 400, 600)


class Pages(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The pages of this run, whole and verified, in order.

    ``stopped_by`` is None when the feeder ran empty; else why it stopped early (``jammed``, ``cover-open``,
    ``silent``, ``broken-off``, ``damaged``): put the rest of the papers in and scan into the
    same folder, numbering goes on.
    """

    ref: str
    files: tuple[str, ...]
    stopped_by: str | None = None


class Scanner(Protocol):
    """Turns a stack of papers into picture files."""

    def probe(self) -> Condition:
        """Whether the scanner answers."""
        ...

    def scan(self, *, ref: str, folder: str, resolution_dpi: int) -> Pages:
        """Scan every page that lies in the feeder into ``folder`` as page-001.png, page-002.png, and so on.

        Raises Unavailable when the scanner is not there, NeedsAttention(``no-paper``, ``jammed``, ``cover-open``,
        ``silent`` …) when no whole page came of it.
        """
        ...

    def close(self) -> None:
        """End a scan that is still running."""
        ...
