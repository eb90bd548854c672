"""Three real days, and a generated one, through our queue: ``live_day`` raises at the first promise that is broken."""

import pytest

from edge_node.waits.days import Day, read_days
from tests.real_days.living import generated_day, live_day, real_waits
from tests.support.municipal import DESKS, TICKETS, municipal_folder

PRIORITY_SHARE = 0.2
DAYS = (("O06", "2020-01-14"), ("O13", "2019-12-31"), ("O19", "2019-12-31"))


@pytest.fixture(scope="module")
def days() -> dict[tuple[str, str], Day]:
    municipal_folder()
    return {(day.office, day.on.isoformat()): day for day in read_days(TICKETS, DESKS)}


@pytest.mark.parametrize(("office", "on"), DAYS)
def test_on_a_real_day_nobody_is_lost_and_the_hall_waits_no_longer_than_it_did(
    days: dict[tuple[str, str], Day], office: str, on: str
) -> None:
    day = days[office, on]
    lived = live_day(day, priority_share=PRIORITY_SHARE)
    was, came = real_waits(day), lived.waits()
    assert came.people == was.people == len(day.called)
    assert came.mean < was.mean
    assert lived.waits(has_priority=True).mean < lived.waits(has_priority=False).mean
    assert lived.lived.turns_after_priority > 0


def test_on_a_generated_day_everybody_whom_its_office_called_is_called() -> None:
    day = generated_day(1)
    lived = live_day(day, priority_share=PRIORITY_SHARE)
    assert lived.waits().people == len(day.called)
    assert lived.lived.turns_after_priority > 0
