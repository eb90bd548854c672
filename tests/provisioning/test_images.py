"""What an image makes of the one file that a technician brings."""

import importlib.util
import json
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

IMAGES = Path(__file__).parents[2] / "images"
SETTINGS = """office = "SHV"
[hub]
address = "https://hub.example:8743"
token = "once.only"
"""


@pytest.fixture
def first_boot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The program of the first start, with a machine's folders under ``tmp_path``."""
    spec = importlib.util.spec_from_file_location("first_boot", IMAGES / "first_boot.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name, place in {
        "STATE": "state",
        "KEPT": "state/vikno.toml",
        "ENROL": "state/enrol.json",
        "STICK": "stick",
    }.items():
        monkeypatch.setattr(module, name, tmp_path / place)
    return module


def test_settings_are_kept_and_the_token_waits_apart_until_it_is_used(
    first_boot: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    (tmp_path / "vikno.toml").write_text(SETTINGS)
    assert first_boot.keep()["office"] == "SHV"
    assert "once.only" not in (tmp_path / "state/vikno.toml").read_text()
    waiting = json.loads((tmp_path / "state/enrol.json").read_text())
    assert waiting == {"hub": "https://hub.example:8743", "token": "once.only"}
    assert (tmp_path / "state/enrol.json").stat().st_mode & 0o077 == 0


def test_a_machine_without_settings_waits_for_them(first_boot: ModuleType, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    assert first_boot.keep() is None


@pytest.mark.parametrize(
    "wrong",
    [{"address": "10.0.0.300/24"}, {"address": "10.0.0.5/24", "gateway": "gate"}, {"address": "10.0.0.5/24\nDHCP=yes"}],
)
def test_a_wrong_address_is_told_and_nothing_is_written(first_boot: ModuleType, wrong: dict[str, object]):
    with pytest.raises(first_boot.WrongSettingsError):
        first_boot.apply_network(wrong)


@pytest.mark.parametrize(
    ("page", "trusted"), [("http://10.0.0.5:8080/kiosk", ["http://10.0.0.5:8080"]), ("https://hub/", [])]
)
def test_a_screen_trusts_the_offices_own_page_without_tls(first_boot: ModuleType, page: str, trusted: list[str]):
    said = first_boot.page_environment(page).splitlines()
    assert said[0] == f"VIKNO_PAGE={page}"
    assert [line.rpartition("=")[2] for line in said[1:]] == trusted


class TestEnrolment:
    """The commands of the machine are small programs here: each notes what a list of processes would show."""

    @pytest.fixture
    def machine(self, first_boot: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """A node with a token that waits; ``shown`` has every command line, ``handed`` what the node was given."""
        for name, place in {"RUN_AS": "runuser", "PROGRAM": ".", "NODE": "node"}.items():
            monkeypatch.setattr(first_boot, name, tmp_path / place)
        self.program(tmp_path / "runuser", f'echo "$@" >> {tmp_path}/shown; shift 3; PATH={tmp_path}:$PATH exec "$@"')
        self.program(tmp_path / "systemctl", "exit 0")
        handed = 'file="${2#--token-file=}"; stat --format=%a "$file"; cat "$file"'
        self.program(tmp_path / "edge-node", f"({handed}) > {tmp_path}/handed; exit $(cat {tmp_path}/answer)")
        for folder in ("state", "node"):
            (tmp_path / folder).mkdir()
        first_boot.note_enrolment({"hub": {"address": "https://hub.example:8743", "token": "once.only"}})
        return tmp_path

    def program(self, path: Path, script: str) -> None:
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def test_the_node_is_handed_the_token_where_nobody_else_sees_it(self, first_boot: ModuleType, machine: Path):
        (machine / "answer").write_text("0")
        first_boot.enrol()
        assert "enrol --token-file=" in (machine / "shown").read_text()
        assert "once.only" not in (machine / "shown").read_text()
        mode, told = (machine / "handed").read_text().split("\n", 1)
        assert mode == "600"
        assert tomllib.loads(told) == {"hub": "https://hub.example:8743", "token": "once.only"}
        assert list((machine / "node").iterdir()) == list((machine / "state").iterdir()) == []

    def test_a_token_that_was_not_taken_waits_where_root_alone_reads_it(self, first_boot: ModuleType, machine: Path):
        (machine / "answer").write_text("1")
        with pytest.raises(subprocess.CalledProcessError):
            first_boot.enrol()
        assert list((machine / "node").iterdir()) == []
        assert json.loads((machine / "state/enrol.json").read_text())["token"] == "once.only"


@pytest.mark.parametrize("profile", ["edge", "hub", "kiosk"])
def test_every_template_of_the_collection_is_filled_for_an_image(profile: str, tmp_path: Path):
    program = [sys.executable, IMAGES / "render.py", profile, tmp_path]
    subprocess.run(list(map(str, program)), check=True, cwd=IMAGES.parent)
    units = [path for path in (tmp_path / "tree").rglob("*") if path.is_file()]
    assert units
    assert not [path for path in units if "{{" in path.read_text()]
    assert "python3" in (tmp_path / "packages").read_text().split(",")
