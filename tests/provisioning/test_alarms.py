"""The rules by which a Prometheus calls a person: about figures that are really told, and tried where promtool is."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from edge_node.replication.controllers import as_metrics
from edge_node.replication.queries import DiskUse, SyncStatus
from tests.support.clock import OPENING

RULES = Path(__file__).parents[2] / (
    "ansible/collections/ansible_collections/vikno/office/roles/monitoring/files/vikno.rules.yml"
)
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
SHELF = 'node_systemd_timer_last_trigger_seconds{instance="shv:9100", name="edge-node-backup.timer"}'
SENT = 'node_systemd_unit_state{instance="shv:9100", name="edge-node-backup-send.service", state="failed"}'
PROGRAM = 'node_systemd_unit_state{instance="shv:9100", name="edge-node.service", state="active"}'
MTIME = 'node_textfile_mtime_seconds{file="/var/x/vikno.prom"}'
WELL_MINUTES = 5
# alarm: a figure, as it is while all is well, as it is then, and the minutes until a person is called
STORIES: dict[str, tuple[str, float, float, int]] = {
    "MachineDown": ('up{job="vikno", instance="shv:9100"}', 1, 0, 4),
    "ProgramDown": (PROGRAM, 1, 0, 3),
    "NodeFiguresOld": (MTIME, 0, 0, 11),
    "SyncSilent": ("vikno_sync_online", 1, 0, 31),
    "SyncBacklogOld": ("vikno_sync_backlog_oldest_seconds", 14_399, 14_401, 1),
    "SyncNeedsAPerson": ("vikno_sync_frozen", 0, 1, 1),
    "Quarantine": ("vikno_sync_quarantined_operations", 0, 1, 16),
    "Alarms": ("vikno_alarms", 0, 1, 61),
    "DiskFull": ("vikno_disk_free_bytes", 3 << 30, 1 << 30, 11),
    "BackupOld": (SHELF, 60, 60, 29 * 60),
    "BackupNever": (SHELF, 60, 0, 27 * 60),
    "BackupFailed": (SENT, 0, 1, 1),
    "ClockOff": ("vikno_clock_offset_seconds", -1, -3, 31),
    "DeviceDown": ('vikno_device_ready{device="printer", family="ticket_printer"}', 1, 0, 6),
}


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
    return list(group["rules"])


def test_every_alarm_says_what_happened_and_what_to_do() -> None:
    for rule in rules():
        assert set(rule["annotations"]) == {"summary", "remedy"}, rule["alert"]
        assert rule["labels"]["severity"] in {"page", "ticket"}


def test_every_alarm_has_a_story() -> None:
    assert {rule["alert"] for rule in rules()} == set(STORIES)


def test_alarms_are_about_figures_that_the_node_tells() -> None:
    told = set(re.findall(rb"# TYPE (\w+)", as_metrics(STANDS, backlog_oldest_seconds=0, known_devices=())))
    asked = set(re.findall(r"\bvikno_\w+", " ".join(rule["expr"] for rule in rules())))
    assert asked
    assert asked - {name.decode() for name in told} == set()


@pytest.mark.skipif(shutil.which("promtool") is None, reason="there is no promtool here (Debian's package prometheus)")
@pytest.mark.parametrize("alarm", STORIES)
def test_an_alarm_is_raised(alarm: str, tmp_path: Path) -> None:
    figure, well, ill, minutes = STORIES[alarm]
    firing = f"count(ALERTS{{alertname={alarm!r}, alertstate='firing'}})"
    one = [{"labels": "{}", "value": 1}]
    asked = (("1m", []), (f"{WELL_MINUTES - 1}m", []), (f"{WELL_MINUTES + minutes}m", one))
    told = {
        "interval": "1m",
        "input_series": [{"series": figure, "values": f"{well:g}x{WELL_MINUTES - 1} {ill:g}x2000"}],
        "promql_expr_test": [{"expr": firing, "eval_time": at, "exp_samples": samples} for at, samples in asked],
    }
    story = {"rule_files": [str(RULES)], "tests": [told]}
    (tmp_path / "story.yml").write_text(yaml.safe_dump(story))
    done = subprocess.run(
        ["promtool", "test", "rules", str(tmp_path / "story.yml")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
