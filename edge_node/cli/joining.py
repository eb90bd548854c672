"""``enrol`` and ``pair``: this node becomes known to the hub, by a token that a person brings or a code they take."""

import asyncio
import secrets
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import rich_click as click

from device_drivers.errors import DeviceError
from edge_node import settings as node_settings
from edge_node.cli.opening import folder_option, open_store, settings_of, watch_of
from edge_node.settings import NodeSettings
from edge_node.technician.queries import pairing_paper
from sync.ambient import SystemClock, SystemIds
from sync.cli.backups import FILE
from sync.cli.speaking import Failed, console, failing
from sync.replication import asking, enrolment, pairing
from sync.replication.asking import Kept
from sync.replication.authority import save_durably
from sync.replication.enrolment import HubSilent, NotEnrolled, TokenFile
from sync.replication.incarnation import enrol_again
from sync.replication.keys import KeyFiles
from sync.replication.messages import EnrolRequest
from sync.replication.pairing import NONCE_BYTES, PairingRequest
from sync.storage import Store, replica
from sync.web.i18n import Texts, use_texts

T = TypeVar("T")

EDGE_NODE = Path(__file__).parents[1]
TICKET_PRINTER = "ticket_printer"


@click.command()
@folder_option
@click.option("--hub", help="The hub's address: https://hub.example")
@click.option("--token", help="The single-use token that `central-hub token` printed.")
@click.option("--token-file", type=FILE, help="Both, as `central-hub token --file` wrote them; deleted once used.")
def enrol(folder: Path, hub: str | None, token: str | None, token_file: Path | None) -> None:
    """Make this node known to the hub: its public key for a single-use token.

    A node that was known before (frozen because its disk was copied, or revoked) comes back with a new key.
    """
    told = _token(hub, token, token_file)
    settings = settings_of(folder)
    store = open_store(settings)
    try:
        _enrol(settings, store, told)
    finally:
        store.close()
    if token_file is not None:
        token_file.unlink(missing_ok=True)


@click.command()
@folder_option
@click.option("--hub", required=True, help="The hub's address for nodes: https://hub.example:8743")
def pair(folder: Path, hub: str) -> None:
    """Make this node known to the hub without a token: it shows a code, and somebody types it at the hub.

    Read the code to the city's technician (at the hub: /city/pairings, or `central-hub pair`). It is good for half an
    hour; until it is typed nobody else may know it. Stopped and run again, it is the same code.
    """
    settings = settings_of(folder)
    if not hub.startswith("https://"):
        raise Failed(f"{hub}: a hub is asked over TLS: its address begins with https://; nothing was changed")
    if settings.hub is not None and settings.hub.url != hub:
        raise Failed(f"{settings.folder / node_settings.FILE_NAME} names another hub ({settings.hub.url})")
    path, store = settings.folder / asking.FILE_NAME, open_store(settings)
    try:
        if not _was_finished(settings, asking.kept(path)):
            _pair(settings, store, path, hub=hub)
    except NotEnrolled as failed:
        asking.forget(path)
        raise Failed(str(failed)) from failed
    finally:
        store.close()
    asking.forget(path)
    console.print(f"The hub at {hub} knows this node now. Next: edge-node run")


def _pair(settings: NodeSettings, store: Store, path: Path, *, hub: str) -> None:
    asked = _asked_of(settings, store, hub=hub, before=asking.kept(path))
    going = _until_answered(lambda: asking.begin(path, asked))
    click.echo(f"The code of this node: {pairing.shown(going.code)}")
    asyncio.run(_print(settings, store, going.code))
    is_let_in = False
    while not is_let_in:
        going, is_let_in = _until_answered(partial(asking.ask, path, going))
        time.sleep(0 if is_let_in else asking.ASK_SECONDS)
    _take_up(settings, store, going.request.incarnation, authority=going.authority.encode() or None)
    _remember_hub(settings, hub)


def _until_answered(say: Callable[[], T]) -> T:
    """Say it until somebody answers: nobody has to come again because of a line that is not up yet."""
    told = ""
    while True:
        try:
            return say()
        except HubSilent as silent:
            if str(silent) != told:
                console.print(f"{silent}; asking again, stop with Ctrl+C")
            told = str(silent)
            time.sleep(asking.ASK_SECONDS)


def _asked_of(settings: NodeSettings, store: Store, *, hub: str, before: Kept | None) -> Kept:
    """What this node asks, the same as before where that is under way; a known node comes with a new key."""
    going = before if before is not None and before.hub == hub else None
    nonce = secrets.token_bytes(NONCE_BYTES) if going is None else going.node_nonce
    keys, stream, commitment = KeyFiles(settings.key_file), store.read_now(replica.stream), pairing.commitment(nonce)
    key, incarnation = keys.current(), stream.incarnation
    if settings.hub is not None:
        key = keys.prepare_fresh(attempt=commitment.hex())
        incarnation = SystemIds().new() if going is None else going.request.incarnation
    request = PairingRequest(
        node_id=stream.node_id,
        incarnation=incarnation,
        public_key=key.public_key,
        office_id=settings.office_id,
        commitment=commitment,
    )
    if going is not None and request != going.request:  # a nonce that may have been opened is good for nothing else
        return _asked_of(settings, store, hub=hub, before=None)
    return Kept(hub=hub, authority="", request=request, node_nonce=nonce)


def _was_finished(settings: NodeSettings, before: Kept | None) -> bool:
    """Whether all of an earlier run came to pass but its last step."""
    if before is None or settings.hub is None or before.hub != settings.hub.url:
        return False
    return before.request.public_key == KeyFiles(settings.key_file).current().public_key


async def _print(settings: NodeSettings, store: Store, code: str) -> None:
    from edge_node.app import journaled_devices  # noqa: PLC0415 - half of a start: only where it is needed

    use_texts(Texts.load([EDGE_NODE]))
    devices = journaled_devices(settings, store, clock=SystemClock())
    paper = pairing_paper(code, office_id=settings.office_id)
    try:
        known = (await devices.devices()).devices
        for printer in [each.name for each in known if each.family == TICKET_PRINTER][:1]:
            await devices.call(printer, "print_ticket", paper=paper, ref=SystemIds().new())
    except DeviceError as error:
        console.print(f"The code stands on no paper ({error.reason}): read it from here")


def _token(hub: str | None, token: str | None, token_file: Path | None) -> TokenFile:
    if token_file is not None and hub is None and token is None:
        try:
            return enrolment.read_token_file(token_file)
        except enrolment.TokenFileWrong as wrong:
            raise Failed(f"{wrong}; nothing was changed") from wrong
    if token_file is None and hub is not None and token is not None:
        return TokenFile(hub=hub, token=token)
    raise click.UsageError("say either --hub and --token, or --token-file")


def _enrol(settings: NodeSettings, store: Store, told: TokenFile) -> None:
    secret, known_by = enrolment.split(told.token)
    keys, stream = KeyFiles(settings.key_file), store.read_now(replica.stream)
    request = EnrolRequest(
        token=secret,
        node_id=stream.node_id,
        incarnation=stream.incarnation if settings.hub is None else SystemIds().new(),
        public_key=(keys.current() if settings.hub is None else keys.prepare_fresh(attempt=told.token)).public_key,
        office_id=settings.office_id,
    )
    with failing(NotEnrolled):
        authority = enrolment.send(told.hub, request, known_by=known_by)
    _take_up(settings, store, request.incarnation, authority=authority)
    _remember_hub(settings, told.hub)
    console.print(f"The hub at {told.hub} knows this node now. Next: edge-node run")


def _take_up(settings: NodeSettings, store: Store, incarnation: str, *, authority: bytes | None) -> None:
    """Believe this hub, and be the node that it let in; cut short and done again it comes to the same."""
    if authority is not None:
        save_durably(settings.authority_file, authority)
    if settings.hub is not None:
        store.run_now(partial(enrol_again, incarnation=incarnation))
        KeyFiles(settings.key_file).promote()
        watch_of(settings).note(store.read_now(replica.stream))


def _remember_hub(settings: NodeSettings, hub: str) -> None:
    path = settings.folder / node_settings.FILE_NAME
    if settings.hub is None:
        path.write_text(path.read_text(encoding="utf-8") + f'\n[hub]\nurl = "{hub}"\n', encoding="utf-8")
    elif settings.hub.url != hub:
        raise Failed(f"{path} names another hub ({settings.hub.url}): change it there")
