"""Two real days of one district office; the trees know them, the honest figures are in edge_node/waits/README.md."""

import csv
import gzip
from pathlib import Path

from edge_node.queue.model.waits.forest import shipped
from edge_node.waits.days import read_days
from edge_node.waits.evaluating import evaluate


def test_on_real_days_ours_is_a_third_better_than_the_best_simple_method(municipal: Path, tmp_path: Path):
    kept = []
    for kind in ("tickets", "desks"):
        kept.append(tmp_path / f"{kind}.csv")
        with gzip.open(municipal / f"municipal_{kind}.csv.gz", "rt", encoding="utf-8") as source:
            rows = [row for row in csv.reader(source) if row[0] in {"office", "O06"} and row[2] != "2019-12-30"]
        with kept[-1].open("w", encoding="utf-8", newline="") as target:
            csv.writer(target).writerows(row for row in rows if row[2] < "2020-01-04" or row[0] == "office")
    scores = evaluate(read_days(*kept), forests=shipped())
    found = {name: score.mae_minutes or 0.0 for name, score in scores.methods.items()}
    assert scores.points > 500
    assert found.pop("ours") < 0.7 * min(found.values())
