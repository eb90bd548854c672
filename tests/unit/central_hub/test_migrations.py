"""The tables are brought to the newest version, and a start that finds them there does not look twice."""

from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory

from central_hub.storage import HubStore, engine


def test_the_newest_migration_bears_its_revision_in_its_name() -> None:
    config = Config()
    config.set_main_option("script_location", str(engine._MIGRATIONS))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_current_head() == engine._newest_revision()


def test_a_new_hub_has_the_newest_tables(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'hub.db'}"
    HubStore(address).close()
    opened = engine.reading_engine(address)
    assert engine._revision(opened) == engine._newest_revision()
    opened.dispose()
