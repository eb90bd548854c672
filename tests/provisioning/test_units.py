"""Our units leave an intruder little: systemd's own count of what each of them may do."""

import shutil
import subprocess
from pathlib import Path

import jinja2
import pytest

ROLES = Path(__file__).parents[2] / "ansible/collections/ansible_collections/vikno/office/roles"
EXPOSURE_TENTHS_MAX = 20
UNITS = sorted(ROLES.glob("*/files/*.service"))
BACKUP = ROLES / "backup/templates/backup.service.j2"

pytestmark = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze here")


def analyse(unit: Path) -> subprocess.CompletedProcess[str]:
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", f"--threshold={EXPOSURE_TENTHS_MAX}"]
    return subprocess.run([*command, str(unit)], capture_output=True, text=True, check=False)


def test_the_three_processes_have_units() -> None:
    assert {unit.name for unit in UNITS} == {"edge-node.service", "edge-devices.service", "central-hub.service"}


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_process_may_do_little(unit: Path) -> None:
    told = analyse(unit)
    assert told.returncode == 0, told.stdout.splitlines()[-1]


@pytest.mark.parametrize("app", ["edge-node", "central-hub"])
def test_a_backup_may_do_little(app: str, tmp_path: Path) -> None:
    unit = tmp_path / f"{app}-backup.service"
    template = jinja2.Template(BACKUP.read_text("utf-8"), autoescape=False)
    unit.write_text(template.render(backup_app=app, backup_copies=14, backup_folder="/var/backups/vikno"))
    told = analyse(unit)
    assert told.returncode == 0, told.stdout.splitlines()[-1]


def test_a_unit_without_any_care_is_told_apart(tmp_path: Path) -> None:
    unit = tmp_path / "careless.service"
    unit.write_text("[Service]\nExecStart=/bin/true\n")
    assert analyse(unit).returncode != 0


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_watches_every_process_and_never_gives_up_on_it(unit: Path) -> None:
    lines = unit.read_text("utf-8").splitlines()
    assert {"Type=notify", "WatchdogSec=30", "Restart=always", "StartLimitIntervalSec=0"} <= set(lines)
