"""The invariants of replication: one check each, which tells what breaks it; run after every heal."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from itertools import chain, pairwise
from random import Random

import msgspec
from pycrdt import get_update
from sqlalchemy import select

from central_hub.node_gateway.commands.blocks import DEPENDS
from central_hub.node_gateway.commands.found import FOUND
from central_hub.storage import replica as hub_replica
from central_hub.storage.erasures import confirmations
from central_hub.storage.replica import office_scope
from central_hub.storage.tables import cases, documents, feed, grants, number_leases, operations
from edge_node.case_register.commands.recording import state_of
from sync.documents import document as yjs
from sync.documents.encoding import written
from sync.storage import replica
from sync.vocabulary.case import fold, from_entry, order
from tests.simulation.city import City
from tests.simulation.office import LATER_FIELD, SimulatedOffice

SAMPLE_MAX = 5  # documents that the dear checks look at

Check = Callable[[City], Iterator[str]]


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A document of a replica, as its bytes say and as its row says."""

    document_id: str
    snapshot: bytes
    digest: bytes | None


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """An operation as the hub keeps it."""

    operation_id: str
    document_id: str
    node_id: str | None
    incarnation: str | None
    oseq: int | None
    client_id: int
    body: bytes | None
    state: str
    quarantine_code: str | None


def replicas_agree(city: City) -> Iterator[str]:
    """1: the hub and every node in scope hold the same, whatever happened on the way."""
    at_hub = {each.document_id: each for each in _hub_documents(city)}
    for office in city.offices:
        for mine in _node_documents(office):
            theirs = at_hub.get(mine.document_id)
            if theirs is None:
                yield f"{office.office_id} holds {mine.document_id}, the hub does not"
            elif _digest(mine) != _digest(theirs):
                yield f"{office.office_id} and the hub differ in {mine.document_id}"
    for each in (*at_hub.values(), *(each for office in city.offices for each in _node_documents(office))):
        if each.digest and each.digest != _digest(each):
            yield f"the digest kept of {each.document_id} is not of its bytes"


def nothing_promised_is_lost(city: City) -> Iterator[str]:
    """2: whatever a person was told is recorded is at the hub, but for what was only on a disk that was lost."""
    views = city.hub_views()
    for told in city.ledger.owed():
        view = views.get(told.document_id)
        if view is None or told.event_id not in view.events:
            yield f"{told.entry['kind']} {told.event_id} of {told.document_id} by {told.office_id}"


def clones_are_detected(city: City) -> Iterator[str]:
    """2: where the hub took words of a copy of a node, it knows that two machines were one."""
    known = city.ledger.forked | city.hub.forked()
    for office_id, node_id, has_pushed in city.ledger.clones:
        if has_pushed and node_id not in known:
            yield f"a copy of {office_id}'s node was heard and not told from it"


def order_and_batches_do_not_matter(city: City) -> Iterator[str]:
    """3: a document's operations give the same in any order, any batches, twice; a gap is never compacted away."""
    random = Random(city.seed)
    sent = _operations(city)
    at_hub = _hub_documents(city)
    for held in random.sample(at_hub, k=min(SAMPLE_MAX, len(at_hub))):
        mine = [each for each in sent if each.document_id == held.document_id and each.state == "merged"]
        if not mine or any(each.body is None for each in mine) or not _is_whole(mine, held):
            continue
        shuffled = [*mine, random.choice(mine)]
        random.shuffle(shuffled)
        snapshot: bytes | None = None
        waiting: frozenset[int] = frozenset()
        while shuffled:
            batch = [shuffled.pop() for _ in range(min(len(shuffled), random.randrange(1, 4)))]
            clients = waiting | {each.client_id for each in batch}
            merged = yjs.merge(snapshot, [each.body or b"" for each in batch], clients=clients)
            snapshot, waiting = merged.snapshot, merged.waiting
        if waiting or yjs.view(snapshot or b"") != yjs.view(held.snapshot):
            yield f"{held.document_id} in another order is another document"


def what_was_acknowledged_is_there(city: City) -> Iterator[str]:
    """4: the hub holds what it acknowledged; no cursor is ahead of its data; no place in a chain is used twice."""
    for operation_id in city.hub.broken_promises:
        yield f"{operation_id} was acknowledged and is not at the hub"
    places: dict[tuple[str, str, int], str] = {}
    for speaker, push, _ in city.hub.heard:
        for each in push.operations:
            known = places.setdefault((speaker.node_id, speaker.incarnation, each.oseq), each.operation_id)
            if known != each.operation_id:
                yield f"{speaker.origin} used {each.oseq} twice"
    for office in city.offices:
        yield from _cursor_ahead(city, office)


def poison_never_counts(city: City) -> Iterator[str]:
    """5: whatever was sent to the hub, it lives, and no poison became part of a document."""
    for each in _operations(city):
        if each.operation_id in city.ledger.poisoned and each.state == "merged":
            yield f"{city.ledger.poisoned[each.operation_id]} {each.operation_id} was merged"


def nothing_foreign_was_changed(city: City) -> Iterator[str]:
    """6: no event that a forger sent stands in a document of the hub or of another office."""
    for document_id, view in city.hub_views().items():
        for event_id in sorted(city.ledger.bad_events & view.events.keys()):
            yield f"{event_id} in {document_id}"


def integers_survive(city: City) -> Iterator[str]:
    """8: every event reads at the hub as it was recorded: whole numbers are whole."""
    views = city.hub_views()
    for told in city.ledger.owed():
        view = views.get(told.document_id)
        if view is not None and told.event_id in view.events and _text(view.events[told.event_id]) != _text(told.entry):
            yield f"{told.event_id}: {view.events[told.event_id]} was {told.entry}"


def only_poison_is_quarantined(city: City) -> Iterator[str]:
    """9: a poison operation blocks none but what follows it in its document, and that is made anew exactly once."""
    ledger, told = city.ledger, {each.event_id: each for each in city.ledger.owed()}
    times: Counter[str] = Counter()
    sent = _operations(city)
    for each in sent:
        # what followed another poison of the document was made anew by the rebase: a node does not know its own poison
        is_anew = each.body is not None and any(word in each.body for word in ledger.bad_words)
        is_honest = each.operation_id not in ledger.poisoned and not is_anew
        if each.state == "quarantined" and is_honest:
            depends = each.quarantine_code == DEPENDS and each.document_id in ledger.poisoned_cases
            if not depends and each.document_id not in ledger.erased:
                yield f"{each.operation_id} of {each.document_id} is {each.quarantine_code} without fault"
    for document_id, made in _made(each for each in sent if each.document_id in ledger.poisoned_cases):
        theirs = (event_id for event_id, event in told.items() if event.document_id == document_id)
        times.update(event_id for event_id in theirs if event_id.encode() in made)
    for event_id, count in sorted(times.items()):
        if count > 1:
            yield f"{event_id} was made anew {count - 1} times too often"


def folds_agree(city: City) -> Iterator[str]:
    """10: events fold to the same in any order and told twice; rows of hub and node say what the documents say."""
    random = Random(city.seed)
    views = city.hub_views()
    rows = dict(city.hub.machine.read(lambda reader: _pairs(reader, select(cases.c.case_id, cases.c.status))))
    for document_id, view in sorted(views.items()):
        if document_id in city.ledger.erased:
            continue
        state = state_of(view)
        events = [from_entry(event_id, entry) for event_id, entry in view.events.items()]
        shuffled = [*events, *events[:2]]
        random.shuffle(shuffled)
        if fold(shuffled) != state:
            yield f"{document_id} folds otherwise in another order"
        if rows.get(document_id) != state.status.value:
            yield f"{document_id} is {state.status.value}, its row says {rows.get(document_id)}"
        paid = sum(int(entry["amount_kopecks"] or 0) for entry in view.events.values() if entry["kind"] == PAYMENT)
        if paid != state.paid_kopecks:
            yield f"{document_id}: {paid} kopecks were paid, {state.paid_kopecks} count"


def scopes_are_exact(city: City) -> Iterator[str]:
    """11: after grants and drops a node holds exactly what its office may read, and was told of nothing else."""
    yield from sorted(city.hub.overheard)
    granted: dict[str, set[str]] = {}
    statement = select(grants.c.scope, grants.c.document_id).join(
        documents, documents.c.document_id == grants.c.document_id
    )
    for scope, document_id in city.hub.machine.read(
        lambda reader: _pairs(reader, statement.where(documents.c.kind == "case"))
    ):
        granted.setdefault(scope, set()).add(document_id)
    for office in city.offices:
        held, may = set(office.case_ids()), granted.get(office_scope(office.office_id), set())
        for document_id in sorted(held - may):
            yield f"{office.office_id} holds {document_id}, which is not its to read"
        for document_id in sorted(may - held):
            yield f"{office.office_id} lacks {document_id}"


def cursors_are_of_this_hub(city: City) -> Iterator[str]:
    """13: after a heal every node hears this life of the hub, from where its feed begins."""
    state = city.hub.machine.read(hub_replica.state)
    for office in city.offices:
        link = office.machine.read(replica.link)
        if link.hub_incarnation != state.incarnation:
            yield f"{office.office_id} hears another hub"
        if not state.horizon <= link.cursor <= state.seq:
            yield f"{office.office_id} is at {link.cursor}, outside {state.horizon}..{state.seq}"
        if link.refetch_after is not None:
            yield f"{office.office_id} still refetches"


def numbers_are_unique(city: City) -> Iterator[str]:
    """14: no official number names two cases, no visit made two cases, no two leases overlap."""
    views = city.hub_views()
    for name in ("number", "applicant_phone"):
        counted = Counter(str(view.fields[name]) for view in views.values() if view.fields.get(name))
        yield from (f"{name} {value} in {count} cases" for value, count in sorted(counted.items()) if count > 1)
    for number, case_ids in sorted(city.ledger.cases_of_number.items()):
        if len(case_ids - city.ledger.cases_of_lost_images) > 1:
            yield f"{number} was printed for {len(case_ids)} cases"
    columns = (number_leases.c.office_id, number_leases.c.year, number_leases.c.first, number_leases.c.last)
    leased = city.hub.machine.read(lambda reader: [tuple(row) for row in reader._connection.execute(select(*columns))])
    for before, after in pairwise(sorted(leased)):
        if before[:2] == after[:2] and after[2] <= before[3]:
            yield f"{after} overlaps {before}"


def clocks_order_nothing_wrongly(city: City) -> Iterator[str]:
    """15: an event comes after whatever its recorder had before her eyes, however wrong her clock was."""
    views = city.hub_views()
    for told in city.ledger.owed():
        view = views.get(told.document_id)
        if view is None or told.event_id not in view.events:
            continue
        mine = order(from_entry(told.event_id, view.events[told.event_id]))
        for event_id in sorted(told.seen & view.events.keys()):
            if order(from_entry(event_id, view.events[event_id])) > mine:
                yield f"{told.event_id} of {told.office_id} comes before {event_id}, which it followed"


def later_versions_lose_nothing(city: City) -> Iterator[str]:
    """17: what a later version wrote into a case stands there, whoever edited the case since."""
    for document_id, view in sorted(city.hub_views().items()):
        written = {entry.get("value") for entry in view.events.values() if entry.get("field") == LATER_FIELD}
        if written and document_id not in city.ledger.erased and view.fields.get(LATER_FIELD) not in written:
            yield f"{document_id} says {view.fields.get(LATER_FIELD)} where {len(written)} were written"


def erased_is_gone(city: City) -> Iterator[str]:
    """12: what was erased stands in no file of a replica, every office has said so, and nothing brought it back."""
    disks = {"hub": city.hub.machine.path} | {str(office.office_id): office.machine.path for office in city.offices}
    files = {
        f"{name}{ending}": path.with_name(path.name + ending) for name, path in disks.items() for ending in ("", "-wal")
    }
    held = {name: path.read_bytes() for name, path in files.items() if path.exists()}
    for case_id, marker in sorted(city.ledger.erased.items()):
        yield from (f"{name} holds the name of {case_id}" for name, data in held.items() if marker.encode() in data)
    for each in city.hub.machine.read(partial(confirmations, limit=100)):
        if each.confirmed_at is None:
            yield f"{each.office_id} has not said that {each.number} is gone"


PAYMENT = "payment_received"
ALL: dict[str, Check] = {
    "01-replicas-agree": replicas_agree,
    "02-nothing-promised-is-lost": nothing_promised_is_lost,
    "02-clones-are-detected": clones_are_detected,
    "03-order-and-batches-do-not-matter": order_and_batches_do_not_matter,
    "04-what-was-acknowledged-is-there": what_was_acknowledged_is_there,
    "05-poison-never-counts": poison_never_counts,
    "06-nothing-foreign-was-changed": nothing_foreign_was_changed,
    "08-integers-survive": integers_survive,
    "09-only-poison-is-quarantined": only_poison_is_quarantined,
    "10-folds-agree": folds_agree,
    "11-scopes-are-exact": scopes_are_exact,
    "12-erased-is-gone": erased_is_gone,
    "13-cursors-are-of-this-hub": cursors_are_of_this_hub,
    "14-numbers-are-unique": numbers_are_unique,
    "15-clocks-order-nothing-wrongly": clocks_order_nothing_wrongly,
    "17-later-versions-lose-nothing": later_versions_lose_nothing,
}
KINDS = {
    "01-replicas-agree": "diverged",
    "02-nothing-promised-is-lost": "lost",
    "03-order-and-batches-do-not-matter": "diverged",
    "04-what-was-acknowledged-is-there": "lost",
    "11-scopes-are-exact": "diverged",
    "14-numbers-are-unique": "doubled",
}


# -- looking ---------------------------------------------------------------------------------------------------------


def _digest(held: Held) -> bytes:
    return yjs.merge(held.snapshot, [], clients=[]).digest


def _hub_documents(city: City) -> list[Held]:
    columns = (documents.c.document_id, documents.c.snapshot, documents.c.digest)
    statement = select(*columns).where(documents.c.kind == "case").order_by(documents.c.document_id)
    found: list[Held] = city.hub.machine.read(lambda reader: reader.rows(statement, Held))
    return found


def _node_documents(office: SimulatedOffice) -> list[Held]:
    sql = "select document_id, snapshot, digest from replica_documents where kind = 'case' order by document_id"
    found: list[Held] = office.machine.read(lambda reader: reader.rows(sql, Held))
    return found


def _operations(city: City) -> list[Sent]:
    columns = [operations.c[name] for name in Sent.__struct_fields__]
    statement = select(*columns).order_by(operations.c.received_at, operations.c.operation_id)
    found: list[Sent] = city.hub.machine.read(lambda reader: reader.rows(statement, Sent))
    return found


def _pairs(reader: object, statement: object) -> list[tuple[str, str]]:
    return [(str(first), str(second)) for first, second in reader._connection.execute(statement)]


def _text(entry: object) -> bytes:
    return msgspec.json.encode(entry, order="sorted")


def _made(sent: Iterable[Sent]) -> Iterator[tuple[str, bytes]]:
    """The document and the bytes that each merged operation made; of an office's copy what no other of them tells.

    A copy that a person let count holds the document whole: what the hub held already is not made by it once more.
    """
    known: defaultdict[str, set[int]] = defaultdict(set)
    for each in sorted((each for each in sent if each.state == "merged"), key=lambda each: each.incarnation == FOUND):
        clients = known[each.document_id]
        if each.body is not None:
            yield each.document_id, _beyond(each.body, clients) if each.incarnation == FOUND else each.body
            clients |= yjs.clients_in(each.body)
        clients.add(each.client_id)


def _beyond(update: bytes, clients: Collection[int]) -> bytes:
    """The part of ``update`` that is of none of ``clients``."""
    known = {client: clock for client, clock in yjs.clocks(update).items() if client in clients}
    state = b"".join(map(written, (len(known), *chain.from_iterable(known.items()))))
    return get_update(update, state)


def _is_whole(sent: list[Sent], held: Held) -> bool:
    """Whether the operations at the hub are all there is of the document: a heal by snapshots brings others."""
    return yjs.clocks(held.snapshot).keys() == {each.client_id for each in sent}


def _cursor_ahead(city: City, office: SimulatedOffice) -> Iterator[str]:
    """What the feed told up to the node's cursor is in the node's documents."""
    link = office.machine.read(replica.link)
    statement = (
        select(feed.c.document_id, operations.c.client_id)
        .join(operations, operations.c.operation_id == feed.c.operation_id)
        .where(feed.c.scope == office_scope(office.office_id), feed.c.seq <= link.cursor, feed.c.what == "operation")
        .order_by(feed.c.seq)
    )
    told: dict[str, set[int]] = {}
    for document_id, client_id in city.hub.machine.read(lambda reader: _pairs(reader, statement)):
        told.setdefault(document_id, set()).add(int(client_id))
    for mine in _node_documents(office):
        for client_id in sorted(told.get(mine.document_id, set()) - yjs.clocks(mine.snapshot).keys()):
            yield f"{office.office_id} is at {link.cursor} and never heard {client_id} of {mine.document_id}"
