"""What happened, in order: one hash over all of it, so that two runs of a seed can be compared bit by bit."""

import hashlib
from collections import Counter
from pathlib import Path

import msgspec


class Journal:
    """Every request, fault and finding of a run; ``lines`` are kept only where a person wants to read them."""

    def __init__(self, path: Path | None = None) -> None:
        self._hash = hashlib.sha256()
        self._file = path.open("wb") if path else None
        self.counts: Counter[str] = Counter()

    def note(self, what: str, *facts: object) -> None:
        self.counts[what] += 1
        line = msgspec.json.encode((what, *facts)) + b"\n"
        self._hash.update(line)
        if self._file is not None:
            self._file.write(line)

    def close(self) -> str:
        """The hash of everything noted."""
        if self._file is not None:
            self._file.close()
        return self._hash.hexdigest()
