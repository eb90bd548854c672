"""The password of the hub's database: where it may stand, and where it never does."""

from pathlib import Path

import pytest
from sqlalchemy import make_url

from central_hub import settings as hub_settings
from central_hub.settings import FILE_NAME, HubSettings, as_toml, load
from sync import configuration
from sync.configuration import ConfigurationWrong

ADDRESS = "postgresql+psycopg://vikno@database.example/vikno"
PASSWORD = "п:a/b@c%20?#"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of a hub whose password is called ``database-password``; systemd lends nothing yet."""
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    monkeypatch.setattr(configuration, "LENT", tmp_path / "lent")
    made = tmp_path / "hub"
    made.mkdir()
    said = HubSettings(database_url=ADDRESS, database_password_file="database-password")
    (made / FILE_NAME).write_text(as_toml(said))
    return made


def password_in(place: Path, password: str = PASSWORD) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(f"{password}\n")


def known_password(folder: Path) -> str | None:
    return make_url(load(folder).database).password


def test_it_is_lent_by_systemd(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder.parent / "own"))
    password_in(folder.parent / "own/database-password")
    assert known_password(folder) == PASSWORD
    assert make_url(load(folder).database)._replace(password=None) == make_url(ADDRESS)


def test_who_types_a_command_reads_what_the_running_hub_was_lent(folder: Path) -> None:
    password_in(folder.parent / "lent/central-hub.service/database-password")
    assert known_password(folder) == PASSWORD


def test_it_may_stand_in_a_file(folder: Path) -> None:
    password_in(folder / "database-password")
    assert known_password(folder) == PASSWORD


def test_what_is_lent_comes_before_a_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder.parent / "own"))
    password_in(folder / "database-password", "of the file")
    password_in(folder.parent / "lent/central-hub.service/database-password", "of the unit")
    password_in(folder.parent / "own/database-password", "own")
    assert known_password(folder) == "own"


def test_it_never_stands_in_the_settings(folder: Path) -> None:
    assert 'database_password_file = "database-password"' in (folder / FILE_NAME).read_text()
    assert PASSWORD not in (folder / FILE_NAME).read_text()


@pytest.mark.parametrize("text", ["", "\n", None], ids=["empty", "a-line", "missing"])
def test_a_hub_without_it_says_where_it_looked(folder: Path, text: str | None) -> None:
    if text is not None:
        (folder / "database-password").write_text(text)
    with pytest.raises(ConfigurationWrong, match="database-password"):
        load(folder)


@pytest.mark.parametrize("address", ["", "sqlite:////var/hub.db", ADDRESS.replace("@", ":word@"), "no address"])
def test_an_address_that_takes_none_is_refused(folder: Path, address: str) -> None:
    password_in(folder / "database-password")
    said = HubSettings(database_url=address, database_password_file="database-password")
    (folder / FILE_NAME).write_text(as_toml(said))
    with pytest.raises(ConfigurationWrong, match="database_"):
        load(folder)


@pytest.mark.parametrize("address", ["", ADDRESS, ADDRESS.replace("@", ":word@")])
def test_settings_without_such_a_file_stay_as_they_are(folder: Path, address: str) -> None:
    (folder / FILE_NAME).write_text(as_toml(HubSettings(database_url=address)))
    assert load(folder).database_url == address
    assert hub_settings.with_password(load(folder)) == load(folder)
