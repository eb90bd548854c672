"""``/city/pairings``: machines of offices that ask to be let in, by the code that a person reads from their screen."""

import secrets
from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, ServerSentEvent, Template

from central_hub.dashboard.controllers.quarantine import of_city
from central_hub.directory import queries as directory
from central_hub.provisioning import commands, queries
from central_hub.provisioning.commands import SLIPS_MAX
from central_hub.provisioning.model import CodeMistyped, Decider, PairingState
from central_hub.settings import HubSettings
from central_hub.storage import HubStore, ingest
from sync.ambient import Clock
from sync.replication.pairing import NONCE_BYTES
from sync.vocabulary.staff import Permission
from sync.web.access import SignedIn, may
from sync.web.forms import form_at
from sync.web.i18n import current_language
from sync.web.live import live_fragment
from sync.web.pages import fragment

AnyRequest = Request[Any, Any, Any]
PAGE = "/city/pairings"
LIVE_TOPIC = "offices"
TYPED_LETTERS_MAX = 40


class CodeForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was read from the machine's screen or paper."""

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=TYPED_LETTERS_MAX)]


class PairingPages(Controller):
    """For the city's own technicians; the code is never shown here: whoever types it has it from the machine."""

    include_in_schema = False
    guards = (may(Permission.SERVICE_NODE),)

    @get(PAGE)
    async def pairings(
        self,
        request: AnyRequest,
        store: NamedDependency[HubStore],
        settings: NamedDependency[HubSettings],
        clock: NamedDependency[Clock],
    ) -> Template:
        of_city(request, settings)
        now = clock.now()
        known = await store.read(queries.enrolled_nodes)
        context = {
            "offices": await store.read(partial(directory.office_names, language=current_language())),
            "waiting": await store.read(partial(queries.waiting_pairings, now=now)),
            "handled": await store.read(partial(queries.handled_pairings, now=now)),
            "known": frozenset(node.node_id for node in known),
            "unseen_alarms": await store.read(ingest.count_unseen_alarms),
        }
        return Template("dashboard/pairings.html", context=context)

    @get("/live/pairings")
    async def live_pairings(
        self,
        request: AnyRequest,
        store: NamedDependency[HubStore],
        settings: NamedDependency[HubSettings],
        clock: NamedDependency[Clock],
    ) -> ServerSentEvent:
        """What becomes of those whose code was typed."""
        of_city(request, settings)

        async def render() -> str:
            offices = await store.read(partial(directory.office_names, language=current_language()))
            handled = await store.read(partial(queries.handled_pairings, now=clock.now()))
            return fragment(request, "dashboard/_handled_pairings.html", {"offices": offices, "handled": handled})

        return live_fragment(request, LIVE_TOPIC, render)

    @post(f"{PAGE}/{{pairing_id:str}}/code", opt=form_at(PAGE))
    async def type_code(
        self,
        *,
        pairing_id: FromPath[str],
        data: URLEncodedBody[CodeForm],
        request: AnyRequest,
        store: NamedDependency[HubStore],
        settings: NamedDependency[HubSettings],
        clock: NamedDependency[Clock],
    ) -> Redirect:
        by, seal_key = _decider(of_city(request, settings)), secrets.token_bytes(NONCE_BYTES)
        typed = partial(
            commands.type_code, pairing_id=pairing_id, typed=data.code, seal_key=seal_key, by=by, now=clock.now()
        )
        found = await store.run(typed)
        if found.state is not PairingState.TYPED:
            raise CodeMistyped(left=SLIPS_MAX - found.slips)
        return Redirect(PAGE, status_code=303)

    @post(f"{PAGE}/{{pairing_id:str}}/refusal", opt=form_at(PAGE))
    async def refuse(
        self,
        pairing_id: FromPath[str],
        request: AnyRequest,
        store: NamedDependency[HubStore],
        settings: NamedDependency[HubSettings],
        clock: NamedDependency[Clock],
    ) -> Redirect:
        by = _decider(of_city(request, settings))
        await store.run(partial(commands.refuse_pairing, pairing_id=pairing_id, by=by, now=clock.now()))
        return Redirect(PAGE, status_code=303)


def _decider(person: SignedIn) -> Decider:
    return Decider(actor_id=person.staff_id, office_id=person.office_id)
