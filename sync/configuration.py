"""One documented TOML file per app, checked at start: an unknown or wrong key is an error that names it."""

from pathlib import Path
from typing import TypeVar

import msgspec

S = TypeVar("S", bound=msgspec.Struct)


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
