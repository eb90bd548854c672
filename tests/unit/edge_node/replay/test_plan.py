"""The plan of a day: complete, in order, and no desk with two visitors."""

import pytest

from edge_node.replay.day import OfficeDay, Visit
from edge_node.replay.driving import planned_counts
from edge_node.replay.plan import (
    Action,
    Call,
    Charge,
    Cut,
    Finish,
    Issue,
    Mend,
    NoShow,
    Offer,
    Outage,
    Register,
    has_price,
    plan_office,
)
from edge_node.replay.synthetic import synthetic_days
from sync.vocabulary.catalogue import AdministrativeService, Sphere
from sync.vocabulary.money import FeeKind
from sync.vocabulary.ticket import Purpose

Services = tuple[AdministrativeService, ...]


def an_offer(services: Services, desks: int = 20) -> Offer:
    return Offer(spheres=tuple(Sphere), desks=desks, services=services)


@pytest.fixture(scope="module")
def day() -> OfficeDay:
    (found,) = synthetic_days(1, seed=3)
    return found


@pytest.fixture(scope="module")
def plan(day: OfficeDay, services: Services) -> tuple[Action, ...]:
    return plan_office(day, offer=an_offer(services), seed="3/RCP")


def calls_of(plan: tuple[Action, ...]) -> list[Call]:
    return [action for action in plan if isinstance(action, Call)]


def test_every_ticket_is_issued_once_and_every_called_one_called_once_after_it(day: OfficeDay, plan):
    issued = [action.visit for action in plan if isinstance(action, Issue)]
    assert sorted(issued) == list(range(len(day.visits)))
    called = [call.visit for call in calls_of(plan)]
    assert sorted(called) == [place for place, visit in enumerate(day.visits) if visit.called_minute is not None]
    place_of_issue = {action.visit: place for place, action in enumerate(plan) if isinstance(action, Issue)}
    assert all(place_of_issue[action.visit] < place for place, action in enumerate(plan) if isinstance(action, Call))


def test_tickets_and_calls_keep_their_true_order_and_times(day: OfficeDay, plan):
    assert [action.at_minute for action in plan] == sorted(action.at_minute for action in plan)
    for action in plan:
        if isinstance(action, Issue):
            assert action.at_minute == day.visits[action.visit].issued_minute
        elif isinstance(action, Call):
            assert action.at_minute == day.visits[action.visit].called_minute


@pytest.mark.parametrize("desks", [1, 3, 20])
def test_a_desk_never_has_two_visitors(day: OfficeDay, services: Services, desks: int):
    free_from = dict.fromkeys(range(desks), 0.0)
    for call in calls_of(plan_office(day, offer=an_offer(services, desks), seed="3")):
        assert free_from[call.desk] <= call.at_minute
        steps = [call.at_minute, *(step.at_minute for step in call.then)]
        assert steps == sorted(steps)
        free_from[call.desk] = steps[-1]
        assert isinstance(call.then[-1], Finish | NoShow)


def test_every_third_served_ticket_becomes_a_case_and_every_fifth_case_is_paid(plan):
    counts = planned_counts(plan)
    assert counts.cases == counts.served // 3
    assert counts.payments == counts.cases // 5


def test_who_does_not_come_is_not_served(day: OfficeDay, plan):
    for call in calls_of(plan):
        if day.visits[call.visit].is_no_show:
            assert [type(step) for step in call.then] == [NoShow]


def test_who_files_said_so_at_the_kiosk_and_pays_only_for_a_priced_service(services: Services, plan):
    wishes = {action.visit: action for action in plan if isinstance(action, Issue)}
    by_code = {service.code: service for service in services}
    for call in calls_of(plan):
        registered = [step for step in call.then if isinstance(step, Register)]
        assert (wishes[call.visit].purpose is Purpose.FILE) == bool(registered)
        for step in registered:
            service = by_code[step.service_code]
            assert (step.fee_kopecks is not None) == (service.fee.kind is FeeKind.BY_CLERK)
            if any(isinstance(each, Charge) for each in call.then):
                assert has_price(service)


def test_no_applicant_comes_twice(plan):
    numbers = [step.applicant for call in calls_of(plan) for step in call.then if isinstance(step, Register)]
    assert len(numbers) == len(set(numbers))


def test_the_same_seed_gives_the_same_plan(day: OfficeDay, services: Services):
    offer = an_offer(services)
    assert plan_office(day, offer=offer, seed="1") == plan_office(day, offer=offer, seed="1")
    assert plan_office(day, offer=offer, seed="1") != plan_office(day, offer=offer, seed="2")


def test_the_line_is_cut_before_what_happens_in_that_minute_and_mended_again(services: Services):
    visits = tuple(
        Visit(queue="Q", ticket=str(minute), issued_minute=minute, called_minute=minute) for minute in (539, 540, 841)
    )
    plan = plan_office(
        OfficeDay(source="O", visits=visits, desks=1),
        offer=an_offer(services),
        seed="1",
        outages=[Outage(from_minute=540, until_minute=840)],
    )
    assert [type(action) for action in plan] == [Issue, Call, Cut, Issue, Call, Mend, Issue, Call]


def test_an_office_that_offers_nothing_cannot_live_a_day(day: OfficeDay, services: Services):
    with pytest.raises(ValueError, match="without spheres, services or desks"):
        plan_office(day, offer=Offer(spheres=(), desks=1, services=services), seed="1")
