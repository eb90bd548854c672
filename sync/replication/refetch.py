"""The feed cannot be gone on with (a restored hub, or too long away): every document of the scope comes whole.

Pages go by document id and are remembered one by one, so it goes on after a cut where it was; at the end the feed goes
on from where the hub stood at the first page, and what happened meanwhile is heard twice at most.

What is held here and not told left the scope, and goes; but a restored hub may have forgotten it, and so may the office
that made it: then the hub is asked of each, and what it does not know stays for the nightly comparison.
"""

from datetime import datetime, timedelta

from sync.ambient import Ids
from sync.replication import departures, inbox
from sync.replication.inbox import DocumentChanged, Projection
from sync.replication.messages import PULL_ITEMS_MAX, PULL_WAIT_SECONDS, DocumentKind, HealAnswer, PullAnswer
from sync.storage import link, replica
from sync.storage.replica import Link
from sync.storage.transaction import Transaction

# what the hub took and has not merged yet is in no page; it merges within seconds, and a day outlasts its mending
UNMERGED_AGE_MAX = timedelta(days=1)


def pull_target(heard: Link, *, limit: int = PULL_ITEMS_MAX, wait_seconds: int = PULL_WAIT_SECONDS) -> str:
    """What to ask next: a page of the refetch while there is one, else what the feed told since."""
    if heard.refetch_after is not None:
        return f"/sync/pull?cursor={heard.cursor}&limit={limit}&refetch={heard.refetch_after}"
    return f"/sync/pull?cursor={heard.cursor}&limit={limit}&wait={wait_seconds}"


def receive(tx: Transaction, answer: PullAnswer, *, asked: Link, project: Projection, ids: Ids, now: datetime) -> None:
    """Take the answer to ``pull_target(asked)``; of a refetch nothing where another page was taken meanwhile."""
    if asked.refetch_after is None:
        inbox.receive(tx, answer, project=project, ids=ids, now=now)
        return
    standing = replica.link(tx)
    if (standing.refetch_after, standing.hub_incarnation) != (asked.refetch_after, answer.hub_incarnation):
        return
    inbox.take_items(tx, answer.items, project=project, ids=ids, now=now)
    told = {item.document_id for item in answer.items if item.what in {"snapshot", "erase"}}
    for document in replica.settled_documents(
        tx, after=asked.refetch_after, up_to=answer.refetch_after, settled_before=now - UNMERGED_AGE_MAX
    ):
        if document.document_id in told:
            continue
        if standing.refetch_keeps:
            link.doubt(tx, document_id=document.document_id)
        else:
            _let_go(tx, document.document_id, document.kind, project=project)
    cursor = answer.cursor if standing.refetch_cursor is None else standing.refetch_cursor
    link.refetched(tx, after=answer.refetch_after, cursor=cursor)


def settle_doubt(tx: Transaction, *, document_id: str, answer: HealAnswer, project: Projection) -> None:
    """Let go of a document that a restored hub knows and does not tell this node; keep one that it lacks."""
    link.doubt_no_more(tx, document_id=document_id)
    stored = replica.document(tx, document_id=document_id)
    if answer.item is None and not answer.is_kept and stored is not None:
        _let_go(tx, document_id, stored.kind, project=project)


def _let_go(tx: Transaction, document_id: str, kind: DocumentKind, *, project: Projection) -> None:
    if departures.leave(tx, document_id=document_id):
        project(tx, DocumentChanged(document_id=document_id, kind=kind, view=None))
