"""Whatever a driver gives as its reason, a person reads what is and what to do, in both languages."""

import ast
from collections.abc import Iterator
from pathlib import Path

import device_drivers
import edge_node
from device_drivers.document_printer.cups_driver import REASONS as CUPS
from device_drivers.scanner.sane import REASONS as SANE
from device_drivers.ticket_printer.escpos import decode_status
from sync.web.i18n import Texts

DRIVERS = Path(device_drivers.__file__).parent
TEXTS = Texts.load([Path(edge_node.__file__).parent])
RAISED = {"Unavailable", "NeedsAttention", "OutcomeUnknown", "offline", "degraded", "NotPrinted"}
# a bank terminal's own words stand in the texts of payments; the last two are said of a simulator and of a file
ELSEWHERE = {"frame-refused", "refused-by-bank", "report-refused", "still-working", "unclear-answer", "aborted-by-host"}
NO_DEVICE = {"simulators-not-running", "settings-read-only"}


def said_by(module: Path) -> Iterator[str]:
    for call in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(call, ast.Call) and getattr(call.func, "id", None) in RAISED:
            given = [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg == "reason")]
            yield from (each.value for each in given if isinstance(each, ast.Constant) and each.value)


def test_every_reason_of_a_driver_is_said_with_its_remedy_in_both_languages() -> None:
    modules = [path for path in DRIVERS.rglob("*.py") if "payment_terminal" not in path.parts]
    reasons = {reason for module in modules for reason in said_by(module)} | set(CUPS.values()) | set(SANE.values())
    reasons |= {*decode_status(printer=0x1A, offline_cause=0x56, paper=0x72).reasons}
    reasons |= {*decode_status(printer=0x1A, offline_cause=0x12, paper=0x12).reasons}
    assert len(reasons) > 30
    silent = [
        f"{language} {kind}:{reason}"
        for reason in reasons - ELSEWHERE - NO_DEVICE
        for kind in ("device-reason", "device-remedy")
        for language in ("uk", "en")
        if TEXTS.keyed(f"{kind}:{reason}", language) is None
    ]
    assert sorted(silent) == []
