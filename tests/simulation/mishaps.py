"""What befalls machines and people, by the seed; and how a technician repairs it before the city is looked at."""

from datetime import timedelta
from functools import partial

from central_hub.provisioning.commands import retire_node
from central_hub.storage.replica import incarnation
from sync.replication.messages import PROTOCOL
from tests.simulation import rare
from tests.simulation.city import City
from tests.simulation.office import SimulatedOffice
from tests.simulation.poison import poison

YEARS = 10
FUSE_COMMITS_MAX = 10


def befall_hub(city: City) -> None:
    """What happens to the hub, and to all lines at once, in one step."""
    weather, hub = city.weather, city.hub
    if _draw(city, "hub_power", weather.hub_power):
        hub.machine.fuse = city.random.randrange(1, FUSE_COMMITS_MAX)
        hub.machine.is_cut_before_commit = city.random.random() < 0.5
    if _draw(city, "hub_backup", weather.hub_backup):
        hub.machine.back_up()
    if hub.machine.is_backed_up and _draw(city, "hub_restore", weather.hub_restore):
        restore_hub(city)
    if _draw(city, "hub_full", weather.hub_full):
        hub.machine.fill_disk()
    elif city.random.random() < 0.3:
        hub.machine.empty_disk()
    if _draw(city, "forger", weather.forger):
        city.hub.bugs += city.network.forge(city.hub.answer, node_ids=[office.node_id for office in city.offices])
    rare.befall_hub(city)
    if _draw(city, "clogged", weather.clogged):
        for office in city.random.sample(city.offices, k=len(city.offices)):
            city.network.cut(office.office_id)


def befall_office(city: City, office: SimulatedOffice) -> None:
    """What happens to one office in one step."""
    weather = city.weather
    if _draw(city, "cut", weather.cut):
        city.network.cut(office.office_id)
    elif city.random.random() < 0.25:
        city.network.mend(office.office_id)
    _befall_machine(city, office)
    rare.befall_office(city, office)
    if not city.clones and city.retiring.random() < weather.retired:
        retire_office(city, office)
    is_single = not city.clones and office.node_id not in city.ledger.cut_offs
    if is_single and _draw(city, "node_cloned", weather.node_cloned):
        city.clone(office, is_same_machine=city.random.random() < 0.5)
    if city.random.random() < weather.poison and (what := poison(office, random=city.random)) is not None:
        city.journal.note("fault", "poison", what)
    if office.link.frozen is not None and city.random.random() < 0.1:
        return_office(city, office)
    if city.random.random() < 0.5:
        office.watch.note(office.stream)
    if _draw(city, "clock_wrong", weather.clock_wrong):
        office.clock.error = timedelta(days=city.random.choice((-YEARS, YEARS, 0)) * 365)


def _befall_machine(city: City, office: SimulatedOffice) -> None:
    weather, machine = city.weather, office.machine
    if _draw(city, "node_power", weather.node_power):
        machine.fuse = city.random.randrange(1, FUSE_COMMITS_MAX)
        machine.is_cut_before_commit = city.random.random() < 0.5
    if _draw(city, "node_backup", weather.node_backup):
        machine.back_up()
    if machine.is_backed_up and _draw(city, "node_restore", weather.node_restore):
        restore_office(city, office)
    if _draw(city, "node_full", weather.node_full):
        machine.fill_disk()
    elif city.random.random() < 0.3:
        machine.empty_disk()


def restore_office(city: City, office: SimulatedOffice) -> None:
    """Yesterday's database, or yesterday's whole disk, in the same machine; two restores of one backup happen too."""
    held, is_image = city.holders(), city.random.random() < 0.5
    if is_image:
        office.has_greeted = False
        office.machine.restore_image()
    else:
        office.watch.note(office.stream)  # within a minute of the last write, and nobody restores faster
        office.machine.restore()
    lost = held - city.holders()
    city.ledger.forget(lost)
    if is_image:  # no file and no hub knows which numbers the lost life drew last
        city.ledger.cases_of_lost_images |= {city.ledger.told[event_id].document_id for event_id in lost}


def retire_office(city: City, office: SimulatedOffice) -> None:
    """The hub is told to trust the machine up to some operation; it works on until it hears of that."""
    stream = office.stream
    if office.link.frozen is not None or office.line.speaks != PROTOCOL or stream.node_id in city.ledger.cut_offs:
        return
    cut_off = city.retiring.randrange(stream.oseq + 1)
    retire = partial(retire_node, node_id=stream.node_id, now=city.hub.clock.now(), cut_off_oseq=cut_off)
    city.hub.machine.surely(retire)
    city.ledger.cut_offs[stream.node_id] = (stream.incarnation, cut_off)
    city.journal.note("fault", "retired", office.office_id, cut_off)


def return_office(city: City, office: SimulatedOffice) -> None:
    """A technician brings a silent node back, or another in the place of a retired one, whose disk is lost.

    The disk goes once the hub's backup holds what it told; where a restored hub may lack that, the node itself returns.
    """
    link = office.link
    if link.frozen != "revoked" or link.hub_incarnation != city.hub.machine.read(incarnation):
        city.enrol_again(office)
        return
    of_life, cut_off = city.ledger.cut_offs[office.node_id]
    city.hub.broken_promises += office.waiting_up_to(cut_off) if of_life == office.stream.incarnation else []
    city.hub.machine.back_up()
    held = city.holders()
    city.replace(office)
    city.ledger.forget(held - city.holders())


def end_clones(city: City) -> None:
    """The copies are found and switched off; what only they knew is gone, and nothing of the offices may be."""
    held = city.holders()
    for clone in city.clones:
        city.ledger.clones.append((clone.office_id, clone.node_id, clone.line.pushes > 0))
        clone.machine.close()
    city.clones.clear()
    city.ledger.forget(held - city.holders())


def restore_hub(city: City) -> None:
    """Yesterday's disk in the hub."""
    held = city.holders()
    city.ledger.forked |= city.hub.forked()
    city.hub.restore()
    city.ledger.forget(held - city.holders())


def repair(city: City) -> None:
    """Before the city is looked at: disks have room, clocks are right, no cut is about to happen."""
    city.hub.machine.fuse = None
    city.hub.machine.empty_disk()
    for office in (*city.offices, *city.clones):
        office.machine.fuse = None
        office.machine.empty_disk()
        office.clock.error = timedelta()


def bring_back(city: City) -> bool:
    """A technician enrols frozen and forgotten nodes again, installs this version where it must be; was there one?"""
    frozen = [office for office in city.offices if office.link.frozen is not None or office.line.is_unknown]
    for office in frozen:
        return_office(city, office)
    return bool(frozen) | rare.upgrade_refused(city)


def _draw(city: City, fault: str, probability: float) -> bool:
    if probability and city.random.random() < probability:
        city.journal.note("fault", fault)
        return True
    return False
