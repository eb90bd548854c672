"""How soon the merging process is started again."""

from itertools import accumulate

from central_hub.merging.supervisor import LIVED_SECONDS, PAUSE_SECONDS_MAX, PAUSE_SECONDS_MIN, pause_after


def pauses(*lives: float) -> list[float]:
    """The pause after each of these lives."""
    return list(accumulate(lives, lambda pause, lived: pause_after(pause, lived_seconds=lived), initial=0.0))[1:]


def test_a_worker_that_ends_at_its_start_is_started_ever_more_seldom() -> None:
    assert pauses(*[0.1] * 9) == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, PAUSE_SECONDS_MAX]


def test_a_worker_that_ends_now_and_then_is_started_at_once_each_time() -> None:
    assert set(pauses(*[LIVED_SECONDS] * 50)) == {PAUSE_SECONDS_MIN}


def test_bad_minutes_are_forgiven_by_one_life_of_work() -> None:
    assert pauses(0.1, 0.1, 0.1, LIVED_SECONDS, 0.1) == [0.2, 0.4, 0.8, 0.2, 0.4]
