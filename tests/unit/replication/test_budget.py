"""What scans may take of the line, by the hour in Kyiv."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge_node import settings as node_settings
from sync.configuration import ConfigurationWrong
from sync.replication.blobs import CHUNK_BYTES
from sync.replication.budget import PAUSE_SECONDS_MAX, Allowance, Budget, parse

NOON = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)  # 12:00 in Kyiv
NIGHT = datetime(2026, 11, 23, 20, 30, tzinfo=UTC)  # 22:30


def sent_bytes(budget: Budget, *, begin: datetime, seconds: int) -> int:
    """What goes through in that time when there is always a chunk to send."""
    now, sent = begin, 0
    while now < begin + timedelta(seconds=seconds):
        pause = budget.pause_seconds(CHUNK_BYTES, now=now)
        sent += CHUNK_BYTES if pause == 0 else 0
        now += timedelta(seconds=pause)
        if pause == 0 and sent > 1 << 30:
            break
    return sent


def test_by_day_the_rate_is_kept_and_by_night_nothing_is_held_back():
    allowances = parse({"08-18": "64 KiB/s"})
    by_day = sent_bytes(Budget(allowances), begin=NOON, seconds=600)
    assert 64 * 1024 * 600 <= by_day <= 64 * 1024 * 600 + CHUNK_BYTES
    assert Budget(allowances).pause_seconds(CHUNK_BYTES, now=NIGHT) == 0


def test_hours_may_reach_past_midnight():
    (allowance,) = parse({"22-06": "1 MiB/s"})
    assert allowance == Allowance(first_hour=22, end_hour=6, bytes_per_second=1 << 20)
    assert allowance.hours() == {22, 23, 0, 1, 2, 3, 4, 5}


def test_a_rate_of_nothing_sends_nothing_and_is_asked_again():
    budget = Budget(parse({"00-24": "0 B/s"}))
    budget.count(CHUNK_BYTES, now=NOON)
    assert budget.pause_seconds(1, now=NOON + timedelta(days=3)) == PAUSE_SECONDS_MAX


def test_what_a_person_waited_for_is_paid_by_the_chunks_after_it():
    budget = Budget(parse({"08-18": "64 KiB/s"}))
    budget.count(4 * CHUNK_BYTES, now=NOON)
    assert budget.pause_seconds(CHUNK_BYTES, now=NOON) == 16


@pytest.mark.parametrize("hours", [-87_600, 87_600])
def test_a_clock_that_jumps_ten_years_gives_no_more_than_a_full_bucket(hours: int):
    budget = Budget(parse({"00-24": "64 KiB/s"}))
    assert budget.pause_seconds(CHUNK_BYTES, now=NOON) == 0
    elsewhere = NOON + timedelta(hours=hours)
    assert sent_bytes(budget, begin=elsewhere, seconds=60) <= CHUNK_BYTES + 64 * 1024 * 60


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ({"8-18": "64 KiB/s"}, 'budget."8-18": hours'),
        ({"08-25": "64 KiB/s"}, 'budget."08-25": hours'),
        ({"08-18": "fast"}, "budget.\"08-18\": 'fast' is no rate"),
        ({"08-18": "64 KiB/s", "17-20": "1 MiB/s"}, 'budget."17-20": its hours overlap'),
    ],
)
def test_a_wrong_entry_stops_the_start_and_is_named(tmp_path: Path, written: dict[str, str], told: str):
    entries = "".join(f'"{hours}" = "{rate}"\n' for hours, rate in written.items())
    text = f'office_id = "SHV"\n[hub]\nurl = "https://hub.example"\n[hub.budget]\n{entries}'
    (tmp_path / node_settings.FILE_NAME).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationWrong, match=r"hub") as wrong:
        node_settings.load(tmp_path)
    assert told in str(wrong.value)
