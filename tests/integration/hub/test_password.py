"""A hub whose database's password stands alone: it works as any other, and tells the password nobody."""

from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import msgspec
import pytest
from click.testing import CliRunner
from sqlalchemy import make_url

from central_hub.cli import main
from central_hub.settings import FILE_NAME, HubSettings, as_toml
from sync.cli.findings import Finding

PASSWORD = "of-the-database"


@pytest.fixture
def folder(tmp_path: Path, postgresql: Callable[[], str]) -> Path:
    address = make_url(postgresql())._replace(password=None).render_as_string()
    settings = HubSettings(database_url=address, database_password_file="database-password")
    (tmp_path / FILE_NAME).write_text(as_toml(settings))
    (tmp_path / "database-password").write_text(PASSWORD)
    return tmp_path


def typed(*words: str) -> str:
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    return done.output


def test_its_commands_find_the_database(folder: Path) -> None:
    told = msgspec.json.decode(typed("doctor", "--json", "--folder", str(folder)), type=list[Finding])
    assert {finding.check: finding.state for finding in told}["database"] == "ok"
    assert typed("token", "SHV", "--folder", str(folder))


def test_it_is_in_nothing_that_leaves_the_machine(folder: Path) -> None:
    typed("support-bundle", "--folder", str(folder), str(folder / "bundle.zip"))
    with ZipFile(folder / "bundle.zip") as bundle:
        assert PASSWORD not in "".join(bundle.read(name).decode() for name in bundle.namelist())
        assert "postgresql" in bundle.read("configuration.json").decode()
