"""A few random days of a hall; a thousand in ``make test``, ten thousand in ``make soak``."""

from tests.property.queue.days import live_days

DAYS = 40


def test_on_random_days_nobody_waits_longer_than_the_bound_and_every_call_is_the_one_of_the_rule() -> None:
    """Also no third priority, and no third appointment, in a row while another waits: ``Day`` raises at the first."""
    lived = live_days(days=DAYS, seed=1)
    assert lived.calls > DAYS
    assert lived.turns_after_priority > 0
    assert lived.turns_after_appointments > 0
