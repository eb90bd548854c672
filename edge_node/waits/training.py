"""``python -m edge_node.waits.training --tickets FILE --desks FILE``: teach the trees the package ships with.

Needs LightGBM, which is a tool of development only: the node walks the trees by itself. The same files, seed and
version of LightGBM give the same bytes.
"""

from collections.abc import Iterable
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

import lightgbm
import msgspec
import numpy as np
import rich_click as click

from edge_node.queue.model.waits.features import NAMES, TRUTH_MINUTES_MAX
from edge_node.queue.model.waits.forest import FILE, Forest, Forests, pack
from edge_node.waits.days import Day, read_days
from edge_node.waits.watching import OfficeWatch, Point

ROUNDS = 300
MIDDLE = 0.5
DECIMALS = 6  # of leaves, in roots of a minute
TAIL = 0.085  # a little wider than the range of 80 %: on days not seen such forests cover about 79 %
PARAMETERS: dict[str, Any] = {  # Any: LightGBM's own
    "objective": "quantile",
    "learning_rate": 0.06,
    "num_leaves": 15,
    "min_data_in_leaf": 100,
    "feature_fraction": 0.4,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}

Node = dict[str, object]


class Lessons(msgspec.Struct, frozen=True, kw_only=True):
    """What is known at points, a row each, and the minutes that came."""

    numbers: list[list[float]]
    minutes: list[float]


def lessons(days: Iterable[Day]) -> Lessons:
    """Every point of ``days`` whose truth counts."""
    watches: dict[str, OfficeWatch] = {}
    numbers, minutes = [], []
    for day in days:
        for point in watches.setdefault(day.office, OfficeWatch()).watch(day):
            if isinstance(point, Point) and point.ticket in day.called:
                waited = day.called[point.ticket] - point.minute
                if waited <= TRUTH_MINUTES_MAX:
                    numbers.append(point.features())
                    minutes.append(waited)
    return Lessons(numbers=numbers, minutes=minutes)


def teach(found: Lessons, *, seed: int) -> Forests:
    """Three forests: of the low end, the middle and the high end of the wait."""
    return Forests(
        names=NAMES,
        low=_forest(found, share=TAIL, seed=seed),
        middle=_forest(found, share=MIDDLE, seed=seed),
        high=_forest(found, share=1 - TAIL, seed=seed),
    )


def _forest(found: Lessons, *, share: float, seed: int) -> Forest:
    """Trees for the wait that ``share`` of visitors stay below; they learn its square root, whose tail is tame."""
    table = lightgbm.Dataset(np.array(found.numbers), np.sqrt(np.array(found.minutes)))
    booster = lightgbm.train({**PARAMETERS, "alpha": share, "seed": seed}, table, ROUNDS)
    forest = Forest(roots=[], feature=[], value=[], above=[])
    for tree in booster.dump_model()["tree_info"]:
        forest.roots.append(len(forest.feature))
        _grow(forest, tree["tree_structure"])
    return forest


def _grow(forest: Forest, node: Node) -> None:
    """Append ``node`` and all below it, the lower branch first."""
    place = len(forest.feature)
    forest.above.append(0)
    if "leaf_value" in node:
        forest.feature.append(-1)
        forest.value.append(round(cast("float", node["leaf_value"]), DECIMALS))
        return
    forest.feature.append(cast("int", node["split_feature"]))
    forest.value.append(cast("float", node["threshold"]))  # to the last bit: features lie right beside it
    _grow(forest, cast("Node", node["left_child"]))
    forest.above[place] = len(forest.feature)
    _grow(forest, cast("Node", node["right_child"]))


@click.command()
@click.option("--tickets", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=True)
@click.option("--desks", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Instead of the package's own file.")
@click.option("--seed", default=7, show_default=True)
@click.option("--without", multiple=True, help="An office to leave out, to be tried on it afterwards.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The last day to learn from.")
def main(
    *,
    tickets: Path,
    desks: Path,
    out: Path | None,
    seed: int,
    without: tuple[str, ...],
    until: datetime | None,
) -> None:
    """Teach the trees from ticket files (edge_node/replay/README.md says their columns)."""
    days = [
        day
        for day in read_days(tickets, desks)
        if day.office not in without and (until is None or day.on <= until.date())
    ]
    found = lessons(days)
    packed = pack(teach(found, seed=seed))
    target = out or Path(str(files("edge_node.queue.model.waits").joinpath(FILE)))
    target.write_bytes(packed)
    click.echo(f"{target}: {len(packed) // 1024} KiB, learned from {len(found.minutes)} points of {len(days)} days")


if __name__ == "__main__":
    main()
