"""A payment storm: cards at a terminal whose cable is cut after any byte, while node and drivers are killed.

``python -m tests.processes.paying [--charges 1000]``: exit status 1 when the ledger and the terminal disagree, a card
was charged twice, or an outcome that nobody knows is not on the ledger's list.
"""

import json
import socket
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from random import Random
from typing import Any

import httpx

from device_drivers.payment_terminal.simulated_bank import Line
from device_drivers.payment_terminal.simulator import PaymentTerminalSimulator
from tests.processes.city import APPLICATION, LinedOffice
from tests.processes.cutting_line import CuttingLine
from tests.processes.storming import run
from tests.support.processes import BIN, NotInTimeError, Served, wait_until

CHARGES_OF_A_CASE = 20
FEE_KOPECKS = 50_000_000
CONVERSATION_BYTES_MAX = 2_600  # greeting, last operation, greeting, purchase, and their answers
KILL_SECONDS_MAX = 0.3  # after the button is pressed
SETTLE_SECONDS_MAX = 90
THINK_SECONDS = 0.03
KILLS_AT_DAY_END = 3
OPEN = ("intended", "sending", "unknown")
VOIDED_PART = 0.15  # of the approved, undone under a trouble of their own
FOR_A_PERSON = ("undecided", "already-counted")
TROUBLES = {
    "none": 20,
    "cut": 45,
    "deaden": 5,
    "kill-node": 6,
    "kill-drivers": 8,
    "kill-both": 2,
    "lose-answer": 4,
    "drop-before-charge": 4,
    "declined": 3,
    "partial": 3,
}


class Drivers(Served):
    """The drivers' process of an office with one device; ``table`` is its part of devices.toml."""

    def __init__(self, folder: Path, *, table: str) -> None:
        self._socket = folder / "devices.sock"
        settings = folder / "devices.toml"
        settings.write_text(f'socket = "{self._socket}"\n{table}', encoding="utf-8")
        command = [str(BIN / "edge-devices"), "run", "--config", str(settings)]
        super().__init__(command, port=0, log=folder / "devices.log")

    def is_ready(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self._socket)) == 0


class Till:
    """Who takes payments at an office, whatever happens."""

    def __init__(self, office: LinedOffice, *, seed: int) -> None:
        self._office = office
        self._random = Random(seed)
        folder = office.process.folder
        self.terminal = PaymentTerminalSimulator(folder / "terminal.jsonl", think_seconds=THINK_SECONDS)
        self.terminal.start()
        self.line = CuttingLine(self.terminal.address)
        self.drivers = Drivers(
            folder,
            table=f'[devices.payment-terminal]\ndriver = "privat-tcp"\naddress = "{self.line.address}"\n'
            "answer_seconds = 1.0\nsettle_seconds = 0.01\npurchase_seconds = 2.0\n",
        )
        self.drivers.start()
        self.troubles: Counter[str] = Counter()
        self.ends: Counter[str] = Counter()
        self.settled_by_person = 0
        self.voids = 0
        self._case_id = ""

    def close(self) -> None:
        self.drivers.stop()
        self.line.close()
        self.terminal.close()

    def take(self, charges: int) -> None:
        """So many payments, each of another amount, one after another."""
        with self._office.process.sign_in() as client, ThreadPoolExecutor(1) as button:
            for number in range(charges):
                if number % CHARGES_OF_A_CASE == 0:
                    self._case_id = self._open_case(client)
                self._pay(client, button, number)

    def end_day(self) -> None:
        """Close the shift, the node killed at any moment of that again and again, until it is closed."""
        with self._office.process.sign_in() as client, ThreadPoolExecutor(1) as button:
            for _ in range(KILLS_AT_DAY_END):
                pressed = button.submit(self._close_shift, client)
                self._random_moment()
                self._office.process.kill()
                self._office.process.start()
                pressed.result()
            wait_until(lambda: self._close_shift(client), what="the end of the day", seconds=SETTLE_SECONDS_MAX)

    def _close_shift(self, client: httpx.Client) -> bool:
        """Press the button where a shift is open; whether none is left."""
        left = self._office.rows("select id, state from shifts where state <> 'closed'")
        for shift_id, state in left:
            if state == "open":
                with suppress(httpx.HTTPError):
                    client.post(f"/payments/shifts/{shift_id}/closing", data={"counted": ""})
        return not left

    def listed(self) -> list[str]:
        """Charges that the ledger does not know the end of."""
        states = "', '".join(OPEN)
        return [str(row[0]) for row in self._office.rows(f"select id from charges where state in ('{states}')")]  # noqa: S608 - three words of ours

    def _open_case(self, client: httpx.Client) -> str:
        free = "select service_code from services where json_extract(record, '$.fee.kind') = 'by_clerk' order by 1"
        wait_until(lambda: self._office.rows(free), what="a service whose fee the clerk states")
        body = {**APPLICATION, "service_code": self._office.rows(free)[0][0], "fee_kopecks": FEE_KOPECKS}
        key, opened = f"paid-{len(self._office.answered)}", list[str]()

        def has_opened() -> bool:
            answer = client.post("/api/cases", json=body, headers={"Idempotency-Key": key})
            if answer.is_success:
                opened.append(str(answer.json()["case_id"]))
                self._office.answered[key] = str(answer.json()["number"])
            return answer.is_success

        wait_until(has_opened, what="a case")
        return opened[0]

    def _pay(self, client: httpx.Client, button: ThreadPoolExecutor, number: int) -> None:
        kopecks = 10_000 + number
        ask = {
            "url": f"/api/cases/{self._case_id}/charges",
            "json": {"amount_kopecks": kopecks},
            "headers": {"Idempotency-Key": f"c{number}"},
        }
        charge = self._under_trouble(client, button, ask)
        assert charge["amount_kopecks"] == kopecks, "another charge than the one that was asked for"
        if charge["state"] == "approved" and self._random.random() < VOIDED_PART:
            ask = {"url": f"/cases/{self._case_id}/payment/{charge['id']}/void"}
            void = self._under_trouble(client, button, ask, is_asked_again=False)
            self.voids += void["kind"] == "void" and void["state"] == "approved"

    def _under_trouble(
        self, client: httpx.Client, button: ThreadPoolExecutor, ask: dict[str, Any], *, is_asked_again: bool = True
    ) -> dict[str, Any]:
        """Press the button while something goes wrong; the latest charge of the case at its end."""
        trouble = self._random.choices(list(TROUBLES), weights=list(TROUBLES.values()))[0]
        self.troubles[trouble] += 1
        self._arrange(trouble)
        pressed = button.submit(client.post, **ask)
        self._kill(trouble)
        try:
            answered = pressed.result().is_success
        except httpx.HTTPError:
            answered = False
        if not answered and is_asked_again:  # who had no answer asks again under the same key
            self._heal()
            wait_until(lambda: client.post(**ask).is_success, what=f"{ask['url']} is taken")
        charge = self._settle(client)
        self._heal()
        return charge

    def _arrange(self, trouble: str) -> None:
        match trouble:
            case "cut":
                self.line.cut_after(self._random.randrange(CONVERSATION_BYTES_MAX))
            case "deaden":
                self.line.deaden_after(self._random.randrange(CONVERSATION_BYTES_MAX))
            case "lose-answer" | "drop-before-charge" | "declined" | "partial":
                self.terminal.set_fault(trouble)

    def _kill(self, trouble: str) -> None:
        victims = {
            "kill-node": [self._office.process],
            "kill-drivers": [self.drivers],
            "kill-both": [self._office.process, self.drivers],
        }.get(trouble, [])
        if victims:
            self._random_moment()
            for victim in victims:
                victim.kill()
            for victim in victims:
                victim.start()

    def _random_moment(self) -> None:
        """Look away for a part of what a charge takes: the moment of a kill is drawn, not waited for."""
        carried, aim = self.line.carried_bytes, self._random.randrange(CONVERSATION_BYTES_MAX)
        try:
            wait_until(lambda: self.line.carried_bytes - carried >= aim, what="bytes", seconds=KILL_SECONDS_MAX)
        except NotInTimeError:
            return  # it had fewer bytes to say

    def _heal(self) -> None:
        self.line.mend()
        self.terminal.set_fault(None)

    def _settle(self, client: httpx.Client) -> dict[str, Any]:
        """Follow the latest charge to its end: by itself, by asking the terminal, by a person who reads its journal."""
        charge: dict[str, Any] = {}

        def has_left_the_terminal() -> bool:
            charge.update(client.get(f"/api/cases/{self._case_id}/charges").json()[0])
            return charge["state"] not in {"intended", "sending"}

        def has_ended() -> bool:
            if has_left_the_terminal() and charge["state"] == "unknown" and charge["reason"] not in FOR_A_PERSON:
                charge.update(client.post(f"/api/charges/{charge['id']}/inquiry").json())
            return charge["state"] not in OPEN or charge["reason"] in FOR_A_PERSON

        wait_until(has_left_the_terminal, what="the end of an act", seconds=SETTLE_SECONDS_MAX)
        self._heal()
        wait_until(has_ended, what=f"the end of {charge}", seconds=SETTLE_SECONDS_MAX)
        if charge["state"] == "unknown":
            self.settled_by_person += 1
            found = [line for line in self.terminal.ledger() if _is_of(line, charge)]
            body = {"reference": str(found[0]["rrn"])} if found else {}
            settled = client.post(f"/api/charges/{charge['id']}/settlement", json=body).raise_for_status()
            charge.update(settled.json())
        self.ends[str(charge["state"])] += 1
        return charge


def _is_of(line: Line, charge: dict[str, Any]) -> bool:
    return (line["kind"], line["kopecks"], line["code"]) == (charge["kind"], charge["amount_kopecks"], "0000")


def differences(till: Till, office: LinedOffice) -> Iterator[str]:
    """What the ledger and the terminal disagree about."""
    moved = [line for line in till.terminal.ledger()[1:] if line["code"] in {"0000", "0010"}]
    taken = [line for line in moved if line["kind"] == "charge"]
    undone = Counter(line["of"] for line in moved if line["kind"] == "void")
    ledger = [
        (int(str(charged)), json.loads(str(slip)), str(charge_id))
        for charge_id, charged, slip in office.rows(
            "select id, charged_kopecks, slip from charges "
            "where kind = 'charge' and state in ('approved', 'partially_approved')"
        )
    ]
    voided = office.rows(
        "select count(*), coalesce(sum(charged_kopecks), 0) from charges where kind = 'void' and state = 'approved'"
    )[0]
    unknown = till.listed()
    by_terminal, by_ledger = sum(int(line["kopecks"]) for line in taken), sum(row[0] for row in ledger)
    if by_terminal != by_ledger and not unknown:
        yield f"the terminal took {by_terminal}, the ledger knows of {by_ledger}"
    asked = Counter(line["kopecks"] for line in taken if line["code"] == "0000")
    yield from (f"{kopecks} was charged {times} times" for kopecks, times in asked.items() if times > 1)
    told = Counter(slip["rrn"] for _, slip, _ in ledger)
    yield from (f"{rrn} is in the ledger {times} times" for rrn, times in told.items() if times > 1)
    yield from (f"{rrn} is in the ledger only" for rrn in told.keys() - {line["rrn"] for line in taken})
    lost = {str(line["rrn"]) for line in taken} - told.keys()
    if len(lost) > len(unknown):
        yield f"{sorted(lost)} were taken, and {unknown} are listed"
    paid = office.rows("select coalesce(sum(paid_kopecks), 0) from cases where paid_kopecks > 0")[0][0]
    if paid != by_ledger - int(str(voided[1])):
        yield f"the cases were paid {paid}, the ledger knows of {by_ledger} less {voided[1]}"
    counted = office.rows("select ledger_kopecks, terminal_kopecks from shifts")
    yield from (f"the shift's end says {ledger} and {terminal}" for ledger, terminal in counted if ledger != terminal)
    yield from (f"{invoice} was undone {times} times" for invoice, times in undone.items() if times > 1)
    if len(undone) != voided[0] and not unknown:
        yield f"the terminal undid {len(undone)}, the ledger knows of {voided[0]}"


def storm(office: LinedOffice, *, count: int, seed: int) -> str:
    """Take so many payments under faults; the figures. Raises NotInTimeError with what is lost or doubled."""
    with closing(Till(office, seed=seed)) as till:
        till.take(count)
        till.end_day()
        found = list(differences(till, office))
        if found:
            raise NotInTimeError("; ".join(found[:10]))
        kopecks = till.terminal.facts()["charged_kopecks"]
        ends = " ".join(f"{name}={count}" for name, count in sorted(till.ends.items()))
        troubles = " ".join(f"{name}={count}" for name, count in sorted(till.troubles.items()))
        return (
            f"charges={count} {ends} by_person={till.settled_by_person} listed={len(till.listed())} "
            f"voids={till.voids} kopecks={kopecks} doubled=0 lost=0 ({troubles})"
        )


if __name__ == "__main__":
    sys.exit(run(storm, description="Payments while cables are cut and processes killed.", what="charges", count=1_000))
