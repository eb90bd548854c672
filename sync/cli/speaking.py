"""How a command is told where to work, speaks to a person, and fails with a sentence that says what to do."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import rich_click as click
from rich.console import Console

F = TypeVar("F", bound=Callable[..., object])

console = Console(stderr=True)


class Failed(click.ClickException):
    """Ends the command with exit status 1 and a sentence that says what to do."""


def folder_of(app: str, *, keeps: str) -> Callable[[F], F]:
    """The option ``--folder``, where ``app`` lives; ``keeps``: what lies there."""
    return click.option(
        "--folder",
        type=click.Path(path_type=Path, file_okay=False),
        default=Path("/var/lib") / app,
        show_default=True,
        help=keeps,
    )


@contextmanager
def failing(*wrongs: type[Exception]) -> Iterator[None]:
    """What goes wrong in one of these ways ends the command with its own sentence."""
    try:
        yield
    except wrongs as wrong:
        raise Failed(str(wrong)) from wrong


def progress(name: str) -> None:
    """Which part of a long task is at hand, where a person looks on."""
    if console.is_terminal:
        console.print(f"  {name[: shutil.get_terminal_size().columns - 4]}", highlight=False)
