"""One documented TOML file per app, checked at start: an unknown or wrong key is an error that names it."""

import os
from pathlib import Path
from typing import TypeVar

import msgspec

S = TypeVar("S", bound=msgspec.Struct)

LENT = Path("/run/credentials")  # systemd's, a folder for each unit that runs


class ConfigurationWrong(Exception):  # noqa: N818 - what it is
    """The file cannot be used; the message names the file, the key and the rule."""


def load(path: Path, type_: type[S]) -> S:
    """The configuration in ``path``; ``type_`` forbids unknown fields.

    Raises:
        ConfigurationWrong: the file is missing, no TOML, or a key is unknown, missing or of a wrong type.
    """
    try:
        return msgspec.toml.decode(path.read_bytes(), type=type_)
    except FileNotFoundError as error:
        raise ConfigurationWrong(f"{path}: there is no such file") from error
    except msgspec.DecodeError as error:  # a ValidationError is one, and names the key as a path
        raise ConfigurationWrong(f"{path}: {error}") from error


def secret(named: str, *, folder: Path, unit: str) -> str:
    """What stands alone in a file, and not among the settings.

    ``named`` is a path, from ``folder`` where it is not whole; or, without a slash, a credential of systemd first: one
    lent to this process, or to the running ``unit``, whose account may read it when it types a command.

    Raises:
        ConfigurationWrong: there is none, it is empty, or this account may not read it.
    """
    places = [folder / named]
    if "/" not in named:
        own = os.environ.get("CREDENTIALS_DIRECTORY")
        places = [*([Path(own) / named] if own else []), LENT / f"{unit}.service" / named, *places]
    for place in places:
        try:
            found = place.read_text(encoding="utf-8").rstrip("\r\n")
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationWrong(f"{place}: it cannot be read: {error}") from error
        if not found:
            raise ConfigurationWrong(f"{place}: it is empty")
        return found
    tried = ", ".join(map(str, places))
    raise ConfigurationWrong(f"{named}: none of {tried} is there; a credential is lent while {unit}.service runs")
