"""The import contracts hold, and each of them notices when it is broken."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("edge_node", "central_hub", "sync", "device_drivers")
PLANTED = {  # contract -> the module that breaks it, and the import that does
    "the apps stand on sync": ("edge_node/kiosk/model.py", "import central_hub.app"),
    "inside sync": ("sync/storage/store.py", "import sync.web.pages"),
    "the rows of the edge node": ("edge_node/queue/model/events.py", "import edge_node.kiosk.commands"),
    "the rows of the central hub": ("central_hub/directory/model.py", "import central_hub.statistics.queries"),
    "inside a slice": ("edge_node/queue/queries/day.py", "import edge_node.queue.commands.desks"),
    "rules know no web": ("edge_node/queue/commands/desks.py", "import litestar"),
    "the wire, the engine and the vocabulary": ("sync/replication/engine.py", "import httpx"),
    "only sync.documents speaks pycrdt": ("edge_node/replication/commands.py", "import pycrdt"),
    "only device_drivers touches": ("edge_node/printing/commands.py", "import serial"),
    "what is a slice's own": ("edge_node/kiosk/commands/taking.py", "import edge_node.queue.schema"),
    "what is a hub slice's own": ("central_hub/statistics/queries.py", "import central_hub.node_gateway.controllers"),
    "the replay knows nodes and hub only over HTTP": ("edge_node/replay/plan.py", "import edge_node.staff.commands"),
    "siblings never import in a circle": ("edge_node/queue/model/events.py", "import edge_node.kiosk.commands"),
}


def verdicts(folder: Path) -> list[str]:
    """What import-linter says of each contract in ``folder``."""
    program = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run(
        [program, "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line.strip() for line in done.stdout.splitlines()]
    found = [line for line in lines if line.endswith(("KEPT", "BROKEN"))]
    assert found, done.stdout + done.stderr
    return found


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("house")
    shutil.copy(ROOT / ".importlinter", folder)
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("node_modules", "static", "__pycache__", "templates", "locale")
        shutil.copytree(ROOT / package, folder / package, ignore=ignored)
    return folder


def test_each_contract_holds_and_each_notices_when_it_is_broken(house: Path):
    assert [line for line in verdicts(house) if line.endswith("BROKEN")] == []
    for path, statement in set(PLANTED.values()):
        module = house / path
        module.write_text(f"{statement}\n{module.read_text(encoding='utf-8')}", encoding="utf-8")
    broken = verdicts(house)
    for contract in PLANTED:
        (verdict,) = [line for line in broken if line.startswith(contract)]
        assert verdict.endswith("BROKEN"), contract
    assert len(broken) == len(PLANTED)
