"""``python -m tests.mutation [module …] --jobs 1``: mutmut over each module, judged by the tests that are its own.

It works on a copy in ``.mutants/``; there ``mutmut show <name>`` shows what a survivor changed. Exit status 1 when a
module's score is below the bar.
"""

import argparse
import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
COPY = ROOT / ".mutants"
COPIED = ("sync", "edge_node", "central_hub", "device_drivers", "tests")
LEFT_OUT = ("node_modules", "__pycache__", "vendor", ".*")
SCORE_PERCENT_MIN = 85
CHECK = ("tests/unit/documents/test_validator.py", "tests/unit/documents/test_plain.py")
DOCUMENTS = ("tests/unit/documents/test_document.py", "tests/property/documents")
CASE = tuple(path.relative_to(ROOT).as_posix() for path in sorted(ROOT.glob("tests/*/vocabulary/test_case*.py")))
REPLICATION = ("tests/unit/replication",)
FOLDS = ("disputes", "events", "facts", "folding", "redaction", "resolving", "traces", "transitions")
LINE = (
    "engine",
    "erasure",
    "inbox",
    "incarnation",
    "leases",
    "outbox",
    "rebase",
    "refetch",
    "sentinel",
)
JUDGES = {
    "sync/documents/encoding.py": CHECK,
    "sync/documents/validator.py": CHECK,
    "sync/documents/document.py": DOCUMENTS,
    # of state.py nothing is mutated: properties alone
    **{f"sync/vocabulary/case/{name}.py": CASE for name in FOLDS},
    **{f"sync/replication/{name}.py": REPLICATION for name in LINE},
}
CAUGHT = {1: "killed", 3: "killed", 36: "timeout", 24: "timeout", 152: "timeout", 255: "timeout", -24: "timeout"}
PASSED_OVER = 34
SETTINGS = """
[tool.mutmut]
source_paths = ["sync"]
only_mutate = ["{module}"]
pytest_add_cli_args = ["-p", "no:randomly", "-p", "no:schemathesis", "-p", "no:faker", "--hypothesis-seed=0"]
pytest_add_cli_args_test_selection = [{tests}]
use_git_change_detection = false
track_dependencies = false
"""


def main() -> int:
    parser = argparse.ArgumentParser(description="Faults planted one at a time, and the share that the tests notice.")
    parser.add_argument("modules", nargs="*", choices=[[], *JUDGES], default=[])
    parser.add_argument("--jobs", type=int, default=1)
    wanted = parser.parse_args()
    _copy()
    scores = [_score(module, jobs=wanted.jobs) for module in wanted.modules or JUDGES]
    return 0 if all(score >= SCORE_PERCENT_MIN for score in scores) else 1


def _copy() -> None:
    shutil.rmtree(COPY, ignore_errors=True)
    for name in COPIED:
        shutil.copytree(ROOT / name, COPY / name, ignore=shutil.ignore_patterns(*LEFT_OUT))


def _score(module: str, *, jobs: int) -> float:
    tests = ", ".join(f'"{each}"' for each in JUDGES[module])
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8") + SETTINGS.format(module=module, tests=tests)
    (COPY / "pyproject.toml").write_text(settings, encoding="utf-8")
    shutil.rmtree(COPY / "mutants", ignore_errors=True)
    mutmut = Path(sys.executable).with_name("mutmut")
    ran = subprocess.run(
        [mutmut, "run", "--max-children", str(jobs)], cwd=COPY, capture_output=True, text=True, check=False
    )
    kept = COPY / "mutants" / f"{module}.meta"
    if ran.returncode != 0 or not kept.exists():
        raise SystemExit(ran.stdout[-2000:] + ran.stderr[-2000:])
    codes: dict[str, int | None] = json.loads(kept.read_text(encoding="utf-8"))["exit_code_by_key"]
    judged = {name: code for name, code in codes.items() if code != PASSED_OVER}
    survivors = [name for name, code in judged.items() if code not in CAUGHT]
    score = 100 * (1 - len(survivors) / max(len(judged), 1))
    how = Counter(CAUGHT[code] for code in judged.values() if code in CAUGHT)
    sys.stdout.write("".join(f"  {name}\n" for name in survivors))
    sys.stdout.write(f"{module}: {score:.1f} % of {len(judged)} ({dict(how)}, survived {len(survivors)})\n")
    sys.stdout.flush()
    return score


if __name__ == "__main__":
    sys.exit(main())
