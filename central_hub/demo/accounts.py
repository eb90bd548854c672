"""``accounts.json`` in the demonstration's folder: where everything stands and who signs in, for programs.

``edge-node replay`` reads it. Only its owner may: it holds the demonstration's password.
"""

from pathlib import Path

import msgspec

from central_hub.demo import people
from sync.vocabulary.ids import OfficeId

FILE_NAME = "accounts.json"


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    """Who signs in."""

    login: str
    password: str


class OfficePlace(msgspec.Struct, frozen=True, kw_only=True):
    """A node, and an administrator for each of its desks."""

    url: str
    administrators: tuple[SignIn, ...]


class Accounts(msgspec.Struct, frozen=True, kw_only=True):
    """The whole file; ``watcher`` may watch the city, ``processes`` are pids by name."""

    hub: str
    watcher: SignIn
    offices: dict[OfficeId, OfficePlace]
    line_control: str
    processes: dict[str, int]


def office_place(office_id: OfficeId, *, url: str, password: str) -> OfficePlace:
    """The place of one office of the demonstration."""
    logins = people.administrators(office_id)
    return OfficePlace(url=url, administrators=tuple(SignIn(login=login, password=password) for login in logins))


def write(accounts: Accounts, folder: Path) -> None:
    """Write the file anew, whole or not at all."""
    fresh = folder / f".{FILE_NAME}"
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_bytes(msgspec.json.format(msgspec.json.encode(accounts), indent=2))
    fresh.replace(folder / FILE_NAME)
