"""A technician carries a token to the office on a stick."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from edge_node.cli import main as edge_node
from tests.support.processes import Hub, run

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]


def test_a_stick_lets_one_node_in_and_holds_nothing_after(tmp_path: Path) -> None:
    hub = Hub(tmp_path)
    hub.start()
    stick = tmp_path / "stick.toml"
    try:
        for_file = ("--folder", str(hub.folder), "--file", str(stick), "--url", hub.nodes_address, "SHV")
        assert run("central-hub", "token", *for_file) == ""
        assert stick.stat().st_mode & 0o077 == 0
        kept = stick.read_text(encoding="ascii")
        run("edge-node", "init", "--folder", str(tmp_path / "node"), "--office", "SHV")
        run("edge-node", "enrol", "--folder", str(tmp_path / "node"), "--token-file", str(stick))
        assert not stick.exists()

        stick.write_text(kept, encoding="ascii")
        run("edge-node", "init", "--folder", str(tmp_path / "thief"), "--office", "SHV")
        thief = ["enrol", "--folder", str(tmp_path / "thief"), "--token-file", str(stick)]
        refused = CliRunner().invoke(edge_node, thief)
        assert refused.exit_code == 1
        assert "refused" in refused.output
        assert stick.exists()
    finally:
        hub.stop()


@pytest.mark.parametrize("text", ["", "hub = 'https://hub.example'", "ключ", "hub = 'h'\ntoken = 't'\nmore = 1"])
def test_what_is_no_token_file_changes_nothing(tmp_path: Path, text: str) -> None:
    run("edge-node", "init", "--folder", str(tmp_path / "node"), "--office", "SHV")
    (tmp_path / "stick.toml").write_text(text, encoding="utf-8")
    asked = ["enrol", "--folder", str(tmp_path / "node"), "--token-file", str(tmp_path / "stick.toml")]
    result = CliRunner().invoke(edge_node, asked)
    assert result.exit_code == 1
    assert "nothing was changed" in " ".join(result.output.replace("│", " ").split())
    assert (tmp_path / "stick.toml").exists()


def test_an_address_without_a_token_is_asked_for_both(tmp_path: Path) -> None:
    result = CliRunner().invoke(edge_node, ["enrol", "--folder", str(tmp_path), "--hub", "https://hub.example"])
    assert result.exit_code == 2
