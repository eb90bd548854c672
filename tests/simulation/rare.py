"""Rarer faults, drawn apart from the commoner ones of a seed, which stay what they were without them."""

from datetime import timedelta
from functools import partial

import msgspec
from sqlalchemy import update

from central_hub.node_gateway import commands
from central_hub.node_gateway.model import FIRST_PROTOCOL
from central_hub.storage import replica
from central_hub.storage.engine import scrub
from central_hub.storage.retention import KEPT_DAYS
from central_hub.storage.tables import ended_grants
from sync.replication.messages import PROTOCOL
from sync.storage import link
from sync.storage import replica as node_replica
from tests.simulation.city import City
from tests.simulation.office import LATER_FIELD, SimulatedOffice

SEASON = timedelta(days=KEPT_DAYS + 1)
ERASED_AFTER = 0.2  # in a step, once the name is written
ROTTEN_A_NIGHT = 100  # of a step: a night is looked at once, and is long
UPGRADED = 0.02  # how likely an office of an earlier version gets this one in a step
WRITES_LATER_FIELD = 0.3  # how often software of a later version writes what this one does not know


def install(city: City) -> None:
    """Some offices begin with an earlier version of the software, some with a later one."""
    for office in city.offices:
        if city.rare.random() >= city.weather.other_versions:
            continue
        office.is_later_version = city.rare.random() < 0.5
        if not office.is_later_version:
            office.line.speaks = FIRST_PROTOCOL
        city.journal.note("fault", "other_versions", office.office_id, office.line.speaks)


def befall_office(city: City, office: SimulatedOffice) -> None:
    """What rarely happens to one office in one step."""
    if office.line.speaks != PROTOCOL and city.rare.random() < UPGRADED:
        upgrade(city, office)
    if office.is_later_version and city.rare.random() < WRITES_LATER_FIELD and (cases := office.case_ids()):
        case_id, value = city.rare.choice(cases[-12:]), f"{office.office_id}-{city.rare.randrange(1000)}"
        if office.edit(case_id, LATER_FIELD, value):
            city.journal.note("fault", "later field", office.office_id, case_id)


def befall_hub(city: City) -> None:
    """A name is written into a case, which is erased some time later, whoever holds it or is away."""
    keep_erased(city)
    if city.rare.random() < city.weather.compacted:
        _compact(city)
    if city.rare.random() < city.weather.erased:
        office = city.rare.choice(city.offices)
        cases = [case_id for case_id in office.case_ids() if case_id not in city.ledger.markers]
        case_id, marker = city.rare.choice(cases or [""]), f"Marker-{city.rare.getrandbits(64):016x}"
        if cases:
            city.ledger.markers[case_id] = marker
            city.journal.note("marked", case_id, office.edit(case_id, "applicant_last_name", marker))
    for case_id in sorted(city.ledger.markers.keys() - city.ledger.erased.keys()):
        if city.rare.random() < ERASED_AFTER and all(office.line.speaks == PROTOCOL for office in city.offices):
            _erase(city, case_id)


def _compact(city: City) -> None:
    """The hub forgets what was told until it last did so, as if a season had gone by, whoever has not heard it yet."""
    city.seasons += 1
    later = city.hub.clock.now() + city.seasons * SEASON
    # the offices were away for hours: what they did before they heard of an ended grant is not a season late
    city.hub.machine.surely(lambda tx: tx.execute(update(ended_grants).values(ended_at=later)))
    while city.hub.machine.surely(partial(commands.compact, now=later)):
        pass
    horizon = city.hub.machine.read(replica.state).horizon
    behind = [office.office_id for office in city.offices if office.link.cursor < horizon]
    city.journal.note("fault", "compacted", horizon)
    city.journal.note("behind the horizon", *behind)


def keep_erased(city: City) -> None:
    """A hub that was restored is ordered again to erase what the paper says was erased."""
    for case_id in sorted(city.ledger.erased):
        stored = city.hub.machine.read(partial(replica.document, document_id=case_id))
        if stored is not None and stored.generation == 0:
            _erase(city, case_id)


def _erase(city: City, case_id: str) -> None:
    view = city.hub_views().get(case_id)
    if view is None or "number" not in view.fields:
        return
    order = commands.ErasureOrder(number=str(view.fields["number"]), act="act", ordered_by="city-head")
    erase = partial(commands.erase, order=order, operation_id=city.hub.ids.new(), now=city.hub.clock.now())
    city.hub.machine.surely(erase)
    city.ledger.erased[case_id] = city.ledger.markers[case_id]
    city.journal.note("fault", "erased", case_id)


def finish_erasures(city: City) -> None:
    """By night every disk is written anew without what was erased."""
    for office in city.offices:
        office.line.tried(office.line.finish_erasures)
    if city.ledger.erased:
        scrub(city.hub.machine.store.database_url)


def rot(city: City, office: SimulatedOffice) -> list[str]:
    """In the night a bit of a document of the office's disk turns; which document it was."""
    if city.rare.random() >= city.weather.rotten * ROTTEN_A_NIGHT:
        return []
    held = city.hub_views()  # what rots and stands nowhere else is lost, as with the disk
    cases = [case_id for case_id in office.case_ids() if office.is_the_hubs(case_id) and case_id in held]
    if not cases:
        return []
    stored = office.machine.read(partial(node_replica.document, document_id=city.rare.choice(cases)))
    # in the text of an event: elsewhere the bytes may be another way to write the same document
    place = stored.snapshot.index(b"clock")
    turned = bytearray(stored.snapshot)
    turned[place + city.rare.randrange(4)] ^= 1 << city.rare.randrange(8)
    office.machine.surely(
        partial(node_replica.save_document, document=msgspec.structs.replace(stored, snapshot=bytes(turned)))
    )
    city.journal.note("fault", "rotten", office.office_id, stored.document_id)
    return [stored.document_id]


def upgrade(city: City, office: SimulatedOffice) -> None:
    """The office's machine starts again with this version, which asks for all that the earlier one did not hear."""
    city.journal.note("upgraded", office.office_id)
    office.line.speaks = PROTOCOL
    hub_incarnation = office.link.hub_incarnation
    office.machine.surely(partial(link.begin_refetch, hub_incarnation=hub_incarnation))
    office.boot()


def upgrade_refused(city: City) -> bool:
    """Where the hub has no words for a node of an earlier version, this one is installed; whether there was one.

    The first protocol has none for what was quarantined: its nodes make nothing anew.
    """
    early = [office for office in city.offices if office.line.speaks != PROTOCOL]
    refused = [office for office in early if office.line.is_turned_away or city.ledger.poisoned_cases]
    for office in refused:
        upgrade(city, office)
    return bool(refused)
