"""Hours of a day as configuration writes them."""

from datetime import UTC, datetime

import msgspec
import pytest

from edge_node.settings import VoiceSettings
from sync.vocabulary.day_hours import by_hour, hours_of


def test_a_span_may_pass_midnight() -> None:
    assert hours_of("22-02") == {22, 23, 0, 1}
    assert hours_of("08-10") == {8, 9}
    assert len(hours_of("00-24")) == 24


@pytest.mark.parametrize("span", ["8-18", "24-02", "08:00-18:00", "08-25", ""])
def test_what_is_no_span_is_named(span: str) -> None:
    with pytest.raises(ValueError, match="two full hours"):
        hours_of(span)


def test_no_hour_is_said_twice() -> None:
    with pytest.raises(ValueError, match="overlap"):
        by_hour({"08-12": 80, "11-14": 50})


def test_the_voice_is_as_loud_as_its_hour_in_kyiv() -> None:
    voice = VoiceSettings(volume={"08-18": 80, "20-08": 0})
    assert voice.volume_at(datetime(2026, 11, 23, 7, 0, tzinfo=UTC)) == 80  # nine in Kyiv
    assert voice.volume_at(datetime(2026, 11, 23, 19, 0, tzinfo=UTC)) == 0
    assert voice.volume_at(datetime(2026, 11, 23, 16, 30, tzinfo=UTC)) == 100  # half past six: nothing is said


def test_a_wrong_volume_stops_the_start() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.toml.decode(b'volume = {"08-18" = 101}', type=VoiceSettings)
