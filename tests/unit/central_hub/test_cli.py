"""The hub's command: what it makes, checks, and refuses with a sentence."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from central_hub.cli import main
from central_hub.storage import HubStore, replica

pytestmark = pytest.mark.processes  # every command is a process


def run(*arguments: str, status: int = 0) -> str:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == status, result.output
    return result.output


@pytest.fixture
def folder(tmp_path: Path) -> str:
    made = tmp_path / "hub"
    run("init", "--folder", str(made))
    return str(made)


def test_a_hub_is_made_once(folder: str) -> None:
    said = run("init", "--folder", folder, status=1).replace("│", "")  # the frame, wherever the line is broken
    assert "was made already" in " ".join(said.split())


def test_an_unknown_key_is_named(folder: str) -> None:
    configuration = Path(folder) / "central-hub.toml"
    configuration.write_text(configuration.read_text() + "colour = 1\n")
    assert "colour" in run("doctor", "--folder", folder, status=1)


def test_staff_and_tokens_are_made_for_offices_that_exist(folder: str) -> None:
    staff = ("staff", "add", "--folder", folder, "olena", "--name", "Олена", "--role", "office_head", "--office")
    assert len(run(*staff, "SHV").strip()) >= 12
    assert "office-unknown" in run(*staff[:-1], "--office", "XXX", status=1)
    assert len(run("token", "--folder", folder, "SHV").strip()) >= 20
    assert "office-unknown" in run("token", "--folder", folder, "XXX", status=1)


def test_a_password_is_reset_for_who_has_one(folder: str) -> None:
    staff = ("staff", "add", "--folder", folder, "olena", "--name", "Олена", "--role", "office_head", "--office", "SHV")
    first = run(*staff).strip()
    assert run("staff", "reset-password", "--folder", folder, "olena").strip() not in {"", first}
    assert "not-found" in run("staff", "reset-password", "--folder", folder, "nobody", status=1)


def test_the_doctor_says_what_is_missing(folder: str) -> None:
    findings = {each["check"]: each["state"] for each in json.loads(run("doctor", "--folder", folder, "--json"))}
    assert findings["database"] == "ok"
    assert findings["staff"] == "warn"


def messages_say(folder: str) -> dict[str, str]:
    findings = json.loads(run("doctor", "--folder", folder, "--json"))
    return next(each for each in findings if each["check"] == "messages")


def test_the_doctor_says_what_messages_to_people_want(folder: str) -> None:
    assert "set [messages]" in messages_say(folder)["remedy"]
    configuration, token = Path(folder) / "central-hub.toml", Path(folder) / "messages.token"
    configuration.write_text(configuration.read_text() + '\n[messages]\nsender = "Vikno"\n')
    assert "messages.token" in messages_say(folder)["remedy"]
    token.write_text("a token")
    token.chmod(0o644)
    assert "others may read it" in messages_say(folder)["remedy"]
    token.chmod(0o600)
    assert messages_say(folder)["state"] == "ok"


def test_numbers_do_not_leave_this_machine_without_tls(folder: str) -> None:
    configuration = Path(folder) / "central-hub.toml"
    said = '\n[messages]\nsender = "Vikno"\ngateway_url = "http://gateway.example"\n'
    configuration.write_text(configuration.read_text() + said)
    assert "gateway_url" in run("doctor", "--folder", folder, status=1)


def test_a_backup_is_told_to_the_nodes(folder: str, tmp_path: Path) -> None:
    """What the hub took before it, no node need keep for it."""
    store = HubStore(f"sqlite:///{folder}/hub.db")
    assert store.read_now(replica.current).backed_up_at is None
    run("backup", "create", "--folder", folder, str(tmp_path / "hub.tar"))
    assert store.read_now(replica.current).backed_up_at is not None
    store.close()


def test_a_backup_that_other_tools_made_is_told_to_the_nodes(folder: str, tmp_path: Path) -> None:
    mark = ("backup", "mark", "--folder", folder, "--made-at")
    assert "backup create" in run(*mark, "2026-11-21T01:00:00", status=1)

    address = f"sqlite:///{tmp_path / 'hub' / 'hub.db'}"  # in the place of a PostgreSQL
    configuration = Path(folder) / "central-hub.toml"
    configuration.write_text(f'database_url = "{address}"\n{configuration.read_text()}')
    assert "still to come" in run(*mark, "2999-01-01T00:00:00", status=1)
    for told in ("2026-01-02T01:00:00", "2026-01-01T01:00:00"):
        run(*mark, told)
    store = HubStore(address)
    assert store.read_now(replica.current).backed_up_at == datetime(2026, 1, 2, 1, tzinfo=UTC)
    store.close()


def test_a_hub_is_compacted_and_a_node_retired_by_name(folder: str) -> None:
    assert "0 rows" in run("compact", "--folder", folder)
    assert "not-found" in run("node", "retire", "--folder", folder, "01ANOBODY", "--cut-off", "3", status=1)


def test_a_backup_comes_back_as_another_incarnation(folder: str, tmp_path: Path) -> None:
    backup = str(tmp_path / "hub.tar")
    run("backup", "create", "--folder", folder, backup)
    run("backup", "verify", backup)
    restored = str(tmp_path / "restored")
    run("backup", "restore", "--folder", restored, backup)
    database = {name: run("doctor", "--folder", name, "--json") for name in (folder, restored)}
    incarnations = {json.loads(text)[2]["what"].split(",")[0] for text in database.values()}
    assert len(incarnations) == 2
    run("backup", "restore", "--folder", restored, backup, status=1)
    run("backup", "restore", "--folder", str(tmp_path / "again"), backup)
    assert len((tmp_path / "hub.tar.restores").read_text(encoding="utf-8").splitlines()) == 2


def test_a_backup_on_a_disk_that_takes_no_note_comes_back_all_the_same(folder: str, tmp_path: Path) -> None:
    backup = tmp_path / "hub.tar"
    run("backup", "create", "--folder", folder, str(backup))
    (tmp_path / "hub.tar.restores").mkdir()  # nothing can be written there
    said = run("backup", "restore", "--folder", str(tmp_path / "restored"), str(backup))
    assert "within ten minutes" in " ".join(said.split())
