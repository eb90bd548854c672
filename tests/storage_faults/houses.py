"""The two houses whose write paths are tried: how each begins, works and starts again, and what it promises."""

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Protocol

import msgspec

from central_hub.storage import HubStore
from sync.storage import Store
from tests.storage_faults import hub_promises, hub_work, planted, promises
from tests.storage_faults.hub_promises import HubContent
from tests.storage_faults.promises import Content
from tests.storage_faults.told import Told
from tests.storage_faults.work import Work
from tests.support.front_desk import MIGRATIONS, FrontDesk


class Working(Protocol):
    """One process's work over a folder."""

    def live(self, rounds: int) -> None: ...
    def close(self) -> None: ...


class Held(msgspec.Struct, frozen=True):
    """What a database holds, whichever house's it is, and how to hold it against what was told."""

    content: Content | HubContent
    broken: Callable[[Content | HubContent, list[Told]], Iterable[str]]
    more: tuple[str, ...] = ()  # faults that showed themselves in starting over it

    def against(self, told: list[Told]) -> list[str]:
        return [*self.more, *self.broken(self.content, told)]


class House(msgspec.Struct, frozen=True, kw_only=True):
    """``database`` is the file's name; ``works`` the work, by the name of the bug planted in it."""

    database: str
    works: Mapping[str, Callable[..., Working]]
    found: Callable[[Path], None]
    start: Callable[[Path], None]  # as the next process does; raises sqlite3.Error
    read: Callable[[sqlite3.Connection], Content | HubContent]
    broken: Callable[..., Iterable[str]]

    def held(self, connection: sqlite3.Connection) -> Held:
        return Held(self.read(connection), self.broken)


def _start_office(folder: Path) -> None:
    Store(folder / "node.db", MIGRATIONS).close()


def _start_hub(folder: Path) -> None:
    HubStore(hub_work.address(folder)).close()


HOUSES = {
    "office": House(
        database="node.db",
        works={"": Work, **planted.PLANTED},
        found=lambda folder: FrontDesk(folder).close(),
        start=_start_office,
        read=promises.read_content,
        broken=promises.broken_promises,
    ),
    "hub": House(
        database=hub_work.DATABASE,
        works={"": hub_work.HubWork, **planted.PLANTED_AT_HUB},
        found=hub_work.found,
        start=_start_hub,
        read=hub_promises.read_content,
        broken=hub_promises.broken_promises,
    ),
}
