"""Rarer faults, drawn apart from the commoner ones of a seed, which stay what they were without them."""

from central_hub.node_gateway.model import FIRST_PROTOCOL
from sync.replication.messages import PROTOCOL
from tests.simulation.city import City
from tests.simulation.office import LATER_FIELD, SimulatedOffice

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


def upgrade(city: City, office: SimulatedOffice) -> None:
    """The office's machine starts again with this version."""
    city.journal.note("upgraded", office.office_id)
    office.line.speaks = PROTOCOL
    office.boot()


def upgrade_refused(city: City) -> bool:
    """Where the hub has no words for a node of an earlier version, this one is installed; whether there was one."""
    refused = [office for office in city.offices if office.line.speaks != PROTOCOL and office.line.is_turned_away]
    for office in refused:
        upgrade(city, office)
    return bool(refused)
