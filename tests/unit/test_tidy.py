"""What the import contracts cannot say: sizes, clocks, names, and what the vocabulary may stand on."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("edge_node", "central_hub", "sync", "device_drivers")
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
BANNED_NAMES = {"utils", "helpers", "common", "misc", "manager", "core", "base"}
VOCABULARY_MAY_IMPORT = {"msgspec", "stdnum", "sync"}
CLOCK_CALLS = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time")}
TELLS_TIME = {"sync/ambient.py"}
MIGRATIONS = "migrations"  # generated tables, one function a version, written once and never read as rules
TOP_LEVEL = {
    *PACKAGES,
    *("ansible", "images", "tests", "README.md", "LICENSE", "CHANGELOG.md"),
    *("pyproject.toml", "requirements.lock", "Makefile"),
}


def modules(folder: Path = ROOT) -> Iterator[Path]:
    for package in PACKAGES:
        yield from (path for path in (folder / package).rglob("*.py") if "node_modules" not in path.parts)


def too_long(path: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    lines = len(text.splitlines())
    if lines > FILE_LINES_MAX:
        yield f"{path.name}: {lines} lines"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
            length = node.end_lineno - node.lineno + 1
            if length > FUNCTION_LINES_MAX and MIGRATIONS not in path.parts:
                yield f"{path.name}: {node.name} has {length} lines"


def clock_readings(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr=name)) if (owner, name) in CLOCK_CALLS:
                yield f"{path.name}:{node.lineno} reads the clock"


def foreign_imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module)
        for name in names:
            top = name.split(".")[0]
            if top not in sys.stdlib_module_names and top not in VOCABULARY_MAY_IMPORT:
                yield f"{path.name} imports {name}"


def test_files_and_functions_fit_in_the_head():
    assert [found for path in modules() for found in too_long(path)] == []


def test_rules_never_read_the_clock():
    rules = [path for path in modules() if "device_drivers" not in path.parts]
    rules = [path for path in rules if path.relative_to(ROOT).as_posix() not in TELLS_TIME]
    assert [found for path in rules for found in clock_readings(path)] == []


def test_the_vocabulary_stands_on_the_standard_library_alone():
    pure = (ROOT / "sync" / "vocabulary").rglob("*.py")
    assert [found for path in pure for found in foreign_imports(path)] == []


def test_no_module_has_a_name_that_says_nothing():
    assert [path for path in modules() if path.stem in BANNED_NAMES or path.parent.name in BANNED_NAMES] == []


def test_nothing_else_stands_at_the_top():
    visible = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert {name for name in visible if not name.endswith(".egg-info") and name != "__pycache__"} <= TOP_LEVEL


@pytest.mark.parametrize(
    ("text", "check"),
    [
        ("x = 1\n" * (FILE_LINES_MAX + 1), too_long),
        ("def long():\n" + "    x = 1\n" * FUNCTION_LINES_MAX, too_long),
        ("from datetime import datetime\nnow = datetime.now()\n", clock_readings),
        ("import httpx\n", foreign_imports),
    ],
)
def test_the_tidy_test_itself_fails_when_a_rule_is_broken(tmp_path: Path, text: str, check):
    broken = tmp_path / "broken.py"
    broken.write_text(text, encoding="utf-8")
    assert list(check(broken))
