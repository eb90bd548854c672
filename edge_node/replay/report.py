"""What a replay found, for people and as JSON."""

from datetime import datetime
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from edge_node.replay.tally import Percentiles
from edge_node.replay.verdict import Verdict
from sync.vocabulary.ids import OfficeId
from sync.vocabulary.money import format_kopecks

KIB_PER_MIB = 1024


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """One side's counts; ``None`` where that side cannot know."""

    tickets: int | None
    calls: int | None
    served: int | None
    no_shows: int | None
    cases: int
    payments: int
    paid_kopecks: int | None


class OfficeReport(msgspec.Struct, frozen=True, kw_only=True):
    """One office: what the day held, what the office acknowledged, what the hub has."""

    office_id: OfficeId
    source: str
    desks: int
    desks_of_the_day: int
    planned: Counts
    office: Counts
    hub: Counts
    verdict: Verdict
    cuts: int
    seconds_until_equal_after_mend: float | None
    charges: dict[str, int]
    refusals: dict[str, int]


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """The most memory a process ever had resident; ``None`` when it is not there any more."""

    process: str
    pid: int
    peak_mib: float | None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The whole replay. Times are in milliseconds as the caller waited, repeats included; durations in seconds.

    ``load_average`` is that of the replay's machine over its last five minutes: figures of a busy one are no measure.
    """

    day: str
    seed: int
    speed: float | None
    began_at: datetime
    seconds: float
    offices: tuple[OfficeReport, ...]
    lost: int
    doubled: int
    quarantined: int
    seconds_until_equal_after_last_mend: float | None
    seconds_until_equal_at_end: float | None
    requests: int
    requests_per_second: float
    repeats: int
    lag_seconds_max: float
    cpus: int
    load_average: float
    times: dict[str, Percentiles]
    memory: tuple[Memory, ...]

    @property
    def is_clean(self) -> bool:
        """Nothing lost, doubled or disbelieved, and the hub equal to the nodes in time."""
        return self.lost == self.doubled == self.quarantined == 0 and self.seconds_until_equal_at_end is not None


def peak_memory(processes: dict[str, int]) -> tuple[Memory, ...]:
    """The peak of each process, as Linux counts it (``VmHWM``)."""
    return tuple(Memory(process=name, pid=pid, peak_mib=_peak_mib(pid)) for name, pid in processes.items())


def _peak_mib(pid: int) -> float | None:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return None
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return round(int(line.split()[1]) / KIB_PER_MIB, 1)
    return None


def as_json(report: Report) -> bytes:
    """Indented JSON."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2)


def print_report(report: Report, console: Console) -> None:
    """Tables for a person."""
    console.print(_offices(report))
    console.print(_times(report))
    if report.memory:
        console.print(_memory(report))
    console.print(
        f"lost [bold]{report.lost}[/], doubled [bold]{report.doubled}[/], quarantined [bold]{report.quarantined}[/] · "
        f"hub equal {_seconds(report.seconds_until_equal_after_last_mend)} after the last mend, "
        f"{_seconds(report.seconds_until_equal_at_end)} after the end"
    )
    speed = "as fast as possible" if report.speed is None else f"{report.speed:g} times real time"
    console.print(
        f"{report.day} in {report.seconds:.0f} s ({speed}, seed {report.seed}), {report.requests} requests, "
        f"{report.requests_per_second:.0f}/s, {report.repeats} repeated, at most {report.lag_seconds_max:.1f} s late; "
        f"{report.cpus} CPUs, load average {report.load_average:.1f}"
    )
    for office in report.offices:
        if office.refusals:
            console.print(f"{office.office_id} refused: {office.refusals}", style="yellow")


def _offices(report: Report) -> Table:
    table = Table(title="office = hub?", title_justify="left")
    for column in ("office", "from", "desks", "side", "tickets", "calls", "served", "cases", "payments", "paid"):
        table.add_column(column, justify="left" if column in {"office", "from", "side"} else "right")
    table.add_column("lost / doubled", justify="right")
    for office in report.offices:
        desks = f"{office.desks} of {office.desks_of_the_day}"
        verdict = f"{office.verdict.lost} / {office.verdict.doubled}"
        table.add_row("", "", "", "day", *_cells(office.planned), "")
        table.add_row(office.office_id, office.source, desks, "office", *_cells(office.office), "")
        table.add_row("", "", "", "hub", *_cells(office.hub), verdict, end_section=True)
    return table


def _cells(counts: Counts) -> list[str]:
    numbers = (counts.tickets, counts.calls, counts.served, counts.cases, counts.payments)
    paid = "–" if counts.paid_kopecks is None else format_kopecks(counts.paid_kopecks)
    return [*("–" if number is None else str(number) for number in numbers), paid]


def _times(report: Report) -> Table:
    table = Table(title="milliseconds", title_justify="left")
    for column in ("what", "count", "p50", "p95", "p99", "longest"):
        table.add_column(column, justify="left" if column == "what" else "right")
    for what, times in report.times.items():
        row = (times.p50, times.p95, times.p99, times.longest)
        table.add_row(what, str(times.count), *(f"{each:.1f}" for each in row))
    return table


def _memory(report: Report) -> Table:
    table = Table(title="peak memory", title_justify="left")
    table.add_column("process")
    table.add_column("MiB", justify="right")
    for each in report.memory:
        table.add_row(each.process, "gone" if each.peak_mib is None else f"{each.peak_mib:.0f}")
    return table


def _seconds(value: float | None) -> str:
    return "never" if value is None else f"{value:.1f} s"
