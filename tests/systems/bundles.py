"""The bundles of the lab: this checkout's, a next release of it, and one that cannot serve."""

import re
import shutil
from pathlib import Path

from tests.systems.lab import ROOT, run

PARTS = ("edge_node", "central_hub", "sync", "device_drivers", "pyproject.toml", "README.md", "LICENSE")
BROKEN = '\n\nraise SystemExit("a release that cannot serve")\n'


def version_here() -> str:
    found = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    assert found is not None
    return found[1]


def checkout(folder: Path, *, version: str, is_broken: bool = False) -> Path:
    """A copy of this checkout that says it is ``version``."""
    ignored = shutil.ignore_patterns("node_modules", "__pycache__")
    folder.mkdir(parents=True)
    for part in PARTS:
        source, target = ROOT / part, folder / part
        if source.is_dir():
            shutil.copytree(source, target, ignore=ignored)
        else:
            shutil.copy(source, target)
    project = folder / "pyproject.toml"
    project.write_text(project.read_text("utf-8").replace(f'version = "{version_here()}"', f'version = "{version}"', 1))
    if is_broken:
        app = folder / "edge_node/app.py"
        app.write_text(app.read_text("utf-8") + BROKEN)
    return folder


def build(bundle: Path, *, cache: Path, source: Path) -> Path:
    """The bundle of ``source``; what it downloads stays in ``cache``."""
    run("env", f"BUNDLE_CACHE={cache / 'downloads'}", ROOT / "ansible/bundle/build", bundle, cache / "base.tar", source)
    return bundle
