"""The one call a node makes before it has a name here."""

import secrets
from functools import partial

from litestar import Controller, Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency

from central_hub.provisioning import commands
from central_hub.storage import HubStore
from sync.ambient import Clock
from sync.replication import messages
from sync.replication.authority import AuthorityKeeper, fingerprint
from sync.replication.messages import EnrolRequest
from sync.replication.pairing import NONCE_BYTES, PairingAnswer, PairingQuestion, PairingRequest
from sync.vocabulary.errors import NotFound
from sync.web.passwords import Throttle

ENROL_BYTES_MAX = 4 << 10


class EnrolmentController(Controller):
    """A node's public key for a single-use token."""

    path = "/sync/enrol"
    include_in_schema = False  # msgpack under zstd: described in sync/replication/messages.py

    @post(status_code=200, request_max_body_size=ENROL_BYTES_MAX)
    async def enrol(
        self,
        request: Request[object, object, State],
        store: NamedDependency[HubStore],
        clock: NamedDependency[Clock],
        enrolments: NamedDependency[Throttle],
    ) -> Response[bytes]:
        """Let a node in; whoever guesses tokens is slowed down."""
        device, now = request.client.host if request.client else "", clock.now()
        enrolments.admit(account="enrol", device=device, now=now)
        asked = messages.decode(await request.body(), EnrolRequest, bytes_max=ENROL_BYTES_MAX)
        enrolments.attempt(account="enrol", device=device, now=now)
        answer = await store.run(partial(commands.enrol, request=asked, now=now))
        enrolments.withdraw(account="enrol", device=device, at=now)
        return Response(messages.encode(answer), media_type=messages.MEDIA_TYPE)


class PairingController(Controller):
    """A machine that asks to be let in by the code on its screen: ``sync/replication/pairing.py``."""

    path = "/sync/pairings"
    include_in_schema = False

    @post(status_code=200, request_max_body_size=ENROL_BYTES_MAX)
    async def begin(
        self,
        request: Request[object, object, State],
        store: NamedDependency[HubStore],
        clock: NamedDependency[Clock],
        enrolments: NamedDependency[Throttle],
    ) -> Response[bytes]:
        """Take the request down. Each counts as a try until a machine of that address is let in: one needs one."""
        device, now = request.client.host if request.client else "", clock.now()
        asked = messages.decode(await request.body(), PairingRequest, bytes_max=ENROL_BYTES_MAX)
        enrolments.attempt(account="pairing-begin", device=device, now=now)
        begin = partial(commands.begin_pairing, request=asked, address=device, hub_nonce=_nonce(), now=now)
        begun = await store.run(begin)
        return Response(messages.encode(PairingAnswer(hub_nonce=begun.hub_nonce)), media_type=messages.MEDIA_TYPE)

    @post("/standing", status_code=200, request_max_body_size=ENROL_BYTES_MAX)
    async def standing(
        self,
        request: Request[object, object, State],
        store: NamedDependency[HubStore],
        clock: NamedDependency[Clock],
        enrolments: NamedDependency[Throttle],
        authority: NamedDependency[AuthorityKeeper | None],
    ) -> Response[bytes]:
        """What has become of it; whoever asks for what nobody asked is slowed down."""
        device, now = request.client.host if request.client else "", clock.now()
        enrolments.admit(account="pairing", device=device, now=now)
        question = messages.decode(await request.body(), PairingQuestion, bytes_max=ENROL_BYTES_MAX)
        enrolments.attempt(account="pairing", device=device, now=now)
        ask = partial(
            commands.ask_standing,
            question=question,
            authority=_known_by(authority),
            token=secrets.token_urlsafe(NONCE_BYTES),
            now=now,
        )
        answer = await store.run(ask)
        enrolments.withdraw(account="pairing", device=device, at=now)
        if answer.enrolled is not None:
            enrolments.succeeded(account="pairing-begin", device=device)
        return Response(messages.encode(answer), media_type=messages.MEDIA_TYPE)


def _nonce() -> bytes:
    return secrets.token_bytes(NONCE_BYTES)


def _known_by(authority: AuthorityKeeper | None) -> str:
    return "" if authority is None else fingerprint(authority.standing.announced[0])


class AuthorityController(Controller):
    """Whom the nodes are to trust, for one that knows it by its fingerprint only."""

    path = "/sync/authority"
    include_in_schema = False

    @get(media_type="application/x-pem-file")
    async def certificate(self, authority: NamedDependency[AuthorityKeeper | None]) -> bytes:
        """The certificate of the authority in use."""
        if authority is None:
            raise NotFound(what="authority")
        return authority.standing.announced[0]


controllers = [EnrolmentController, PairingController, AuthorityController]
