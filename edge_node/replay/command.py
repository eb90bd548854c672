"""``edge-node replay``: what is typed, what is printed, and the exit status."""

import asyncio
import sys
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import rich_click as click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from edge_node.replay.asking import Refused, Unanswered
from edge_node.replay.day import OfficeDay, minute_of_clock
from edge_node.replay.driving import Replay, Script
from edge_node.replay.plan import Outage
from edge_node.replay.reading import BadLine, DayMissing, read_day
from edge_node.replay.report import Report, as_json, print_report
from edge_node.replay.stage import Stage, StageWrong, load_stage
from edge_node.replay.synthetic import synthetic_days
from sync.ambient import SystemClock, SystemIds
from sync.vocabulary.ids import OfficeId

SPEED_DEFAULT = 100.0  # a day of eight hours in five minutes
OFFICES_MAX = 50
FAILED_STATUS = 1
COLUMNS_WITHOUT_TERMINAL = 120


class Pair(click.ParamType[tuple[str, str]]):
    """``LEFT=RIGHT``."""

    name = "pair"

    def convert(
        self, value: str | tuple[str, str], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value
        left, separator, right = value.partition("=")
        if not (separator and left and right):
            self.fail(f"{value!r} is not of the form LEFT=RIGHT", param, ctx)
        return left, right


class Speed(click.ParamType[float]):
    """A number above zero, or ``max`` (also 0), kept as 0."""

    name = "speed"

    def convert(self, value: str | float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            speed = 0.0 if value == "max" else float(value)
        except ValueError:
            speed = -1.0
        if not 0 <= speed < float("inf"):
            self.fail(f"{value!r} is no speed: a number above 0, or max", param, ctx)
        return speed


@click.command("replay")
@click.option(
    "--tickets",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The municipal tickets, CSV or gzip: office, queue, date, ticket, issued_minute, called_minute.",
)
@click.option(
    "--desks",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The open desks of the same offices; without it an office has as many desks as queues.",
)
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="Which day of the files: 2020-01-09.")
@click.option("--map", "mapped", type=Pair(), multiple=True, help="An office of the files and its node: O19=RCP.")
@click.option("--synthetic", type=click.IntRange(1, OFFICES_MAX), help="A generated day of that many offices instead.")
@click.option("--seed", default=7, show_default=True, help="Applicants, services, and the generated day.")
@click.option("--speed", type=Speed(), default=SPEED_DEFAULT, show_default=True, help="Times real time; max: no pause.")
@click.option("--cut", "cuts", type=Pair(), multiple=True, help="When the line of a node is down: RCP=09:00-14:00.")
@click.option(
    "--staff",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path(".demo/accounts.json"),
    show_default=True,
    help="Addresses, administrators and who may watch the city: JSON or TOML (edge_node/replay/README.md).",
)
@click.option("--line-control", help="Where lines are cut and mended, if not as the staff file says.")
@click.option("--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), help="The report as JSON.")
def replay_command(
    *,
    tickets: Path | None,
    desks: Path | None,
    day: datetime | None,
    mapped: tuple[tuple[str, str], ...],
    synthetic: int | None,
    seed: int,
    speed: float,
    cuts: tuple[tuple[str, str], ...],
    staff: Path,
    line_control: str | None,
    json_file: Path | None,
) -> None:
    """Drive running nodes through a day of real or generated visitors, over HTTP; then hold the hub against them.

    Exit status 1 when anything was lost or doubled, or the hub did not equal the nodes in time.
    """
    stage = _stage(staff, line_control)
    if synthetic is not None:
        if tickets or desks or day or mapped:
            raise click.UsageError("--synthetic goes without --tickets, --desks, --day and --map")
        title, days = "a generated day", _generated(synthetic, seed=seed, stage=stage)
    else:
        if tickets is None or day is None or not mapped:
            raise click.UsageError("either --tickets, --day and --map, or --synthetic OFFICES")
        title, days = day.date().isoformat(), _read(tickets, desks, day=day.date(), mapped=mapped)
    for office_id in days:
        if office_id not in stage.offices:
            raise click.UsageError(f"{staff} names no node of {office_id}: it has {', '.join(sorted(stage.offices))}")
    script = Script(title=title, days=days, outages=_outages(cuts, days), seed=seed, speed=speed or None)
    report = _run(script, stage)
    if json_file is not None:
        json_file.write_bytes(as_json(report))
    print_report(report, Console() if sys.stdout.isatty() else Console(width=COLUMNS_WITHOUT_TERMINAL))
    sys.exit(0 if report.is_clean else FAILED_STATUS)


def _stage(staff: Path, line_control: str | None) -> Stage:
    try:
        return load_stage(staff, line_control=line_control)
    except StageWrong as wrong:
        raise click.UsageError(str(wrong)) from wrong


def _read(
    tickets: Path, desks: Path | None, *, day: date, mapped: tuple[tuple[str, str], ...]
) -> dict[OfficeId, OfficeDay]:
    node_of = dict(mapped)
    if len(node_of) < len(mapped) or len(set(node_of.values())) < len(mapped):
        raise click.UsageError("--map: an office and a node may each be named once")
    try:
        days = read_day(tickets, desks=desks, day=day, offices=node_of)
    except (BadLine, DayMissing) as wrong:
        raise click.ClickException(str(wrong)) from wrong
    return {OfficeId(node_of[source]): found for source, found in days.items()}


def _generated(count: int, *, seed: int, stage: Stage) -> dict[OfficeId, OfficeDay]:
    """The regional centre, where there is one, gets the largest day."""
    nodes = sorted(stage.offices, key=lambda office_id: (office_id != "RCP", office_id))
    if count > len(nodes):
        raise click.UsageError(f"--synthetic {count}: only {len(nodes)} nodes are known")
    return dict(zip(nodes, synthetic_days(count, seed=seed), strict=False))


def _outages(cuts: tuple[tuple[str, str], ...], days: dict[OfficeId, OfficeDay]) -> dict[OfficeId, tuple[Outage, ...]]:
    found: dict[OfficeId, tuple[Outage, ...]] = {}
    for office, span in cuts:
        office_id = OfficeId(office)
        if office_id not in days:
            raise click.UsageError(f"--cut {office}: no such node in this replay")
        begins, _, ends = span.partition("-")
        try:
            outage = Outage(from_minute=minute_of_clock(begins), until_minute=minute_of_clock(ends))
        except ValueError as wrong:
            raise click.UsageError(f"--cut {office}: {wrong}") from wrong
        if outage.from_minute >= outage.until_minute:
            raise click.UsageError(f"--cut {office}: {span} ends before it begins")
        found[office_id] = (*found.get(office_id, ()), outage)
    return found


def _run(script: Script, stage: Stage) -> Report:
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )
    rows = {office_id: bars.add_task(office_id, total=None) for office_id in script.days}

    def progress(office_id: OfficeId, done: int, total: int) -> None:
        bars.update(rows[office_id], completed=done, total=total)

    async def play() -> Report:
        replay = Replay(script, stage, clock=SystemClock(), ids=SystemIds())
        try:
            return await replay.run(progress=progress)
        finally:
            await replay.close()

    try:
        with bars:
            return asyncio.run(play())
    except* (Refused, Unanswered, ValueError) as problems:
        raise click.ClickException("; ".join(_said(problems))) from problems


def _said(error: BaseException) -> Iterator[str]:
    """What each of the errors in a group says."""
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _said(each)
    else:
        yield str(error)
