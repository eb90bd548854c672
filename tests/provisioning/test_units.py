"""Our units leave an intruder little: systemd's own count of what each of them may do."""

import shutil
import subprocess
from pathlib import Path

import jinja2
import pytest
import yaml

ROLES = Path(__file__).parents[2] / "ansible/collections/ansible_collections/vikno/office/roles"
EXPOSURE_TENTHS_MAX = 20
UNITS = sorted(ROLES.glob("*/files/*.service"))
BACKUP_UNITS = ("backup", "backup-verify", "backup-send")

pytestmark = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze here")


def analyse(unit: Path) -> subprocess.CompletedProcess[str]:
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", f"--threshold={EXPOSURE_TENTHS_MAX}"]
    return subprocess.run([*command, str(unit)], capture_output=True, text=True, check=False)


def backup_unit(name: str, folder: Path, *, app: str, repository: str) -> Path:
    """The unit that the role writes for ``app``, with the role's defaults."""
    unit = folder / f"{app}-{name}.service"
    unit.write_text(rendered("backup", f"{name}.service.j2", backup_app=app, backup_repository=repository))
    return unit


def rendered(role: str, template: str, **told: str | int) -> str:
    """The role's template, as its defaults and ``told`` fill it."""
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(ROLES / role / "templates"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        autoescape=False,  # noqa: S701 - units, not pages
    )
    known = yaml.safe_load((ROLES / role / "defaults/main.yml").read_text("utf-8"))
    return templates.get_template(template).render({**known, "ansible_managed": "a test", **told})


def lines_of(unit: Path) -> list[str]:
    return unit.read_text("utf-8").splitlines()


def test_the_three_processes_have_units() -> None:
    assert {unit.name for unit in UNITS} == {"edge-node.service", "edge-devices.service", "central-hub.service"}


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_process_may_do_little(unit: Path) -> None:
    told = analyse(unit)
    assert told.returncode == 0, told.stdout.splitlines()[-1]


@pytest.mark.parametrize("app", ["edge-node", "central-hub"])
@pytest.mark.parametrize(
    "repository", ["/mnt/vault", "sftp:vikno@backup.example:/vikno", "rest:https://backup.example/"]
)
@pytest.mark.parametrize("unit", BACKUP_UNITS)
def test_a_backup_may_do_little(unit: str, app: str, repository: str, tmp_path: Path) -> None:
    told = analyse(backup_unit(unit, tmp_path, app=app, repository=repository))
    assert told.returncode == 0, told.stdout.splitlines()[-1]


def test_a_backup_reaches_the_network_only_where_it_goes_over_it(tmp_path: Path) -> None:
    reached = {
        (unit, repository.partition(":")[0])
        for unit in BACKUP_UNITS
        for repository in ("/mnt/vault", "sftp:vikno@backup.example:/vikno")
        if "PrivateNetwork=yes" not in lines_of(backup_unit(unit, tmp_path, app="edge-node", repository=repository))
    }
    assert reached == {("backup-send", "sftp")}


def test_a_secret_is_lent_to_the_unit_and_stands_in_none(tmp_path: Path) -> None:
    unit = backup_unit("backup-send", tmp_path, app="edge-node", repository="rest:https://vikno:word@backup.example/")
    lent = [line for line in lines_of(unit) if line.startswith("LoadCredential=")]
    assert [line.removeprefix("LoadCredential=").partition(":")[0] for line in lent] == ["repository", "password"]
    assert "word" not in unit.read_text("utf-8").replace("password", "")


def test_the_password_of_the_hubs_database_is_lent_to_it_too(tmp_path: Path) -> None:
    files = ROLES / "central_hub/files"
    unit = tmp_path / "central-hub.service"
    service, install = (files / "central-hub.service").read_text("utf-8").split("[Install]")
    unit.write_text(f"{service}{(files / 'central-hub-database.conf').read_text('utf-8')}[Install]{install}")
    told = analyse(unit)
    assert told.returncode == 0, told.stdout.splitlines()[-1]
    (lent,) = [line.removeprefix("LoadCredential=") for line in lines_of(unit) if line.startswith("LoadCredential=")]
    name, _, place = lent.partition(":")
    tasks = (ROLES / "central_hub/tasks/main.yml").read_text("utf-8")
    (block,) = [task["block"] for task in yaml.safe_load(tasks) if "block" in task]
    (kept,) = [task for task in block if task.get("no_log")]
    assert {"dest": place, "owner": "root", "mode": "0600"}.items() <= kept["ansible.builtin.copy"].items()
    assert f"--database-password-file={name}'" in tasks
    assert f"LoadCredential={lent}" in tasks


@pytest.mark.parametrize(
    ("port", "asked"),
    [
        ({"monitoring_node_port": 8080}, ("edge-node.service", "127.0.0.1:8080/metrics")),
        ({"monitoring_hub_port": 8700}, ("central-hub.service", "127.0.0.1:8700/metrics")),
    ],
    ids=["node", "hub"],
)
def test_the_teller_of_figures_asks_its_program_and_may_do_little(
    port: dict[str, int], asked: tuple[str, str], tmp_path: Path
) -> None:
    unit = tmp_path / "vikno-figures.service"
    unit.write_text(rendered("monitoring", "vikno-figures.service.j2", **port))
    program, address = asked
    assert f"Requisite={program}" in lines_of(unit)
    assert address in unit.read_text("utf-8")
    told = analyse(unit)
    assert told.returncode == 0, told.stdout.splitlines()[-1]


def test_a_unit_without_any_care_is_told_apart(tmp_path: Path) -> None:
    unit = tmp_path / "careless.service"
    unit.write_text("[Service]\nExecStart=/bin/true\n")
    assert analyse(unit).returncode != 0


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_watches_every_process_and_never_gives_up_on_it(unit: Path) -> None:
    assert {"Type=notify", "WatchdogSec=30", "Restart=always", "StartLimitIntervalSec=0"} <= set(lines_of(unit))


@pytest.mark.parametrize(
    ("page", "trusted"),
    [("http://shv.example:8080/kiosk?x=1", "http://shv.example:8080"), ("https://shv.example/", "")],
)
def test_a_screen_speaks_unasked_and_trusts_the_offices_own_page(page: str, trusted: str) -> None:
    unit = rendered("kiosk", "vikno-kiosk.service.j2", kiosk_url=page).splitlines()
    (started,) = [line.split() for line in unit if line.startswith("ExecStart=")]
    assert "--autoplay-policy=no-user-gesture-required" in started
    assert started[-2:] == ["$VIKNO_TRUST", page]
    trust = "Environment=VIKNO_TRUST=--unsafely-treat-insecure-origin-as-secure="
    assert [line.removeprefix(trust) for line in unit if "VIKNO_TRUST=" in line] == [trusted][: bool(trusted)]
