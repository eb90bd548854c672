"""From a press on *call next* to the board over the hall, and to the first sound in it: real node, drivers and sink."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import httpx
import msgspec
import pytest

from device_drivers.child import kill_group
from device_drivers.lane import Lane
from edge_node.app import open_store
from edge_node.queue import commands
from edge_node.queue.model import DeskPlan, Wish
from edge_node.settings import load
from edge_node.staff import commands as staff
from sync.ambient import SystemIds
from sync.storage import Transaction
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.staff import Role
from sync.vocabulary.ticket import Purpose
from sync.web.passwords import hash_password
from tests.benchmarks.measure import Figures, utc_now
from tests.devices import null_sink
from tests.devices.null_sink import NullSink
from tests.devices.waiting import wait_for
from tests.support.builders import a_member
from tests.support.front_desk import a_record
from tests.support.houses import PASSWORD
from tests.support.processes import BIN, Served, free_port, run

pytestmark = [
    pytest.mark.bench,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not null_sink.is_here(), reason="pulseaudio and pulseaudio-utils are not installed"),
]
CALLS = 7
WISH = Wish(sphere=Sphere.PASSPORTS, purpose=Purpose.FILE)
QUIET_BYTES = 3 * 22_050  # a second and a half of silence: longer than the pause inside an announcement
SPOKEN_SECONDS_MAX = 30.0


@pytest.fixture
def sink() -> Iterator[NullSink]:
    sink = NullSink()
    yield sink
    sink.close()


@pytest.fixture
def office(tmp_path: Path, sink: NullSink) -> Iterator[str]:
    """A node with a desk, a clerk and people who wait, and its drivers; the address of its pages."""
    folder, port = tmp_path / "SHV", free_port()
    run("edge-node", "init", "--folder", str(folder), "--office", "SHV", "--port", str(port))
    store = open_store(load(folder))
    store.run_now(_furnish)
    store.close()
    devices = tmp_path / "devices.toml"
    player = msgspec.json.encode(sink.player).decode()
    hall = f'driver = "espeak"\nfolder = "{tmp_path}/voice"\nplayer = {player}\n'
    devices.write_text(f'socket = "{folder}/devices.sock"\n[devices.hall]\n{hall}')
    served = Served([str(BIN / "edge-node"), "run", "--folder", str(folder)], port=port, log=tmp_path / "SHV.log")
    with subprocess.Popen(
        [str(BIN / "edge-devices"), "run", "--config", str(devices)], stderr=subprocess.DEVNULL, start_new_session=True
    ) as drivers:
        served.start()
        wait_for((folder / "devices.sock").exists)
        yield served.address
        served.stop()
        kill_group(drivers)


def _furnish(tx: Transaction) -> None:
    now, ids = utc_now(), SystemIds()
    staff.project_member(tx, a_record(a_member("oksana", Role.ADMINISTRATOR, password_hash=hash_password(PASSWORD))))
    commands.set_up_desks(tx, [DeskPlan(number=1, spheres=tuple(Sphere))], ids=ids)
    for _ in range(CALLS):
        commands.issue_ticket(tx, wish=WISH, token=ids.new(), now=now, ids=ids)


class Board:
    """A browser over the hall: when each number came to it."""

    def __init__(self, address: str) -> None:
        self.shown_at: dict[str, float] = {}
        self._lane = Lane("board")
        self._lane.do(lambda: self._watch(address))

    def _watch(self, address: str) -> None:
        with httpx.stream("GET", f"{address}/live/board", trust_env=False, timeout=None) as stream:  # noqa: S113 - it lives as long as the test
            for line in stream.iter_lines():
                _, is_number, rest = line.partition('board__number">')
                if is_number:
                    self.shown_at.setdefault(rest.partition("<")[0], perf_counter())


def test_from_call_next_to_the_board_and_to_the_sound(office: str, sink: NullSink, figures: Figures) -> None:
    board = Board(office)
    to_answer, to_board, to_sound = [], [], []
    with httpx.Client(base_url=office, trust_env=False) as clerk:
        assert clerk.post("/api/session", json={"login": "oksana", "password": PASSWORD}).is_success
        desk = clerk.get("/api/desks").json()[0]
        assert clerk.put(f"/api/desks/{desk['id']}/occupant").is_success
        for _ in range(CALLS):
            heard = len(sink.recorded())
            begun = perf_counter()
            ticket = clerk.post(f"/api/desks/{desk['id']}/calls", json={}).json()
            to_answer.append((perf_counter() - begun) * 1_000)
            wait_for(lambda heard=heard: any(sink.recorded()[heard:]) or None)
            to_sound.append((perf_counter() - begun) * 1_000)
            wait_for(lambda number=ticket["number"]: board.shown_at.get(number))
            to_board.append((board.shown_at[ticket["number"]] - begun) * 1_000)
            assert clerk.post(f"/api/tickets/{ticket['id']}/no-show").is_success
            wait_for(lambda: not any(sink.recorded()[-QUIET_BYTES:]) or None, seconds_max=SPOKEN_SECONDS_MAX)
    figures.note("call next: from press to answer", to_answer, "ms")
    figures.note("call next: from press to the board (beside: the answer)", to_board, "ms", floors=to_answer)
    figures.note(
        "call next: from press to the first sound of the gong (beside: the answer)", to_sound, "ms", floors=to_answer
    )
