"""An app is restarted when it stands still, and never for what a restart does not mend."""

import asyncio
import os
import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.web.supervised import Rounds, Sign, Watchdog, tell_systemd, watchdog_seconds, with_fields, writes

QUICK_SECONDS = 0.03


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """The socket on which systemd would hear this process."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(tmp_path / "notify"))
        heard.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield heard


async def going() -> bool:
    return True


async def standing() -> bool:
    await asyncio.Event().wait()
    return True


def told_by(signs: dict[str, Sign]) -> tuple[tuple[str, ...], list[str]]:
    told: list[str] = []
    watchdog = Watchdog(signs, seconds=QUICK_SECONDS, tell=told.append)
    return asyncio.run(watchdog.look()), told


def test_the_watchdog_is_fed_while_everything_goes_on() -> None:
    assert told_by({"writer": going, "devices": going}) == ((), ["WATCHDOG=1"])


def test_a_writer_that_stands_still_is_named_and_ends_the_feeding() -> None:
    assert told_by({"writer": standing, "devices": going}) == (("writer",), [])


def test_a_full_disk_is_no_reason_to_begin_anew() -> None:
    async def full() -> None:
        raise sqlite3.OperationalError("database or disk is full")

    assert asyncio.run(writes(full))


def test_a_loop_that_begins_no_round_any_more_is_seen() -> None:
    async def story() -> tuple[bool, bool, bool]:
        rounds = Rounds(seconds_max=QUICK_SECONDS)
        before = await rounds.are_going()
        rounds.begin()
        during = await rounds.are_going()
        loop, later = asyncio.get_running_loop(), asyncio.Event()
        loop.call_later(2 * QUICK_SECONDS, later.set)
        await later.wait()
        return before, during, await rounds.are_going()

    assert asyncio.run(story()) == (True, True, False)


def test_systemd_hears_what_it_is_told(systemd: socket.socket) -> None:
    tell_systemd("READY=1")

    assert systemd.recv(100) == b"READY=1"


def test_nothing_is_said_where_nobody_supervises(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC"):
        monkeypatch.delenv(name, raising=False)
    tell_systemd("READY=1")

    assert watchdog_seconds() is None
    assert "NOTIFY_SOCKET" not in os.environ


def test_what_is_logged_is_read_in_the_message_and_found_by_its_fields() -> None:
    said = with_fields(None, "info", {"event": "devices changed", "device": "kiosk", "down": 1})

    assert said == {
        "msg": "devices changed device=kiosk down=1",
        "extra": {"DEVICE": "kiosk", "DOWN": "1"},
        "exc_info": None,
    }
