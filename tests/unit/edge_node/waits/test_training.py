"""Teaching the trees: what the node walks is what LightGBM grew, and the same lessons give the same bytes."""

from datetime import date, timedelta
from pathlib import Path

import lightgbm
import numpy as np
import pytest
from click.testing import CliRunner

from edge_node.queue.model.waits.forest import pack, unpack
from edge_node.waits.training import PARAMETERS, ROUNDS, Lessons, lessons, main, teach

from .conftest import Files


def a_fortnight(files: Files) -> Files:
    for number in range(14):
        day = (date(2020, 1, 6) + timedelta(days=number)).isoformat()
        files.day(day=day, every=3 + number % 3, service=7 + number % 5)
    return files


@pytest.fixture
def learned(files: Files) -> Lessons:
    return lessons(a_fortnight(files).days())


def test_the_node_walks_the_trees_as_lightgbm_does(learned: Lessons):
    numbers = np.array(learned.numbers)
    table = lightgbm.Dataset(numbers, np.sqrt(np.array(learned.minutes)))
    booster = lightgbm.train({**PARAMETERS, "alpha": 0.5, "seed": 3}, table, ROUNDS)
    theirs = np.clip(np.maximum(booster.predict(numbers), 0) ** 2, 0, 300)
    middle = teach(learned, seed=3).middle
    ours = [middle.minutes(row) for row in learned.numbers]
    assert len(ours) > 300
    assert ours == pytest.approx(theirs.tolist(), abs=0.01)


def test_the_same_lessons_and_seed_give_the_same_bytes(learned: Lessons):
    assert pack(teach(learned, seed=3)) == pack(teach(learned, seed=3))


def test_the_command_writes_trees_and_leaves_out_what_it_is_told(files: Files, tmp_path: Path):
    a_fortnight(files).day(office="O2")
    files.write()
    out = tmp_path / "trees"
    done = CliRunner().invoke(
        main,
        [
            *("--tickets", str(files.tickets), "--desks", str(files.desks), "--out", str(out)),
            *("--without", "O2", "--until", "2020-01-15"),
        ],
    )
    assert done.exit_code == 0, done.output
    assert "of 10 days" in done.output
    assert unpack(out.read_bytes()).middle.roots
