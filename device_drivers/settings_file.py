"""devices.toml as a technician changes it from a page: a device at a time, checked whole before it takes its place."""

import os
import re
from pathlib import Path

import tomlkit
from tomlkit.exceptions import ParseError
from tomlkit.items import Table

from device_drivers.errors import BadCall, Unavailable
from device_drivers.registry import DevicesFile, WrongSettings, read_settings
from device_drivers.wire import DeviceSettings

NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
# a page gives nobody a shell on the node: what is run stands in the file, written by who has the machine
SHELL_KEYS = frozenset({"command", "engine", "player"})
HIDDEN_KEYS = SHELL_KEYS | {"password"}  # not shown, and kept as they are where they are not given


class SettingsFile:
    """The file at ``path``; comments and order survive a change."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def settings(self, name: str) -> DeviceSettings:
        """Raises Unavailable(``not-configured``)."""
        table = self._tables(self._document()).get(name)
        if table is None:
            raise Unavailable("not-configured")
        shown = {key: setting for key, setting in table.items() if key not in HIDDEN_KEYS | {"driver"}}
        return DeviceSettings(driver=str(table["driver"]), keys=tomlkit.dumps(shown))

    def put(self, name: str, *, driver: str, keys: str) -> DevicesFile:
        """Add the device or give it other settings, durably.

        Raises:
            BadCall: no such name, driver or keys can be; the file is as it was.
            Unavailable: ``settings-read-only``.
        """
        if NAME.fullmatch(name) is None:
            raise BadCall(f"name: {name!r}: small letters, digits and hyphens")
        try:
            wanted = tomlkit.parse(keys)
        except ParseError as error:
            raise BadCall(f"keys: {error}") from error
        if given := SHELL_KEYS & wanted.keys():
            raise BadCall(f"keys: {', '.join(sorted(given))}: only in the file devices.toml")
        document = self._document()
        tables = self._tables(document)
        table = tomlkit.table()
        table["driver"] = driver
        table.update(wanted)
        before = tables.get(name, {})
        if before.get("driver") == driver:
            kept = HIDDEN_KEYS - wanted.keys()
            table.update({key: setting for key, setting in before.items() if key in kept})
        tables[name] = table
        return self._keep(document)

    def remove(self, name: str) -> DevicesFile:
        """Raises Unavailable: ``not-configured``, ``settings-read-only``."""
        document = self._document()
        if self._tables(document).pop(name, None) is None:
            raise Unavailable("not-configured")
        return self._keep(document)

    def _document(self) -> tomlkit.TOMLDocument:
        return tomlkit.parse(self._path.read_text("utf-8"))

    @staticmethod
    def _tables(document: tomlkit.TOMLDocument) -> Table:
        found = document.setdefault("devices", tomlkit.table(is_super_table=True))
        if not isinstance(found, Table):
            raise TypeError("devices.toml: devices is no table")
        return found

    def _keep(self, document: tomlkit.TOMLDocument) -> DevicesFile:
        """Let the changed file take the old one's place once it was found good; what it says."""
        beside = self._path.with_suffix(".new")
        try:
            with beside.open("w", encoding="utf-8") as file:
                file.write(tomlkit.dumps(document))
                file.flush()
                os.fsync(file.fileno())
            read = read_settings(beside)
            beside.replace(self._path)
        except WrongSettings as error:
            raise BadCall(str(error).removeprefix(f"{beside}: ")) from error
        except OSError as error:
            raise Unavailable("settings-read-only") from error
        finally:
            beside.unlink(missing_ok=True)
        return read
