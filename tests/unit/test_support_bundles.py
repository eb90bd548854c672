"""Whoever helps learns how a machine is, and nothing of anybody: every byte of a bundle is looked through."""

import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from central_hub.cli import main as central_hub
from edge_node.cli import main as edge_node
from sync.replication.identity import NodeKey
from sync.storage import support
from tests.support.front_desk import FrontDesk

pytestmark = pytest.mark.processes

NOBODYS = (
    "Шевченко",
    "Оксана",
    "Петрівна",
    "2125011422",
    "АА123456",
    "380671234567",
    "671234567",
    "1958-03-07",
    "Іваненко",
    "halyna",
)


def all_bytes(bundle: Path) -> bytes:
    with zipfile.ZipFile(bundle) as opened:
        assert opened.testzip() is None
        return b"\n".join([name.encode() + opened.read(name) for name in opened.namelist()])


def holds(bundle: bytes, *texts: str) -> list[str]:
    """Which of these stand there, in any way in which text is written."""
    ways = ("utf-8", "utf-16-le", "cp1251")
    return [
        text
        for text in texts
        if any(text.encode(way) in bundle for way in ways) or ascii(text)[1:-1].encode() in bundle
    ]


def test_an_office_s_bundle_holds_nobody_and_tells_how_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "node"
    folder.mkdir()
    office = FrontDesk(folder)
    case = office.take_in()
    office.bring_to_issue(case.case_id)
    office.issue(case.case_id)
    office.close()
    (folder / "edge-node.toml").write_text('office_id = "SHV"\n\n[hub]\nurl = "https://line:hunter2@hub.example"\n')
    key = NodeKey.generate()
    key.save(folder / "node.key")

    made = CliRunner().invoke(edge_node, ["support-bundle", "--folder", str(folder), str(tmp_path / "bundle.zip")])

    assert made.exit_code == 0, made.output
    bundle = all_bytes(tmp_path / "bundle.zip")
    assert holds(bundle, *NOBODYS, case.number, case.case_id, "hunter2") == []
    assert (folder / "node.key").read_bytes().strip() not in bundle
    assert (tmp_path / "bundle.zip").stat().st_mode & 0o077 == 0
    for told in ("pycrdt", "https://#@hub.example", '"cases": 1', "backlog_count", "_sqlite_migrations", "node.db"):
        assert told.encode() in bundle, told


def test_the_hub_s_bundle_holds_neither_staff_nor_keys(tmp_path: Path) -> None:
    folder = str(tmp_path / "hub")
    assert CliRunner().invoke(central_hub, ["init", "--folder", folder, "--demo"]).exit_code == 0
    add = ["staff", "add", "--folder", folder, "halyna", "--name", "Галина Іваненко", "--office", "SHV"]
    added = CliRunner().invoke(central_hub, [*add, "--role", "office_head"])
    password = added.output.split()[-1]

    made = CliRunner().invoke(central_hub, ["support-bundle", "--folder", folder, str(tmp_path / "bundle.zip")])

    assert made.exit_code == 0, made.output
    bundle = all_bytes(tmp_path / "bundle.zip")
    assert holds(bundle, "Галина", "Іваненко", "halyna", password, "PRIVATE KEY", "argon2") == []
    for told in ("pycrdt", '"staff": ', "alembic_version", "certificates"):
        assert told.encode() in bundle, told


def test_a_log_line_keeps_its_time_and_loses_whoever_it_names() -> None:
    line = "2026-11-22T09:41:07+0200 node edge-node[17]: Петренко-Шевчук, +38 (067) 123-45-67, o.p@example.org: 500"
    assert support.scrubbed(line) == "2026-11-22T09:41:07+0200 node edge-node[17]: …, #, @ 500"
