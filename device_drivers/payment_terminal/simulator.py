"""A bank terminal that is not there: PrivatBank's ECR JSON over TCP, with a ledger in a file to compare with.

It shares no code with the driver and is as untidy as the real ones: answers come in two pieces, an unasked message
in front of them. Faults say what happens to the next payer, and to those after:

* ``declined``, ``partial`` (half), ``cancelled``, ``busy``, ``paper-out``
* ``lose-answer``: charges, then drops the line; ``drop-before-charge``: drops it without charging
* ``silent``: takes the line and says nothing, as with an old session held
"""

import json
import socket
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from device_drivers.simulated import TcpSimulator

OPENING_LINE: dict[str, str | int] = {
    "invoice": "000100",
    "rrn": "032600000100",
    "kopecks": 12_345,
    "code": "0000",
    "merchant": "1",
}
TERMINAL_ID = "SIMKHA01"


class PaymentTerminalSimulator(TcpSimulator):
    """Charges everybody, unless a fault is set; ``think_seconds`` is how long a card takes."""

    FAULTS: ClassVar[tuple[str, ...]] = (
        "declined",
        "partial",
        "cancelled",
        "lose-answer",
        "drop-before-charge",
        "busy",
        "paper-out",
        "silent",
    )

    def __init__(self, ledger: Path, *, port: int = 0, think_seconds: float = 0.0) -> None:
        super().__init__(port=port)
        self._ledger = ledger
        self._think_seconds = think_seconds
        self.purchases_received = 0
        ledger.parent.mkdir(parents=True, exist_ok=True)
        if not ledger.exists():
            self._write_line(OPENING_LINE)  # yesterday's last payer: a terminal is seldom new

    def facts(self) -> dict[str, str | int]:
        lines = self.ledger()[1:]
        charged = sum(int(line["kopecks"]) for line in lines if line["code"] in {"0000", "0010"})
        return {
            "operations": len(lines),
            "charged_kopecks": charged,
            "purchases_received": self.purchases_received,
            "ledger": str(self._ledger),
        }

    def ledger(self) -> list[dict[str, str | int]]:
        """All operations the terminal remembers, the opening one first."""
        return [json.loads(line) for line in self._ledger.read_text("utf-8").splitlines()]

    def serve(self, client: socket.socket) -> None:
        pending = b""
        while (chunk := self.received(client)) is not None:
            pending += chunk
            while b"\x00" in pending:
                message, pending = pending.split(b"\x00", 1)
                if message and not self._answer(client, json.loads(message)):
                    return

    def _answer(self, client: socket.socket, message: dict[str, object]) -> bool:
        """Answer one message; False when the line is to be dropped."""
        method = str(message["method"])
        params = message.get("params")
        asked = params if isinstance(params, dict) else {}
        if self.fault == "silent":
            return True
        if method == "ServiceMessage":
            self._say(client, method, self._service(str(asked.get("msgType", "")).strip()))
        elif self.fault == "busy":
            self._say(client, "ServiceMessage", {"msgType": "deviceBusy"})
        elif method == "PingDevice":
            self._say(client, method, {"code": "00", "responseCode": "0000"})
        elif method == "GetReceiptInfo":
            self._say(client, method, _facts_of(self.ledger()[-1]))
        elif method == "Purchase":
            return self._purchase(client, asked)
        else:
            self._say(client, "ServiceMessage", {"msgType": " methodNotImplemented"})
        return True

    def _service(self, kind: str) -> dict[str, str]:
        match kind:
            case "identify":
                return {"msgType": kind, "result": "true", "vendor": "Vikno", "model": "simulator"}
            case "getLastStatMsgCode":
                return {"msgType": kind, "LastStatMsgCode": "0"}
            case "getMerchantList":
                return {"1": "Адміністративні послуги", "2": "Супутні послуги", "msgType": kind}
            case _:
                return {"msgType": " methodNotImplemented"}

    def _purchase(self, client: socket.socket, asked: dict[str, object]) -> bool:
        self.purchases_received += 1
        fault = self.fault
        if fault == "drop-before-charge":
            return False
        if "discount" not in asked or "merchantId" not in asked:
            self._say(client, "Purchase", {"responseCode": "1000"}, error="Введіть discount")
            return True
        short = {"cancelled": ("1001", "Transaction canceled by user"), "paper-out": ("1005", "No paper in printer")}
        if fault in short:
            self._say(client, "Purchase", {"responseCode": short[fault][0]}, error=short[fault][1])
            return True
        time.sleep(self._think_seconds)  # a terminal waits for its host and the person
        hryvnias, _, rest = str(asked["amount"]).partition(".")
        kopecks = int(hryvnias) * 100 + int(rest)
        code = {"declined": "0005", "partial": "0010"}.get(fault or "", "0000")
        line = self._enter(kopecks // 2 if fault == "partial" else kopecks, code, str(asked["merchantId"]))
        if fault == "lose-answer":
            return False
        refused = "ВІДХИЛЕНО! ЗВЕРНІТЬСЯ ДО БАНКУ-ЕМІТЕНТА КАРТКИ" if code == "0005" else ""
        self._say(client, "Purchase", _facts_of(line), error=refused)
        return True

    def _enter(self, kopecks: int, code: str, merchant: str) -> dict[str, str | int]:
        number = int(str(self.ledger()[-1]["invoice"])) + 1
        line: dict[str, str | int] = {
            "invoice": f"{number:06d}",
            "rrn": f"0326{number:08d}",
            "kopecks": kopecks,
            "code": code,
            "merchant": merchant,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        self._write_line(line)
        return line

    def _write_line(self, line: dict[str, str | int]) -> None:
        with self._ledger.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")

    @staticmethod
    def _say(client: socket.socket, method: str, params: dict[str, str], *, error: str = "") -> None:
        reply = {"method": method, "step": 0, "params": params, "error": bool(error), "errorDecsription": error}
        message = json.dumps(reply, ensure_ascii=False).encode() + b"\x00"
        unasked = b'{"method": "ServiceMessage", "step": 0, "params": {"msgType": "debugOff"}, "error": false}\x00'
        client.sendall(unasked + message[:7] if method != "ServiceMessage" else message[:7])
        client.sendall(message[7:])


def _facts_of(line: dict[str, str | int]) -> dict[str, str]:
    kopecks = int(line["kopecks"])
    amount = f"{kopecks // 100}.{kopecks % 100:02d}"
    is_good = line["code"] in {"0000", "0010"}
    return {
        "amount": amount,
        "approvalCode": str(line["invoice"]) if is_good else "",
        "bankAcquirer": "ПриватБанк",
        "date": f"{line.get('at', '2026-11-20')}"[:10],
        "discount": "0.00",
        "invoiceNumber": str(line["invoice"]),
        "merchant": str(line["merchant"]),
        "pan": "4731XXXXXXXX9838",
        "paymentSystem": "VISA",
        "receipt": f"ОПЛАТА\nСУМА {amount} ГРН\nТЕРМІНАЛ {TERMINAL_ID}\nЧЕК N: {line['invoice']}",
        "responseCode": str(line["code"]),
        "rrn": str(line["rrn"]) if is_good else "",
        "terminalId": TERMINAL_ID,
        "time": "12:00:00",
        "trnStatus": "1" if is_good else "2",
        "txnType": "1",
    }
