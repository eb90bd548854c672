"""A hub's life begins, and goes on after a restore."""

from datetime import datetime, timedelta
from importlib.resources import files

from central_hub.directory.commands import put_office, put_service
from central_hub.provisioning import queries
from central_hub.provisioning.model import HubBegun
from central_hub.storage import replica
from central_hub.storage.transaction import Transaction
from sync.ambient import Ids
from sync.vocabulary.catalogue import AdministrativeService, parse_names, parse_seed
from sync.vocabulary.office import OFFICES

NUMBERS_SKIPPED = 100_000  # fifty ranges: more than any office leases between two backups
SKIPPED_A_RESTORE = 20_000  # ten ranges: more than an office leases in the minutes that the clock is too coarse for
SKIPPED_A_MINUTE = 200  # a range in ten minutes: more than a restored hub leases before it is restored once more
AGE_COUNTED_MAX = timedelta(days=7)  # with more, a few restores would use up the year's numbers


def begin_city(tx: Transaction, *, incarnation: str, ids: Ids, now: datetime) -> None:
    """Start the hub's life with the offices and the catalogue of the seed.

    Raises:
        HubBegun: it was started before.
    """
    if replica.state(tx) is not None:
        raise HubBegun
    replica.begin(tx, incarnation=incarnation)
    for office in OFFICES:
        put_office(tx, office, ids=ids, now=now)
    for service in seed_services():
        put_service(tx, service, ids=ids, now=now)


def begin_anew(tx: Transaction, *, incarnation: str, now: datetime, restores: int = 0) -> None:
    """Go on from a restored backup as another incarnation: every node hears the hub from the start.

    Numbers leased after the backup was taken are not known here, so each series goes on after a gap that no node gets.
    The gap grows with the backup's age and with how often it was restored before: whoever restores the same one again
    leases nothing that its first life did.
    """
    replica.change_incarnation(tx, incarnation=incarnation)
    age = now - (queries.last_leased_at(tx) or now)
    minutes = max(timedelta(), min(age, AGE_COUNTED_MAX)) // timedelta(minutes=1)
    gap = NUMBERS_SKIPPED + minutes * SKIPPED_A_MINUTE + restores * SKIPPED_A_RESTORE
    queries.skip_numbers(tx, count=gap, now=now)


def seed_services() -> list[AdministrativeService]:
    """The catalogue of the seed: 99 services."""
    seed = files("sync.vocabulary.seed")
    names_en = parse_names((seed / "services_en.csv").read_text(encoding="utf-8"))
    return parse_seed((seed / "services.csv").read_text(encoding="utf-8"), names_en=names_en)
