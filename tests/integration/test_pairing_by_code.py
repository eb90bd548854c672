"""A technician reads a code from a new node, and somebody types it at the hub."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from central_hub.cli import main as central_hub
from edge_node.cli import main as edge_node
from sync.ambient import SystemClock
from sync.replication import asking, authority, messages, pairing
from sync.replication.authority import AuthorityKeeper
from sync.replication.messages import EnrolAnswer
from sync.replication.pairing import PairingAnswer, PairingStanding
from tests.support.processes import BIN, Hub, free_port, run, wait_until

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]


class Asking:
    """``edge-node pair`` as it runs on the machine."""

    def __init__(self, folder: Path, *, hub: str) -> None:
        command = [str(BIN / "edge-node"), "pair", "--folder", str(folder), "--hub", hub]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert self._process.stdout is not None
        self.first_line = self._process.stdout.readline()

    @property
    def code(self) -> str:
        assert self.first_line.startswith("The code of this node: "), self.first_line
        return self.first_line.split()[-1]

    def is_running(self) -> bool:
        return self._process.poll() is None

    def end(self) -> tuple[int, str]:
        """Its exit status and what it said, without the frame."""
        said, _ = self._process.communicate(timeout=120)
        return self._process.returncode, " ".join(said.replace("│", " ").split())

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    served = Hub(tmp_path_factory.mktemp("city"))
    served.start()
    yield served
    served.stop()


@pytest.fixture
def node(tmp_path: Path) -> Path:
    run("edge-node", "init", "--folder", str(tmp_path / "node"), "--office", "SHV")
    return tmp_path / "node"


def at_hub(hub: Hub, command: str, *arguments: str) -> str:
    return run("central-hub", command, "--folder", str(hub.folder), *arguments)


@contextmanager
def simulated_printer(node: Path) -> Iterator[Path]:
    """Devices of the node; the folder into which its ticket printer prints."""
    with (node / "edge-node.toml").open("a", encoding="utf-8") as configuration:
        configuration.write('\n[devices]\nsocket = "spool/devices.sock"\n')
    spool = node / "spool"
    devices = subprocess.Popen(
        [str(BIN / "edge-devices"), "simulate", "--spool", str(spool)], stderr=subprocess.DEVNULL
    )
    try:
        wait_until((spool / "devices.sock").exists, what="the drivers")
        yield spool / "tickets"
    finally:
        devices.terminate()
        devices.wait()


def known_nodes(hub: Hub) -> list[str]:
    listed = run("central-hub", "node", "list", "--folder", str(hub.folder)).splitlines()
    return [line.split()[1] for line in listed if line.startswith("SHV")]


def test_the_code_comes_out_of_the_ticket_printer(hub: Hub, node: Path) -> None:
    with simulated_printer(node) as tickets:
        waiting = Asking(node, hub=hub.nodes_address)
        wait_until(lambda: list(tickets.glob("*.png")), what="the paper")
    at_hub(hub, "refuse", "SHV")
    assert waiting.end()[0] == 1


def test_a_node_that_was_known_before_comes_back_with_another_key(hub: Hub, node: Path) -> None:
    keys = []
    for _ in range(2):
        waiting = Asking(node, hub=hub.nodes_address)
        kept = (node / asking.FILE_NAME).read_bytes()
        at_hub(hub, "pair", "SHV", waiting.code)
        assert waiting.end()[0] == 0
        keys.append((node / "node.key").read_bytes())
        node_ids = known_nodes(hub)
    assert keys[0] != keys[1]
    assert len(node_ids) == len(set(node_ids))

    (node / asking.FILE_NAME).write_bytes(kept)  # as if the power had gone just before its last step
    run("edge-node", "pair", "--folder", str(node), "--hub", hub.nodes_address)
    assert not (node / asking.FILE_NAME).exists()
    assert (node / "node.key").read_bytes() == keys[1]


def test_a_node_is_let_in_by_its_code_though_it_was_killed_while_it_waited(hub: Hub, node: Path) -> None:
    before = known_nodes(hub)
    first = Asking(node, hub=hub.nodes_address)
    first.kill()
    again = Asking(node, hub=hub.nodes_address)
    assert again.code == first.code
    assert "SHV" in at_hub(hub, "pairings")
    assert first.code not in at_hub(hub, "pairings")
    at_hub(hub, "pair", "SHV", again.code.lower())
    status, said = again.end()
    assert status == 0, said
    assert f'url = "{hub.nodes_address}"' in (node / "edge-node.toml").read_text(encoding="utf-8")
    pinned = authority.fingerprint((node / "hub-authority.pem").read_bytes())
    assert pinned == authority.fingerprint(authority.standing(hub.folder / "authority").announced[0])
    assert not (node / asking.FILE_NAME).exists()
    assert len(known_nodes(hub)) == len(before) + 1


def test_another_code_ends_it_on_both_sides_and_changes_nothing(hub: Hub, node: Path) -> None:
    before = (node / "edge-node.toml").read_bytes()
    waiting = Asking(node, hub=hub.nodes_address)
    pair = ["pair", "--folder", str(hub.folder), "SHV"]
    slipped = CliRunner().invoke(central_hub, [*pair, waiting.code[:-1]])
    assert (slipped.exit_code, "tries left: 4" in slipped.output) == (1, True)
    typed = CliRunner().invoke(central_hub, [*pair, "0000-0000"])
    assert (typed.exit_code, "another code" in typed.output) == (1, True)
    status, said = waiting.end()
    assert (status, "another code was typed" in said) == (1, True)
    assert (node / "edge-node.toml").read_bytes() == before
    assert not (node / "hub-authority.pem").exists()


def test_a_refused_node_says_so(hub: Hub, node: Path) -> None:
    waiting = Asking(node, hub=hub.nodes_address)
    at_hub(hub, "refuse", "SHV")
    status, said = waiting.end()
    assert (status, "the city refused this node" in said) == (1, True)


@contextmanager
def played(folder: Path) -> Iterator[str]:
    """Somebody who plays the hub: lets every node in at once, for he does not know what code it shows."""
    keeper = AuthorityKeeper(folder, names=("127.0.0.1",), clock=SystemClock())
    key = b"k" * pairing.NONCE_BYTES
    let_in = PairingStanding(
        state="admitted", seal=b"s" * 32, seal_key=key, enrolled=EnrolAnswer(hub_incarnation="01HUB", office_id="SHV")
    )
    opened = threading.Event()

    class Player(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say(keeper.standing.announced[0])

        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["Content-Length"]))
            if not self.path.endswith("standing"):
                self._say(messages.encode(PairingAnswer(hub_nonce=b"h" * pairing.NONCE_BYTES)))
                return
            nonce = messages.decode(asked, pairing.PairingQuestion).node_nonce
            if nonce:
                opened.set()
            sealed = PairingStanding(state="typed", seal=let_in.seal)
            self._say(messages.encode(let_in if opened.is_set() else sealed))

        def _say(self, content: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Player)
    server.socket = keeper.context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_who_plays_the_hub_without_the_code_is_not_believed(node: Path, tmp_path: Path) -> None:
    before = (node / "edge-node.toml").read_bytes()
    with played(tmp_path / "player") as address:
        status, said = Asking(node, hub=address).end()
    assert (status, "not the hub where the code was typed" in said) == (1, True)
    assert (node / "edge-node.toml").read_bytes() == before
    assert not (node / "hub-authority.pem").exists()


def test_a_hub_that_does_not_answer_is_asked_again_until_somebody_stops_it(node: Path) -> None:
    waiting = Asking(node, hub=f"https://127.0.0.1:{free_port()}")
    assert "it does not answer" in waiting.first_line
    assert waiting.is_running()
    waiting.kill()
    assert not (node / "hub-authority.pem").exists()


def test_a_node_is_paired_over_tls_only(node: Path) -> None:
    result = CliRunner().invoke(edge_node, ["pair", "--folder", str(node), "--hub", "http://127.0.0.1:1"])
    assert (result.exit_code, "https://" in result.output) == (1, True)
