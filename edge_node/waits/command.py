"""``edge-node evaluate-waits``: what is typed, and what is printed."""

import sys
from pathlib import Path

import msgspec
import rich_click as click
from rich.console import Console
from rich.table import Table

from edge_node.queue.model.waits.forest import TreesWrong, shipped, unpack
from edge_node.replay.reading import BadLine
from edge_node.waits.days import Day, read_days
from edge_node.waits.evaluating import Score, Scores, evaluate

COLUMNS_WITHOUT_TERMINAL = 120
TITLES = {
    "ours": "ours (trees and the office's own outcomes)",
    "static": "people × published minutes ÷ desks",
    "throughput": "people ÷ calls of the last hour",
    "last_wait": "wait of the ticket called last",
    "mix": "half throughput, half last wait",
}
DEFINITIONS = """A point: every five minutes, a queue with somebody waiting and a desk open.
Truth: minutes until the last ticket in line at that moment is called; over 300 or never: left out.
Nothing that happens after a point is known at it; ours learns from earlier days and from outcomes seen before it.
Coverage: the share of points whose truth lay within our range, meant to be 80 %."""

file_option = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command("evaluate-waits")
@click.option(
    "--tickets",
    type=file_option,
    required=True,
    help="Tickets, CSV or gzip: office, queue, date, ticket, issued_minute, called_minute.",
)
@click.option(
    "--desks",
    type=file_option,
    required=True,
    help="Open desks of the same queues: office, queue, date, minute, open_desks, published_minutes.",
)
@click.option("--trees", type=file_option, help="Other trees than the shipped ones, as the training wrote them.")
@click.option("--json", "as_json", is_flag=True, help="Print the scores as JSON.")
def evaluate_waits_command(*, tickets: Path, desks: Path, trees: Path | None, as_json: bool) -> None:
    """Try every way to tell waiting times on real days, as an office lives them: without looking ahead.

    Exit status 1 when a file breaks a rule; what is left out or lacks desks is said beside the scores.
    """
    try:
        forests = shipped() if trees is None else unpack(trees.read_bytes())
        days = read_days(tickets, desks)
    except (BadLine, TreesWrong, OSError) as wrong:
        raise click.ClickException(str(wrong)) from wrong
    scores = evaluate(days, forests=forests)
    for remark in _remarks(days, scores):
        click.echo(remark, err=True)
    if as_json:
        click.echo(msgspec.json.encode(scores))
    else:
        _print(scores, Console() if sys.stdout.isatty() else Console(width=COLUMNS_WITHOUT_TERMINAL))


def _remarks(days: list[Day], scores: Scores) -> list[str]:
    without = sum(day.queues_without_desks for day in days)
    remarks = []
    if without:
        remarks.append(f"{without} times a queue has tickets on a day but no line of desks: it has no points there")
    if not scores.points:
        remarks.append("no point at all: nobody waited while a desk was open, or nobody was called; scores are empty")
    return remarks


def _print(scores: Scores, console: Console) -> None:
    table = Table(title=f"{scores.points} points")
    for title in ("method", "mean error, min", "median, min", "within 5", "within 10", "coverage"):
        table.add_column(title, justify="left" if title == "method" else "right")
    for name, score in scores.methods.items():
        table.add_row(TITLES[name], *_cells(score))
    console.print(table)
    console.print(DEFINITIONS, highlight=False)


def _cells(score: Score) -> list[str]:
    minutes = ["-" if value is None else f"{value:.1f}" for value in (score.mae_minutes, score.median_minutes)]
    shares = ["" if value is None else f"{value:.1%}" for value in (score.within_5, score.within_10, score.coverage)]
    return minutes + shares
