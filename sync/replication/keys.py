"""The files of a node's key: the one in use, and the one that is to take its place once the hub knows it.

Whatever is lost in between (power, the hub's answer), the node has a key that the hub knows: the next key is on the
disk before the hub hears of it, and replaces the other only after. Which of the two the hub knows is asked of the hub.
"""

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from sync.replication.authority import save_durably
from sync.replication.identity import NodeKey


class KeyFiles:
    """``path`` holds the key in use; ``<path>.next``, where there is one, the key to come.

    ``<path>.next-for`` is the hash of the attempt to be let in for which that one was made.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._next_path = path.with_name(path.name + ".next")
        self._attempt_path = path.with_name(path.name + ".next-for")

    def current(self) -> NodeKey:
        return NodeKey.load(self._path)

    def next(self) -> NodeKey | None:
        """The key to come; ``None`` when no change is under way. One cut short while it was written is none."""
        try:
            return NodeKey.load(self._next_path)
        except FileNotFoundError:
            return None
        except ValueError:
            self._next_path.unlink()
            return None

    def prepare_next(self) -> NodeKey:
        """The key to come, durably on the disk: the one of an earlier attempt whose outcome is not known, or a new."""
        found = self.next()
        if found is not None:
            return found
        key = NodeKey.generate()
        key.save(self._next_path)
        _sync_folder(self._path.parent)
        return key

    def prepare_fresh(self, *, attempt: str) -> NodeKey:
        """The key to come of a node that is let in once more: no copy of its disk made before this attempt has it.

        The same ``attempt`` (its token) gets the same key: the hub may have taken it, and its answer have been lost.
        """
        known_by = hashlib.sha256(attempt.encode()).hexdigest()
        with suppress(FileNotFoundError):
            if self._attempt_path.read_text(encoding="ascii") == known_by and (found := self.next()) is not None:
                return found
        self._next_path.unlink(missing_ok=True)
        key = self.prepare_next()
        save_durably(self._attempt_path, known_by.encode())  # after the key: before it, it would vouch for another
        return key

    def promote(self) -> None:
        """The hub knows the key to come: it is the one in use from now on. Done already is no error."""
        self._attempt_path.unlink(missing_ok=True)
        with suppress(FileNotFoundError):
            self._next_path.replace(self._path)
        _sync_folder(self._path.parent)


class KeyRing:
    """``key`` signs every request; before each greeting it is read anew, for another process may have replaced it."""

    def __init__(self, files: KeyFiles) -> None:
        self._files = files
        self._tries_next = False
        self.key = files.current()

    def take_up(self) -> None:
        """Sign with the key of the file, or with the one to come where the hub did not know the other."""
        following = self._files.next() if self._tries_next else None
        self.key.become(self._files.current() if following is None else following)

    def refused(self) -> None:
        """The hub does not know this key: an outcome was never heard, so the other may be the one it knows."""
        self._tries_next = not self._tries_next

    def prepare_next(self) -> NodeKey:
        """The key that is to take this one's place; see ``KeyFiles.prepare_next``."""
        return self._files.prepare_next()

    def replaced(self) -> None:
        """The hub knows the key to come, and no other."""
        self._files.promote()
        self._tries_next = False

    def accepted(self) -> None:
        """The hub knows this key."""
        if self._tries_next:
            self.replaced()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
