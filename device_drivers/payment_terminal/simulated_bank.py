"""What simulated terminals have charged: a ledger in a file, which outlives them and is there to be compared with."""

import json
from datetime import UTC, datetime
from pathlib import Path

Line = dict[str, str | int]

OPENING_LINE: Line = {
    "kind": "charge",
    "invoice": "000100",
    "rrn": "032600000100",
    "kopecks": 12_345,
    "code": "0000",
    "merchant": "1",
}
TAKEN = frozenset({"0000", "0010"})
DAY_END = "day-end"
SIGN = {"charge": 1, "void": -1, "refund": -1, DAY_END: 0}


class SimulatedBank:
    """Operations in their order; an end of day begins the terminal's batch anew, and forgets nothing here."""

    def __init__(self, ledger: Path) -> None:
        self.path = ledger
        ledger.parent.mkdir(parents=True, exist_ok=True)
        if not ledger.exists():
            self._write(OPENING_LINE)  # yesterday's last payer: a terminal is seldom new

    def lines(self) -> list[Line]:
        """Every operation, the opening one first."""
        return [{"kind": "charge", **json.loads(line)} for line in self.path.read_text("utf-8").splitlines()]

    def batch(self) -> list[Line]:
        """The operations since the last end of day; the opening one is among those of the first batch."""
        lines = self.lines()
        ends = [number for number, line in enumerate(lines) if line["kind"] == DAY_END]
        return lines[ends[-1] + 1 :] if ends else lines

    def last(self) -> Line | None:
        """The last operation of the batch."""
        batch = self.batch()
        return batch[-1] if batch else None

    def find(self, invoice: str) -> Line | None:
        """The operation of the batch with this number."""
        return next((line for line in self.batch() if line["invoice"] == invoice), None)

    def is_voided(self, line: Line) -> bool:
        """Whether a charge was undone."""
        return any(each.get("of") == line["invoice"] and each["kind"] == "void" for each in self.batch())

    def total_kopecks(self, *, merchant: str = "0") -> int:
        """What the batch counts for a merchant, or for all; yesterday's payer is settled."""
        return sum(
            SIGN[str(line["kind"])] * int(line["kopecks"])
            for line in self.batch()
            if line["code"] in TAKEN
            and line["invoice"] != OPENING_LINE["invoice"]
            and merchant in {"0", line["merchant"]}
        )

    def enter(self, kind: str, *, kopecks: int, code: str, merchant: str, of: str = "") -> Line:
        """Write an operation down."""
        number = len(self.lines()) + int(str(OPENING_LINE["invoice"]))
        line: Line = {
            "kind": kind,
            "invoice": f"{number:06d}",
            "rrn": f"0326{number:08d}",
            "kopecks": kopecks,
            "code": code,
            "merchant": merchant,
            "of": of,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        self._write(line)
        return line

    def end_day(self) -> None:
        """Settle the batch."""
        self.enter(DAY_END, kopecks=0, code="0000", merchant="0")

    def facts(self) -> dict[str, str | int]:
        """What was done, for people and tests."""
        lines = self.lines()[1:]
        taken = [line for line in lines if line["code"] in TAKEN]
        charged = sum(int(line["kopecks"]) for line in taken if line["kind"] == "charge")
        given_back = sum(int(line["kopecks"]) for line in taken if SIGN[str(line["kind"])] < 0)
        return {
            "operations": len(lines),
            "charged_kopecks": charged,
            "given_back_kopecks": given_back,
            "ledger": str(self.path),
        }

    def _write(self, line: Line) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
