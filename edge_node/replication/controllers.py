"""The line to the hub over HTTP: its state for machines and headers, and a case fetched for who stands here."""

from functools import partial
from typing import Any

from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from edge_node.case_register.commands import note_check_out
from edge_node.replication import queries
from edge_node.replication.model import CheckedOut, Checkout, HubRefused, HubUnreachable
from edge_node.replication.queries import SyncStatus
from edge_node.staff.commands import log_access
from sync.ambient import Clock, Ids
from sync.replication.client import HubClient
from sync.replication.messages import CheckoutRequest
from sync.replication.transport import HubRefusal, Unreachable
from sync.storage import Store
from sync.vocabulary.ids import CaseId
from sync.vocabulary.staff import Permission
from sync.web.access import any_staff, may, signed_in

AnyRequest = Request[Any, Any, Any]


async def check_out(
    checkout: Checkout, *, request: AnyRequest, hub: HubClient, store: Store, clock: Clock, ids: Ids
) -> CheckedOut:
    """Fetch one case of another office from the hub; whoever asks, and for what, is in the access log.

    Raises:
        HubUnreachable: the line is cut.
        HubRefused: no such case, or a wrong second factor.
    """
    person = signed_in(request)
    await store.run(partial(log_access, by=person, action="check-out", subject=checkout.number, now=clock.now()))
    try:
        item = await hub.checkout(
            CheckoutRequest(number=checkout.number.strip().upper(), second_factor=checkout.second_factor.strip())
        )
    except Unreachable as cut:
        raise HubUnreachable from cut
    except HubRefusal as refusal:
        raise HubRefused from refusal
    case_id = CaseId(item.document_id)
    await store.run(partial(note_check_out, case_id=case_id, by=person, now=clock.now(), ids=ids))
    return CheckedOut(case_id=case_id)


class CheckoutController(Controller):
    """``/api/checkouts``: a citizen stands at another office."""

    path = "/api/checkouts"
    tags = ("replication",)

    @post(guards=[may(Permission.CHECK_OUT_CASES)])
    async def check_out(
        self,
        *,
        request: AnyRequest,
        data: JSONBody[Checkout],
        hub: NamedDependency[HubClient],
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        ids: NamedDependency[Ids],
    ) -> CheckedOut:
        """Fetch a case by its number and second factor; it stays here and follows what happens to it."""
        return await check_out(data, request=request, hub=hub, store=store, clock=clock, ids=ids)


class SyncStatusController(Controller):
    """``/api/sync-status``: backlog, last contact, quarantine."""

    path = "/api/sync-status"
    tags = ("replication",)

    @get(guards=[any_staff])
    async def status(self, store: NamedDependency[Store], hub: NamedDependency[HubClient]) -> SyncStatus:
        """Where this node stands towards the hub."""
        return await store.read(partial(queries.sync_status, health=hub.health))


controllers = [CheckoutController, SyncStatusController]
