"""Every command that a README or a unit tells somebody to type is one that the programs know."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import rich_click as click

from central_hub.cli import main as central_hub
from device_drivers.cli import main as edge_devices
from edge_node.cli import main as edge_node

ROOT = Path(__file__).parents[2]
PROGRAMS: dict[str, click.Group] = {
    "edge-node": edge_node,
    "central-hub": central_hub,
    "edge-devices": edge_devices,
}
PAGES = sorted(
    page
    for place in ("", "ansible", "central_hub", "device_drivers", "edge_node", "images", "sync", "tests")
    for page in (ROOT / place).glob("README.md" if place in {"", "sync"} else "**/README.md")
)
ROLES = ROOT / "ansible/collections/ansible_collections/vikno/office/roles"
UNITS = sorted([*ROLES.glob("*/files/*.service"), *ROLES.glob("backup/templates/*.service.j2")])
FENCED = re.compile(r"^ *```.*?\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
IN_LINE = re.compile(r"`([^`]+)`")
STARTED = re.compile(r"^ExecStart=(.*?[^\\])$", re.MULTILINE | re.DOTALL)
AS_ANOTHER = re.compile(r"^runuser -u \S+ -- ")
INSTALLED = re.compile(r"^(?:exec )?/opt/vikno/current/bin/")


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """``words`` after the program's name; ``is_whole``: to be typed as it stands, not only named in a sentence."""

    program: str
    words: tuple[str, ...]
    is_whole: bool

    def __str__(self) -> str:
        return " ".join((self.program, *self.words))


def told_on(page: Path) -> Iterator[Told]:
    text = page.read_text("utf-8")
    for block in FENCED.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            for part in re.split(r"\s{2,}", re.sub(r"(^|\s)#.*", "", line.strip())):
                yield from commands_in(part, is_whole="|" not in part)
    listed = re.sub(r"`\s*·\s*`", " · ", FENCED.sub("", text))  # one list of one program's commands
    for span in IN_LINE.findall(listed):
        yield from commands_in(" ".join(span.split()), is_whole=False)


def started_by(unit: Path) -> Iterator[Told]:
    for app in ("edge-node", "central-hub"):
        text = unit.read_text("utf-8").replace("{{ backup_app }}", app)
        for line in STARTED.findall(re.sub(r"{{.*?}}", "1", text)):
            for part in re.split(r";|\|\||&&|\bdo\b|'", line.replace("\\\n", " ")):
                yield from commands_in(INSTALLED.sub("", part.strip()), is_whole=True)


def commands_in(text: str, *, is_whole: bool) -> Iterator[Told]:
    """Of ``program x a | b · c`` the commands ``x a``, ``x b`` and ``c``."""
    program, _, rest = AS_ANOTHER.sub("", text).partition(" ")
    if program not in PROGRAMS or not rest:
        return
    for each in rest.split(" · "):
        first, *others = (shlex.split(part.replace("[", " ").replace("]", " ")) for part in each.split(" | "))
        group = [word for word in first if not word.startswith("-")][:-1] if others else []
        yield Told(program=program, words=tuple(first), is_whole=is_whole)
        for other in others:
            yield Told(program=program, words=(*group[:1], *other), is_whole=is_whole)


def fault_of(told: Told) -> str | None:
    """What click has against the command; None when it would be run."""
    command: click.Command = PROGRAMS[told.program]
    words = list(told.words)
    if words == ["--version"]:
        return None
    while isinstance(command, click.Group):
        if not words and not told.is_whole:
            return None
        if not words or words[0] not in command.commands:
            return f"{told}: no such command"
        command = command.commands[words.pop(0)]
    if not told.is_whole:
        named = {name for option in command.params for name in option.opts}
        unknown = [word for word in words if word.startswith("-") and word.partition("=")[0] not in named]
        return f"{told}: no {unknown}" if unknown else None
    try:
        given, too_many, _ = command.make_parser(click.Context(command)).parse_args(words)
    except click.UsageError as error:
        return f"{told}: {error.format_message()}"
    typed = {name for name, value in given.items() if isinstance(value, (str, tuple, list)) and value}
    missing = {each.name for each in command.params if each.required and not each.envvar} - typed
    return f"{told}: too many {too_many}, missing {missing}" if too_many or missing else None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_tells_one_to_type_is_a_command(page: Path) -> None:
    assert [fault for told in told_on(page) if (fault := fault_of(told))] == []


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_what_a_unit_starts_is_a_command(unit: Path) -> None:
    assert [fault for told in started_by(unit) if (fault := fault_of(told))] == []


def test_commands_are_found_where_they_are_told() -> None:
    told = {str(each) for page in PAGES for each in told_on(page)}
    assert {
        "edge-node backup restore /var/backups/vikno/FILE.tar",
        "edge-node doctor",
        "central-hub backup recover",
        "central-hub node retire --cut-off",
    } <= told
    started = {str(each) for unit in UNITS for each in started_by(unit)}
    assert {"edge-node run", "edge-devices run --config /var/lib/edge-devices/devices.toml"} <= started
    assert any(each.startswith("central-hub backup send --copies") for each in started)


@pytest.mark.parametrize(
    "wrong",
    [
        "edge-node restore x.tar",
        "edge-node backup restore",
        "edge-node backup restore a.tar b.tar",
        "edge-node doctor --everything",
        "central-hub backup mark",
    ],
)
def test_a_command_that_is_none_is_noticed(wrong: str) -> None:
    assert [fault_of(told) for told in commands_in(wrong, is_whole=True)] != [None]
