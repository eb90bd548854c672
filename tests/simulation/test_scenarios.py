"""Stories of the simulated city told by hand, and what the checker says of a broken one."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from central_hub.provisioning.commands import retire_node
from sync.documents import document as yjs
from sync.replication import outbox
from tests.simulation.city import City
from tests.simulation.days import Days
from tests.simulation.poison import fixed_field
from tests.simulation.weather import CALM


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    """Two offices and fair weather; every office has greeted and has numbers."""
    city = City(tmp_path, seed=3, offices=2, weather=CALM)
    Days(city).heal()
    yield city
    city.close()


def whole(city: City) -> dict[str, int]:
    """The violations found after everybody has talked."""
    days = Days(city)
    days.heal()
    days.inspect()
    return days.summary.violations


def accept_everywhere(city: City) -> None:
    for office in city.offices:
        assert office.accept_case(pickup_office_id=city.offices[0].office_id) is not None


def test_a_restored_hub_is_told_again_what_it_forgot(city: City):
    city.hub.machine.back_up()
    accept_everywhere(city)
    assert whole(city) == {}
    city.hub.restore()
    assert len(city.hub_views()) == 0
    assert whole(city) == {}
    assert len(city.hub_views()) == 2


def test_two_restores_of_one_backup_double_and_lose_nothing(city: City):
    office = city.offices[0]
    office.machine.back_up()
    for _ in range(2):
        accept_everywhere(city)
        assert whole(city) == {}
        office.watch.note(office.stream)
        office.machine.restore()
        Days(city).heal()
    accept_everywhere(city)
    assert whole(city) == {}
    assert len(city.hub_views()) == 6


def test_hub_and_node_restored_twice_within_minutes_print_no_number_twice(city: City):
    office = city.offices[0]
    city.hub.machine.back_up()
    office.machine.back_up()
    begun_at = city.clock.now()
    printed: list[str | None] = []
    for _ in range(3):
        city.hub.restore()
        office.watch.note(office.stream)
        office.machine.restore()
        Days(city).heal()
        printed.append(office.accept_case(pickup_office_id=office.office_id))
    assert len({*printed} - {None}) == 3
    assert city.clock.now() - begun_at < timedelta(minutes=30), "else the clock alone would tell them apart"


def test_a_disk_put_back_as_it_was_prints_nothing_again_that_the_restored_hub_forgot_too(city: City):
    """Neither remembers the number on paper, no file tells the disk from its later self; another has the case."""
    city.hub.machine.back_up()
    office, other = city.offices
    office.machine.back_up()
    printed = [office.accept_case(pickup_office_id=other.office_id)]
    Days(city).heal()
    assert len(other.case_ids()) == 1
    city.hub.restore()
    office.has_greeted = False
    office.machine.restore_image()
    Days(city).heal()
    printed.append(office.accept_case(pickup_office_id=other.office_id))
    assert len({*printed} - {None}) == 2
    Days(city).heal()
    other.line.verify()
    assert city.hub.look_through_found(lambda _found: True), "the office's copy is shown to a person at the hub"
    assert whole(city) == {}
    assert {str(view.fields["number"]) for view in city.hub_views().values()} == {*printed}


def test_a_copied_disk_is_told_apart_and_the_office_loses_nothing(city: City):
    accept_everywhere(city)
    clone = city.clone(city.offices[0], is_same_machine=False)
    accept_everywhere(city)
    assert Days(city).summary.violations == {}
    for _ in range(3):
        clone.line.tried(clone.line.push_once)
    assert clone.accept_case(pickup_office_id="SHV") is not None
    assert whole(city) == {}
    assert city.journal.counts["enrolled again"] == 1


def test_what_follows_a_poisoned_operation_is_made_anew(city: City):
    office = city.offices[0]
    accept_everywhere(city)
    assert whole(city) == {}
    (case_id,) = [each for each in office.case_ids() if office.view(each).fields["home_office_id"] == office.office_id]
    operation_id = office.ids.new()
    office.machine.surely(lambda tx: fixed_field(tx, office, case_id, operation_id, city.random))
    city.ledger.poisoned[operation_id] = "fixed_field"
    city.ledger.poisoned_cases.add(case_id)
    assert office.take_payment(case_id, amount_kopecks=100)
    assert whole(city) == {}
    assert len(city.hub_views()[case_id].events) == 2


def a_case_after_poison_that_only_its_reader_holds_whole(city: City) -> str:
    """Hub and maker come back from backups older than its last payment, which stands at the other office alone."""
    reader, maker = city.offices
    maker.accept_case(pickup_office_id=reader.office_id)
    (case_id,) = maker.case_ids()
    poisoned = maker.ids.new()
    maker.machine.surely(lambda tx: fixed_field(tx, maker, case_id, poisoned, city.random))
    city.ledger.poisoned[poisoned] = "fixed_field"
    city.ledger.poisoned_cases.add(case_id)
    assert maker.take_payment(case_id, amount_kopecks=100)
    assert whole(city) == {}
    city.hub.machine.back_up()
    maker.machine.back_up()
    assert maker.take_payment(case_id, amount_kopecks=200)
    assert whole(city) == {}
    city.hub.restore()
    maker.machine.restore_image()
    Days(city).heal()
    assert (len(city.hub_views()[case_id].events), len(reader.view(case_id).events)) == (2, 3)
    return case_id


def test_what_the_hub_held_already_is_not_made_anew_by_a_copy_that_a_person_lets_count(city: City):
    case_id = a_case_after_poison_that_only_its_reader_holds_whole(city)
    days = Days(city)
    days._compare()
    days.inspect()
    assert days.summary.violations == {}
    assert len(city.hub_views()[case_id].events) == 3


def test_the_checker_sees_an_act_that_such_a_copy_tells_a_second_time(city: City):
    case_id = a_case_after_poison_that_only_its_reader_holds_whole(city)
    reader = city.offices[0]
    payment = min(each.event_id for each in city.ledger.owed(case_id) if each.entry.get("amount_kopecks") == 100)
    events = {payment: city.ledger.told[payment].entry}
    again = yjs.change(None, client_id=1, fields={}, events=events, attachments={})
    reader.machine.surely(lambda tx: outbox.absorb(tx, case_id, "case", updates=((1, again),)))
    days = Days(city)
    days._compare()
    days.inspect()
    assert days.summary.violations == {"09-only-poison-is-quarantined": 1}


def test_the_checker_sees_a_case_that_the_hub_never_stored(city: City):
    accept_everywhere(city)
    days = Days(city)
    days.inspect()
    assert days.summary.lost == 2
    assert days.summary.violations["01-replicas-agree"] == 2


def test_the_checker_sees_a_number_given_twice(city: City):
    office = city.offices[0]
    first = office.accept_case(pickup_office_id="SHV")
    office.machine.surely(lambda tx: tx.execute("update replica_leases set next = next - 1"))
    assert office.accept_case(pickup_office_id="SHV") == first
    assert "14-numbers-are-unique" in whole(city)


def test_a_retired_node_is_heard_up_to_the_cut_off_and_another_takes_its_office(city: City):
    office = city.offices[0]
    accept_everywhere(city)
    assert whole(city) == {}
    retired, cut_off = office.node_id, office.stream.oseq + 1
    city.network.cut(office.office_id)
    counted, late = (office.accept_case(pickup_office_id="SHV") for _ in range(2))
    city.hub.machine.surely(partial(retire_node, node_id=retired, now=city.hub.clock.now(), cut_off_oseq=cut_off))
    city.ledger.cut_offs[retired] = (office.stream.incarnation, cut_off)
    assert whole(city) == {}
    numbers = {str(view.fields["number"]) for view in city.hub_views().values()}
    assert counted in numbers
    assert late not in numbers
    assert office.node_id != retired
    assert len(office.case_ids()) == 3
    accept_everywhere(city)
    assert whole(city) == {}
    assert len(city.hub_views()) == 5
