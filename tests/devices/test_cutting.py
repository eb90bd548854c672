"""A charge whose line dies in the middle, at places all along the conversation."""

from pathlib import Path

import pytest

from tests.devices.cutting import BENCHES, cut_everywhere

EVERY = {"privat": 17, "telium": 5}  # `make soak` takes every byte


@pytest.mark.parametrize("name", BENCHES)
def test_wherever_the_line_dies_nobody_is_charged_twice_and_nothing_is_told_wrongly(name: str, tmp_path: Path):
    bench = cut_everywhere(name, tmp_path, every=EVERY[name])
    assert bench.broken == []
    assert bench.ends["nothing happened"], "some were cut before the charge left"
    assert bench.ends["Approved"] or bench.ends["Undecided"], "and some after"
