"""The table of faults names tests that are there."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TABLE = Path(__file__).parent / "README.md"
NAMED = re.compile(r"`([a-z_/]+\.py)::(test_[a-z_0-9]+)`")


def names_in(path: Path) -> set[str]:
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, functions)}


def test_every_test_that_the_table_of_faults_names_is_there():
    named = NAMED.findall(TABLE.read_text("utf-8"))
    assert len(named) > 30
    missing = [
        f"{place}::{name}"
        for place, name in named
        if name not in names_in((ROOT / "tests" if "/" in place else TABLE.parent) / place)
    ]
    assert missing == []
