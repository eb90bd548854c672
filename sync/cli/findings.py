"""``doctor``: what a check found, how it is told, and the checks of every machine."""

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NoReturn

import msgspec
import rich_click as click

from sync.documents import document

State = Literal["ok", "warn", "fail"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One check: ``ok``, ``warn`` (it works, and will want a person) or ``fail`` (it does not work).

    ``what`` says what is, ``remedy`` what to do; ``reasons`` are a device's own words for programs that read this.
    """

    check: str
    state: State
    what: str
    remedy: str = ""
    reasons: tuple[str, ...] = ()


def disk_room(folder: Path, *, free_bytes_min: int, larger: str) -> Finding:
    """Whether there is room, and the right to write; ``larger``: what helps besides freeing some."""
    free = shutil.disk_usage(folder).free
    what = f"{free >> 20} MiB free in {folder}"
    if not os.access(folder, os.W_OK):
        return Finding(check="disk", state="fail", what=what, remedy="the folder is not writable: check its owner")
    if free < free_bytes_min:
        return Finding(check="disk", state="warn", what=what, remedy=f"free some space or {larger}")
    return Finding(check="disk", state="ok", what=what)


def access_log(broken_at: int | None) -> Finding:
    """Whether the access log's chain is whole; ``broken_at``: the number of its first line that is not as written."""
    if broken_at is None:
        return Finding(check="access log", state="ok", what="its chain is whole")
    what, remedy = f"changed at entry {broken_at}", "compare with the last backup"
    return Finding(check="access log", state="fail", what=what, remedy=remedy)


def documents_merge() -> Finding:
    """Whether the installed library keeps updates that come out of order."""
    try:
        document.self_test()
    except RuntimeError as error:
        remedy = "install the versions of requirements.lock"
        return Finding(check="documents", state="fail", what=str(error), remedy=remedy)
    return Finding(check="documents", state="ok", what="out-of-order updates are kept")


def tell(findings: Sequence[Finding], *, as_json: bool) -> NoReturn:
    """Print what was found, and end with exit status 1 where a check fails."""
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(findings)).decode())
    else:
        for finding in findings:
            remedy = f" → {finding.remedy}" if finding.remedy else ""
            click.echo(f"{finding.state:<5} {finding.check}: {finding.what}{remedy}")
    sys.exit(any(finding.state == "fail" for finding in findings))
