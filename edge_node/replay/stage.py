"""Where the day is played: addresses of the nodes and the hub, and who signs in at which office."""

import tomllib
from pathlib import Path

import msgspec

from sync.vocabulary.ids import OfficeId


class StageWrong(ValueError):  # noqa: N818 - a fact, as the refusals of this house
    """The staff file cannot be read, or lacks something; the text says what."""


class Account(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who signs in."""

    login: str
    password: str


class OfficePlace(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A running node; one administrator for each desk that shall open."""

    url: str
    administrators: tuple[Account, ...]


class Stage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``watcher`` may watch the city at the hub; ``line_control`` cuts and mends lines; ``processes`` are pids."""

    hub: str
    watcher: Account
    offices: dict[OfficeId, OfficePlace]
    line_control: str | None = None
    processes: dict[str, int] = {}


def load_stage(path: Path, *, line_control: str | None = None) -> Stage:
    """The stage in ``path``, TOML or (``.json``) JSON; ``line_control`` overrules the file's. Raises ``StageWrong``."""
    try:
        stage = _decoded(path)
    except OSError as error:
        raise StageWrong(f"{path} cannot be read: {error.strerror}") from error
    except (msgspec.MsgspecError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StageWrong(f"{path}: {error}") from error
    return stage if line_control is None else msgspec.structs.replace(stage, line_control=line_control)


def _decoded(path: Path) -> Stage:
    if path.suffix == ".json":
        return msgspec.json.decode(path.read_bytes(), type=Stage)
    return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Stage)
