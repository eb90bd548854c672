"""The hybrid clock at the end of its range."""

from datetime import UTC, datetime

from sync.vocabulary.clock import COUNTER_MAX, MILLISECONDS_MAX, Hlc, check_hlc, merge, tick

LAST = Hlc(f"{MILLISECONDS_MAX:012x}-{COUNTER_MAX:04x}")
NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


def test_after_the_last_reading_there_is_none_but_it_can_still_be_read():
    assert check_hlc(tick(LAST, NOW)) == LAST
    assert check_hlc(merge(None, LAST, NOW)) == LAST


def test_the_last_but_one_is_followed_by_the_last():
    before = Hlc(f"{MILLISECONDS_MAX:012x}-{COUNTER_MAX - 1:04x}")
    assert tick(before, NOW) == LAST
