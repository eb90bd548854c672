"""A scanner that is not there: behaves like ``scanimage --batch`` and gives pages of filled-in forms.

Run by the real driver as ``python -m device_drivers.scanner.simulator -d FOLDER …``; the folder holds what the person
put into the feeder. Faults: ``empty`` · ``jammed`` (after the first page) · ``cover-open`` · ``busy`` · ``hung``
(after the first page, with the second half written) · ``cut`` (after the first page, as if the network broke).
"""

import argparse
import json
import random
import sys
import threading
from pathlib import Path
from typing import ClassVar

from PIL import Image

from device_drivers.scanner.form import form_page
from device_drivers.simulated import Faulty

STATE_FILE = "scanner.json"
EXIT_CODES = {"empty": 7, "jammed": 6, "cover-open": 8, "busy": 3}
TRUNCATED_BYTES = 2_000


class ScannerSimulator(Faulty):
    """Remembers in a file what lies in the feeder, for the process that the driver starts."""

    FAULTS: ClassVar[tuple[str, ...]] = ("empty", "jammed", "cover-open", "busy", "hung", "cut")

    def __init__(self, folder: Path, *, pages: int = 3) -> None:
        super().__init__()
        self._folder = folder
        self._pages = pages
        folder.mkdir(parents=True, exist_ok=True)
        self.after_change()

    @property
    def address(self) -> str:
        return str(self._folder)

    def facts(self) -> dict[str, str | int]:
        return {"pages_in_feeder": self._pages, "scans": _read(self._folder)["scans"]}

    def put_pages(self, count: int) -> None:
        """Lay a stack into the feeder; it is there again for every scan."""
        self._pages = count
        self.after_change()

    def after_change(self) -> None:
        _write(self._folder, {**_read(self._folder), "pages": self._pages, "fault": self.fault or ""})

    def close(self) -> None:
        """Nothing runs between scans."""


def _read(folder: Path) -> dict[str, str | int]:
    path = folder / STATE_FILE
    state: dict[str, str | int] = {"pages": 0, "fault": "", "scans": 0}
    if path.exists():
        state.update(json.loads(path.read_text("utf-8")))
    return state


def _write(folder: Path, state: dict[str, str | int]) -> None:
    part = folder / f"{STATE_FILE}.part"
    part.write_text(json.dumps(state), encoding="utf-8")
    part.rename(folder / STATE_FILE)


def main(arguments: list[str]) -> int:
    """Scan what lies in the feeder; exit codes are scanimage's."""
    parser = argparse.ArgumentParser(prog="scanimage")
    parser.add_argument("-d", dest="folder", type=Path, required=True)
    parser.add_argument("--dont-scan", action="store_true")
    parser.add_argument("--batch", default="")
    for name in ("--source", "--mode", "--resolution", "--format", "--batch-count"):
        parser.add_argument(name, default="")
    asked = parser.parse_args(arguments)
    state = _read(asked.folder)
    fault = str(state["fault"])
    if fault in {"empty", "cover-open", "busy"}:
        return EXIT_CODES[fault]
    if asked.dont_scan:
        return 0
    _write(asked.folder, {**state, "scans": int(state["scans"]) + 1})
    for number in range(1, int(state["pages"]) + 1):
        _scan(Path(asked.batch % number), seed=int(state["scans"]) * 100 + number, dpi=int(asked.resolution))
        if fault == "jammed":
            return EXIT_CODES[fault]
        if fault == "cut":
            return 0
        if fault == "hung":
            Path(asked.batch % 2).write_bytes(Path(asked.batch % 1).read_bytes()[:TRUNCATED_BYTES])
            threading.Event().wait()  # for ever: the driver must end it
    sys.stderr.write(f"Batch terminated, {state['pages']} pages scanned\n")
    return 0 if state["pages"] else EXIT_CODES["empty"]


def _scan(path: Path, *, seed: int, dpi: int) -> None:
    """One sheet, a little askew and grey, as scanners see it."""
    chance = random.Random(seed)  # noqa: S311 - the same stack gives the same pages
    sheet = form_page(chance, dpi=dpi)
    turned = sheet.rotate(chance.uniform(-0.6, 0.6), resample=Image.Resampling.BILINEAR, fillcolor=250)
    turned.save(path, dpi=(dpi, dpi), compress_level=1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
