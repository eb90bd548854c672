"""``pairings``, ``pair``, ``refuse``: machines that ask to be let in by the code on their screen."""

import secrets
import time
from functools import partial
from pathlib import Path

import rich_click as click

from central_hub.cli.opening import folder_option, open_store, run_or_fail, settings_of
from central_hub.provisioning import commands, queries
from central_hub.provisioning.model import Decider, Pairing, PairingState
from central_hub.storage import HubStore
from sync.ambient import SystemClock
from sync.cli.speaking import Failed, console
from sync.replication.pairing import NONCE_BYTES

CONSOLE = Decider(actor_id="city", office_id=None)
ASKED_SECONDS = 30.0  # the machine asks every few seconds
LOOK_SECONDS = 0.5
SAID = {
    PairingState.ADMITTED: "The node is let in.",
    PairingState.DIFFERED: "The node shows another code: a mistake, or somebody in the middle of the line. Not let in.",
    PairingState.TYPED: "The code was taken; the node has not asked since. What became of it: central-hub pairings",
}


@click.command("pairings")
@folder_option
def pairings(folder: Path) -> None:
    """Print the nodes that ask to be let in by a code: request, office, since when (UTC), address, node."""
    store, now = open_store(settings_of(folder)), SystemClock().now()
    waiting = store.read_now(partial(queries.waiting_pairings, now=now))
    for each in (*waiting, *store.read_now(partial(queries.handled_pairings, now=now))):
        since = f"{each.asked_at:%Y-%m-%d %H:%M}"
        click.echo(f"{_short(each)}  {each.office_id}  {since}  {each.address}  {each.node_id}  {each.state.value}")
    store.close()


@click.command("pair")
@folder_option
@click.argument("request")
@click.argument("code")
def pair(folder: Path, request: str, code: str) -> None:
    """Let the node in that shows CODE; REQUEST is its office (SHV) or how its request begins in `central-hub pairings`.

    Take the code from whoever stands before the machine, and from nobody else.
    """
    store = open_store(settings_of(folder))
    asked = _asked(store, request)
    typed = partial(
        commands.type_code,
        pairing_id=asked.pairing_id,
        typed=code,
        seal_key=secrets.token_bytes(NONCE_BYTES),
        by=CONSOLE,
        now=SystemClock().now(),
    )
    found = run_or_fail(store, typed)
    if found.state is PairingState.TYPED:
        found = _outcome(store, found)
    store.close()
    if found.state not in SAID:
        left = commands.SLIPS_MAX - found.slips
        raise Failed(f"{code} is no code of a node: look at each letter; tries left: {left}")
    if found.state is PairingState.DIFFERED:
        raise Failed(SAID[found.state])
    console.print(SAID[found.state])


@click.command("refuse")
@folder_option
@click.argument("request")
def refuse(folder: Path, request: str) -> None:
    """Send a node away that asks to be let in; REQUEST as for `central-hub pair`."""
    store = open_store(settings_of(folder))
    pairing_id = _asked(store, request).pairing_id
    run_or_fail(store, partial(commands.refuse_pairing, pairing_id=pairing_id, by=CONSOLE, now=SystemClock().now()))
    store.close()
    console.print("The node is refused.")


def _asked(store: HubStore, request: str) -> Pairing:
    waiting = store.read_now(partial(queries.waiting_pairings, now=SystemClock().now()))
    meant = [each for each in waiting if each.office_id == request or each.pairing_id.startswith(request.lower())]
    if len(meant) != 1:
        store.close()
        asks = f"{len(meant)} nodes ask so" if meant else "no node asks so"
        raise Failed(f"{request}: {asks}; look at: central-hub pairings")
    return meant[0]


def _outcome(store: HubStore, typed: Pairing) -> Pairing:
    """What the machine's own word made of the code, as far as it comes while a person waits."""
    ends_at, found = time.monotonic() + ASKED_SECONDS, typed
    while found.state is PairingState.TYPED and time.monotonic() < ends_at:
        time.sleep(LOOK_SECONDS)
        found = store.read_now(partial(queries.pairing, pairing_id=typed.pairing_id)) or found
    return found


def _short(each: Pairing) -> str:
    return each.pairing_id[:8]
