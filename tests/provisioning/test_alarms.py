"""The rules by which a Prometheus calls a person: about figures that are really told, and tried where promtool is."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from central_hub.statistics import controllers as hub
from central_hub.statistics.model import HubStanding
from central_hub.storage.ingest import Backlog
from edge_node.devices.model import READY, DeviceHealth
from edge_node.replication import controllers as node
from edge_node.replication.queries import DiskUse, SyncStatus
from sync.replication.authority import Standing
from tests.support.clock import OPENING

ROOT = Path(__file__).parents[2]
RULES = ROOT / "ansible/collections/ansible_collections/vikno/office/roles/monitoring/files/vikno.rules.yml"
STANDS = SyncStatus(
    node_id="node-1",
    incarnation="one",
    is_online=True,
    synced_at=OPENING,
    offline_since=None,
    is_upgrade_needed=False,
    distrust=None,
    backlog_count=0,
    backlog_bytes=0,
    backlog_oldest_at=None,
    blobs_pending=0,
    quarantined=0,
    lag_seconds=0,
    refused=0,
    alarms=0,
    conflicts=0,
    clock_offset_seconds=0.0,
    frozen=None,
    hub_incarnation="one",
    disk=DiskUse(free_bytes=1, database_bytes=1),
)
HUB_STANDS = HubStanding(
    backlog=Backlog(accepted=0, unmerged=0, oldest_at=None, waiting=0, quarantined=0),
    alarms=0,
    messages_waiting={},
    blobs_bytes=0,
    backed_up_at=OPENING,
    heard_at={"SHV": OPENING},
)
PRINTER = DeviceHealth(name="printer", family="ticket_printer", driver="", state=READY, reasons=(), since=OPENING)
CERTIFICATES = Standing(announced=(), authority_ends_at=OPENING, certificate_ends_at=OPENING)
SHELF = 'node_systemd_timer_last_trigger_seconds{instance="shv:9100", name="edge-node-backup.timer"}'
SENT = 'node_systemd_unit_state{instance="shv:9100", name="edge-node-backup-send.service", state="failed"}'
PROGRAM = 'node_systemd_unit_state{instance="shv:9100", name="edge-node.service", state="active"}'
MTIME = 'node_textfile_mtime_seconds{file="/var/x/vikno.prom"}'
WELL_MINUTES = 5
# alarm: a figure, as it is while all is well, as it is then, and the minutes until a person is called
STORIES: dict[str, tuple[str, float, float, int]] = {
    "MachineDown": ('up{job="vikno", instance="shv:9100"}', 1, 0, 4),
    "ProgramDown": (PROGRAM, 1, 0, 3),
    "FiguresOld": (MTIME, 0, 0, 11),
    "SyncSilent": ("vikno_sync_online", 1, 0, 31),
    "SyncBacklogOld": ("vikno_sync_backlog_oldest_seconds", 14_399, 14_401, 1),
    "SyncNeedsAPerson": ("vikno_sync_frozen", 0, 1, 1),
    "Quarantine": ("vikno_sync_quarantined_operations", 0, 1, 16),
    "Alarms": ("vikno_alarms", 0, 1, 61),
    "HubDatabaseDown": ("vikno_hub_database_up", 1, 0, 3),
    "HubMergesNothing": ("vikno_hub_operations_unmerged", 0, 3, 6),
    "OfficeSilent": ('vikno_hub_office_heard_seconds{office="SHV"}', 60, 1_801, 6),
    "HubCertificateEnds": ("vikno_hub_certificate_days", 30, 14, 1),
    "MessagesKept": ('vikno_hub_messages_kept{trouble="money"}', 0, 2, 16),
    "HubBackupNever": ("vikno_hub_backed_up", 1, 0, 27 * 60),
    "HubBackupOld": ("vikno_hub_backup_age_seconds", 3_600, 27 * 3_600, 121),
    "DiskFull": ("vikno_disk_free_bytes", 3 << 30, 1 << 30, 11),
    "BackupOld": (SHELF, 60, 60, 29 * 60),
    "BackupNever": (SHELF, 60, 0, 27 * 60),
    "BackupFailed": (SENT, 0, 1, 1),
    "ClockOff": ("vikno_clock_offset_seconds", -1, -3, 31),
    "DeviceDown": ('vikno_device_ready{device="printer", family="ticket_printer"}', 1, 0, 6),
}
# what else is told while that story goes on, and how it runs
BESIDE = {"HubMergesNothing": ("vikno_hub_operations_settled", "7x2000")}


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
    return list(group["rules"])


def test_every_alarm_says_what_happened_and_what_to_do() -> None:
    for rule in rules():
        assert set(rule["annotations"]) == {"summary", "remedy"}, rule["alert"]
        assert rule["labels"]["severity"] in {"page", "ticket"}


def test_every_alarm_has_a_story() -> None:
    assert {rule["alert"] for rule in rules()} == set(STORIES)


def test_alarms_are_about_figures_that_the_node_or_the_hub_tells() -> None:
    of_node = [*node.figures_of(STANDS, now=OPENING), node.readiness(PRINTER)]
    of_hub = hub.figures_of(HUB_STANDS, certificates=CERTIFICATES, free_bytes=1, now=OPENING)
    told = {figure.name for figure in (*of_node, *of_hub) if figure.value is not None}
    asked = set(re.findall(r"\bvikno_\w+", " ".join(rule["expr"] for rule in rules())))
    assert asked
    assert asked - told == set()


def test_every_figure_of_the_hub_is_documented() -> None:
    page = (ROOT / "central_hub/README.md").read_text("utf-8")
    told = hub.figures_of(HUB_STANDS, certificates=CERTIFICATES, free_bytes=1, now=OPENING)
    assert {figure.name for figure in told if not re.search(rf"`{figure.name}[`{{]", page)} == set()


@pytest.mark.skipif(shutil.which("promtool") is None, reason="there is no promtool here (Debian's package prometheus)")
@pytest.mark.parametrize("alarm", STORIES)
def test_an_alarm_is_raised(alarm: str, tmp_path: Path) -> None:
    figure, well, ill, minutes = STORIES[alarm]
    series = {figure: f"{well:g}x{WELL_MINUTES - 1} {ill:g}x2000", **dict([BESIDE[alarm]] if alarm in BESIDE else [])}
    calls = {1: 0, WELL_MINUTES - 1: 0, WELL_MINUTES + minutes: 1}
    assert_called(tmp_path, alarm, series=series, calls=calls)


@pytest.mark.skipif(shutil.which("promtool") is None, reason="there is no promtool here (Debian's package prometheus)")
def test_a_hub_that_works_off_what_an_office_brings_after_a_month_calls_nobody(tmp_path: Path) -> None:
    series = {"vikno_hub_operations_unmerged": "90000-900x90", "vikno_hub_operations_settled": "7+900x90"}
    assert_called(tmp_path, "HubMergesNothing", series=series, calls={20: 0, 90: 0})


def assert_called(folder: Path, alarm: str, *, series: dict[str, str], calls: dict[int, int]) -> None:
    """While ``series`` run, a minute a step, ``alarm`` calls as often as ``calls`` says by the minute."""
    firing = f"count(ALERTS{{alertname={alarm!r}, alertstate='firing'}})"
    told = {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {"expr": firing, "eval_time": f"{minute}m", "exp_samples": [{"labels": "{}", "value": times}] * bool(times)}
            for minute, times in calls.items()
        ],
    }
    story = folder / "story.yml"
    story.write_text(yaml.safe_dump({"rule_files": [str(RULES)], "tests": [told]}))
    done = subprocess.run(["promtool", "test", "rules", str(story)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
