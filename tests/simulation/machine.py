"""A machine of the city: one database file of the real store, whose power may go and whose disk may be full."""

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy.exc import OperationalError

FULL = 2  # pragma synchronous: from here on SQLite syncs the WAL with every commit
SPARE_PAGES = 2  # what a disk that "is full" still has
WAL, SHM = "-wal", "-shm"


class PowerCut(Exception):  # noqa: N818 - what happened
    """The machine lost its power and started again; whoever spoke to it heard nothing."""


class DiskFull(Exception):  # noqa: N818 - what happened
    """There was no room: nothing of the command happened."""


class Opened(Protocol):
    """What `Store` and `HubStore` have in common."""

    def run_now(self, command: Callable[[Any], Any]) -> Any: ...

    def read_now(self, query: Callable[[Any], Any]) -> Any: ...

    def close(self) -> None: ...


S = TypeVar("S", bound=Opened)


class Machine(Generic[S]):
    """``store`` over ``path``. ``fuse`` counts down the commits to the next power cut, before or after that commit.

    A cut keeps what the disk would: the database, and its write-ahead log only if the store syncs it. ``beside`` is a
    file next to the database, which only an image of the whole disk brings back.
    """

    def __init__(
        self,
        path: Path,
        *,
        open_store: Callable[[Path], S],
        pragma: Callable[[Any, str], Any],
        beside: Path | None = None,
    ) -> None:
        self.path, self.beside = path, beside
        self._open, self._pragma = open_store, pragma
        self.store = open_store(path)
        self.on_boot: Callable[[], None] = lambda: None
        self.fuse: int | None = None
        self.is_cut_before_commit = False
        self.answers_before_commit = False  # the planted bug
        self.commits = 0

    # -- commands ----------------------------------------------------------------------------------------------------

    def run(self, command: Callable[[Any], Any]) -> Any:
        """The command's answer, when it is durable.

        Raises:
            PowerCut: before or after the commit; the answer was not heard.
            DiskFull: nothing happened.
        """
        self.commits += 1
        if self.fuse is not None:
            self.fuse -= 1
            if self.fuse <= 0:
                self.fuse = None
                return self._run_into_the_dark(command)
        return self.guarded(command)

    def surely(self, command: Callable[[Any], Any]) -> Any:
        """The same, out of reach of every mishap: what the simulation itself needs done."""
        return self.store.run_now(command)

    def read(self, query: Callable[[Any], Any]) -> Any:
        return self.store.read_now(query)

    def guarded(self, command: Callable[[Any], Any]) -> Any:
        """The same as ``run``, and no fuse burns down."""
        try:
            return self.store.run_now(command)
        except (sqlite3.OperationalError, OperationalError) as error:
            if "full" not in str(error):
                raise
            raise DiskFull from error

    def _run_into_the_dark(self, command: Callable[[Any], Any]) -> Any:
        if not self.is_cut_before_commit:
            self.guarded(command)
            self.cut_power()
            raise PowerCut
        held: list[Any] = []

        def interrupted(tx: Any) -> None:
            held.append(command(tx))
            self._freeze()
            raise PowerCut

        try:
            self.guarded(interrupted)
        except PowerCut:
            self._thaw()
            if self.answers_before_commit:
                return held[0]
            raise

    # -- mishaps -----------------------------------------------------------------------------------------------------

    def cut_power(self) -> None:
        """Everything in memory is gone; the machine starts again from its disk."""
        self._freeze()
        self._thaw()

    def back_up(self) -> None:
        self._copy_to(self._named("backup"))
        if self.beside is not None and self.beside.exists():
            shutil.copyfile(self.beside, self._named("beside"))

    @property
    def is_backed_up(self) -> bool:
        return self._named("backup").exists()

    def restore(self) -> None:
        """The disk as it was at the last backup."""
        self._copy_files(self._named("backup"), self._named("frozen"))
        self._thaw()

    def restore_image(self) -> None:
        """The same, with the file beside the database."""
        if self.beside is not None and self._named("beside").exists():
            shutil.copyfile(self._named("beside"), self.beside)
        self.restore()

    def copy_disk(self, folder: Path) -> Path:
        """Another disk with the same content; where its database is."""
        folder.mkdir()
        self._copy_to(folder / self.path.name)
        if self.beside is not None and self.beside.exists():
            shutil.copyfile(self.beside, folder / self.beside.name)
        return folder / self.path.name

    def fill_disk(self) -> None:
        """From now on nearly nothing more can be written, until it starts again or is emptied."""
        pages = self.store.run_now(lambda tx: self._pragma(tx, "page_count"))
        self.store.run_now(lambda tx: self._pragma(tx, f"max_page_count = {int(pages) + SPARE_PAGES}"))

    def empty_disk(self) -> None:
        self.store.run_now(lambda tx: self._pragma(tx, "max_page_count = 1073741823"))

    def close(self) -> None:
        self.store.close()

    # -- the files ---------------------------------------------------------------------------------------------------

    def _named(self, name: str) -> Path:
        return self.path.with_suffix(f".{name}")

    def _freeze(self) -> None:
        """What the disk holds at this moment, were the power to go."""
        self._copy_to(self._named("frozen"))
        synchronous = self.store.read_now(lambda reader: self._pragma(reader, "synchronous"))
        if int(synchronous) < FULL:
            _with(self._named("frozen"), WAL).unlink(missing_ok=True)

    def _thaw(self) -> None:
        """Start again from what was frozen."""
        self.store.close()
        for ending in ("", WAL, SHM):
            _with(self.path, ending).unlink(missing_ok=True)
        self._copy_files(self._named("frozen"), self.path)
        self.store = self._open(self.path)
        self.on_boot()

    def _copy_to(self, target: Path) -> None:
        self._copy_files(self.path, target)

    @staticmethod
    def _copy_files(source: Path, target: Path) -> None:
        _with(target, WAL).unlink(missing_ok=True)
        for ending in ("", WAL):
            if _with(source, ending).exists():
                shutil.copyfile(_with(source, ending), _with(target, ending))


def _with(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)
