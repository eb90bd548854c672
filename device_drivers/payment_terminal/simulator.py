"""A bank terminal that is not there: PrivatBank's ECR JSON over TCP, with a ledger in a file to compare with.

It shares no code with the driver and is as untidy as the real ones: answers come in two pieces, an unasked message
in front of them. Faults say what happens to the next payer, and to those after:

* ``declined``, ``partial`` (half), ``cancelled``, ``busy``, ``paper-out``, ``log-full`` (wants its end of day)
* ``lose-answer``: acts, then drops the line; ``lose-day-end``: does so at its end of day only
* ``skip-day-end``: drops the line instead of ending its day; ``silent-after-day-end``: ends it, then is ``silent``
* ``drop-before-charge``: drops the line without acting
* ``garbage``: noise, a byte order mark and several answers at once around every answer
* ``silent``: takes the line and says nothing, as with an old session held
* ``old-software``: knows no GetReceiptInfo, so nobody can ask it what became of a charge
"""

import json
import socket
import time
from pathlib import Path
from typing import ClassVar

from device_drivers.payment_terminal.simulated_bank import TAKEN, Line, SimulatedBank
from device_drivers.simulated import TcpSimulator

TERMINAL_ID = "SIMKHA01"
SHORT_REPLIES = {
    "cancelled": ("1001", "Transaction canceled by user"),
    "log-full": ("1003", "Transaction log is full. Need close batch"),
    "paper-out": ("1005", "No paper in printer"),
}
NOISE = (b"\xef\xbb\xbf", b"undefined\x00\x00", b'{"method": "Purchase", "par\x00')
TXN_TYPES = {"charge": "1", "refund": "2", "void": "3"}


class PaymentTerminalSimulator(TcpSimulator):
    """Charges everybody, unless a fault is set; ``think_seconds`` is how long a card takes."""

    FAULTS: ClassVar[tuple[str, ...]] = (
        "declined",
        "partial",
        "cancelled",
        "lose-answer",
        "lose-day-end",
        "skip-day-end",
        "silent-after-day-end",
        "drop-before-charge",
        "busy",
        "paper-out",
        "log-full",
        "garbage",
        "silent",
        "old-software",
    )

    def __init__(self, ledger: Path, *, port: int = 0, think_seconds: float = 0.0) -> None:
        super().__init__(port=port)
        self._bank = SimulatedBank(ledger)
        self._think_seconds = think_seconds
        self.purchases_received = 0

    def facts(self) -> dict[str, str | int]:
        return {**self._bank.facts(), "purchases_received": self.purchases_received}

    def ledger(self) -> list[Line]:
        """All operations the terminal remembers, the opening one first."""
        return self._bank.lines()

    def serve(self, client: socket.socket) -> None:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # its pieces wait for nobody
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
        asked = {str(name): str(text) for name, text in params.items()} if isinstance(params, dict) else {}
        if self.fault == "silent":
            return True
        if method == "ServiceMessage":
            self._say(client, method, self._service(asked.get("msgType", "").strip()))
        elif self.fault == "busy":
            self._say(client, "ServiceMessage", {"msgType": "deviceBusy"})
        elif method == "PingDevice":
            self._say(client, method, {"code": "00", "responseCode": "0000"})
        elif method == "GetReceiptInfo" and self.fault != "old-software":
            self._tell(client, asked.get("invoiceNumber", ""))
        elif method in {"Purchase", "Refund", "Withdrawal"}:
            return self._move(client, method, asked)
        elif method in {"Audit", "Verify"}:
            return self._report(client, method, asked.get("merchantId", "0") or "0")
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

    def _tell(self, client: socket.socket, invoice: str) -> None:
        line = self._bank.find(invoice) if invoice.strip("0") else self._bank.last()
        if line is None:
            self._say(client, "GetReceiptInfo", {"responseCode": "1000"}, error="Cannot get receipt: Невірний мерчант!")
        else:
            self._say(client, "GetReceiptInfo", self._facts_of(line))

    def _move(self, client: socket.socket, method: str, asked: dict[str, str]) -> bool:
        """Do what moves money; False when the line is to be dropped."""
        self.purchases_received += method == "Purchase"
        fault = self.fault
        if fault == "drop-before-charge":
            return False
        if method != "Withdrawal" and ("discount" not in asked or "merchantId" not in asked):
            self._say(client, method, {"responseCode": "1000"}, error="Введіть discount")
            return True
        if fault in SHORT_REPLIES:
            code, why = SHORT_REPLIES[fault]
            self._say(client, method, {"responseCode": code}, error=why)
            return True
        time.sleep(self._think_seconds)  # a terminal waits for its host and the person
        code = {"declined": "0005", "partial": "0010"}.get(fault or "", "0000")
        line = self._enter(method, asked, code=code)
        if fault == "lose-answer":
            return False
        if line is None:
            self._say(client, method, {"responseCode": "1000"}, error="Операція неможлива")
            return True
        refused = "ВІДХИЛЕНО! ЗВЕРНІТЬСЯ ДО БАНКУ-ЕМІТЕНТА КАРТКИ" if code == "0005" else ""
        self._say(client, method, self._facts_of(line), error=refused)
        return True

    def _enter(self, method: str, asked: dict[str, str], *, code: str) -> Line | None:
        """Write the operation down; None for one that cannot be."""
        if method == "Withdrawal":
            charge = self._bank.find(asked.get("invoiceNumber", ""))
            if charge is None or charge["kind"] != "charge" or self._bank.is_voided(charge):
                return None
            of, merchant = str(charge["invoice"]), str(charge["merchant"])
            return self._bank.enter("void", kopecks=int(charge["kopecks"]), code=code, merchant=merchant, of=of)
        hryvnias, _, rest = asked["amount"].partition(".")
        kopecks = int(hryvnias) * 100 + int(rest)
        if method == "Refund":
            return self._bank.enter(
                "refund", kopecks=kopecks, code=code, merchant=asked["merchantId"], of=asked.get("rrn", "")
            )
        charged = kopecks // 2 if code == "0010" else kopecks
        return self._bank.enter("charge", kopecks=charged, code=code, merchant=asked["merchantId"])

    def _report(self, client: socket.socket, method: str, merchant: str) -> bool:
        """Audit (X) or Verify (Z); False when the line is to be dropped."""
        if self.fault == "drop-before-charge" or (self.fault == "skip-day-end" and method == "Verify"):
            return False
        total = self._bank.total_kopecks(merchant=merchant)
        is_empty = not [line for line in self._bank.batch() if line["kind"] in TXN_TYPES]
        if method == "Verify" and not is_empty:
            self._bank.end_day()
        if method == "Verify" and self.fault == "silent-after-day-end":
            self._fault = "silent"
            return False
        if self.fault == "lose-answer" or (self.fault == "lose-day-end" and method == "Verify"):
            return False
        if is_empty:
            why = "Cannot obtain receipt: log file is empty!"
            self._say(client, method, {"receipt": "", "responseCode": "0001"}, error=why)
            return True
        letter = "Х" if method == "Audit" else "Z"
        slip = (
            f"08:50:00 03/10/2019\n========================\n[ {letter} БАЛАНС ]\n========================\n"
            f"ТЕРМ. {TERMINAL_ID} В:000007\nVISA ПРИВАТ\nбонуси/знижки 0.00 ГРН\n"
            f"без бонусів/знижок {_hryvnias(total)} ГРН\nз бонусами/знижками {_hryvnias(total)} ГРН\n"
            f"========================\nЗагальні підсумки:\nбонуси/знижки 0.00 ГРН\n"
            f"без бонусів/знижок {_hryvnias(total)} ГРН\nз бонусами/знижками {_hryvnias(total)} ГРН\n"
        )
        self._say(client, method, {"receipt": slip, "responseCode": "0000"})
        return True

    def _say(self, client: socket.socket, method: str, params: dict[str, str], *, error: str = "") -> None:
        reply = {"method": method, "step": 0, "params": params, "error": bool(error), "errorDecsription": error}
        message = json.dumps(reply, ensure_ascii=False).encode() + b"\x00"
        unasked = b'{"method": "ServiceMessage", "step": 0, "params": {"msgType": "debugOff"}, "error": false}\x00'
        if self.fault == "garbage":
            client.sendall(b"".join(NOISE[1:]) + unasked + NOISE[0] + message + unasked)
            return
        client.sendall(unasked + message[:7] if method != "ServiceMessage" else message[:7])
        client.sendall(message[7:])

    def _facts_of(self, line: Line) -> dict[str, str]:
        amount = _hryvnias(int(line["kopecks"]))
        is_good = line["code"] in TAKEN
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
            "trnStatus": "4" if self._bank.is_voided(line) else "1" if is_good else "2",
            "txnType": TXN_TYPES.get(str(line["kind"]), "0"),
        }


def _hryvnias(kopecks: int) -> str:
    return f"{'-' if kopecks < 0 else ''}{abs(kopecks) // 100}.{abs(kopecks) % 100:02d}"
