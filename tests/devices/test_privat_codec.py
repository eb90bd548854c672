"""PrivatBank's ECR JSON: vectors of the published protocol, its slips included, and the settling of lost charges."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_drivers.errors import NeedsAttention, OutcomeUnknown
from device_drivers.payment_terminal.privat_codec import (
    FRAME_BYTES_MAX,
    FrameSplitter,
    Reply,
    decode_merchants,
    decode_outcome,
    decode_receipt,
    decode_reply,
    decode_totals,
    encode_handshake,
    encode_request,
    purchase_params,
    settle,
)
from device_drivers.payment_terminal.protocol import (
    Approved,
    Baseline,
    Declined,
    NotPerformed,
    OperationKind,
    PartiallyApproved,
    Undecided,
)

# Section 2 of the protocol, byte for byte.
HANDSHAKE = bytes.fromhex(
    "00 7b 22 6d 65 74 68 6f 64 22 3a 22 50 69 6e 67 44 65 76 69 63 65 22 2c 22 73 74 65 70 22 3a 30 7d 00"
)
HANDSHAKE_REPLY = bytes.fromhex(
    "7b 22 6d 65 74 68 6f 64 22 3a 22 50 69 6e 67 44 65 76 69 63 65 22 2c 22 73 74 65 70 22 3a 30 2c 22 70 61 72 61"
    "6d 73 22 3a 7b 22 63 6f 64 65 22 3a 22 30 30 22 2c 22 72 65 73 70 6f 6e 73 65 43 6f 64 65 22 3a 22 30 30 30 30"
    "22 7d 2c 22 65 72 72 6f 72 22 3a 66 61 6c 73 65 2c 22 65 72 72 6f 72 44 65 73 63 72 69 74 70 74 69 6f 6e 22 3a"
    "22 22 7d"
)
IDENTIFY = bytes.fromhex(
    "7b 22 6d 65 74 68 6f 64 22 3a 22 53 65 72 76 69 63 65 4d 65 73 73 61 67 65 22 2c 22 73 74 65 70 22 3a 30 2c 22"
    "70 61 72 61 6d 73 22 3a 7b 22 6d 73 67 54 79 70 65 22 3a 22 69 64 65 6e 74 69 66 79 22 7d 7d 00"
)
TERMINAL_INFO = bytes.fromhex(
    "7b 22 6d 65 74 68 6f 64 22 3a 22 47 65 74 54 65 72 6d 69 6e 61 6c 49 6e 66 6f 22 2c 22 73 74 65 70 22 3a 30 7d 00"
)
# Section 5.1.2, shortened to the fields that are read.
PURCHASE_REPLY = """{"method": "Purchase", "step": 0, "params": {"amount": "0.60", "approvalCode": "999999",
"date": "02.10.2019", "discount": "0.00", "invoiceNumber": "999999", "issuerName": "VISA ПРИВАТ", "merchant": "TSTT",
"pan": "4731XXXXXXXX9838", "receipt": "text-of-receipt", "responseCode": "0000", "rrn": "9999999999999",
"terminalId": "TSTSALE2", "time": "09:11:07", "trnStatus": "1", "txnType": "1", "paymentSystem": "VISA"},
"error": false, "errorDescription": ""}""".encode()
# Section 5.17.2.
X_REPORT = (
    "08:50:00 03/10/2019 ======================== [ Х БАЛАНС ] ======================== ТЕРМ. TESTKKM0 В:000007 "
    "for slip: 0001 0067 Оператор MASTER ПРИВАТ бонуси/знижки 0.00 ГРН без бонусів/знижок 1.01 ГРН "
    "з бонусами/знижками 1.01 ГРН VISA ПРИВАТ бонуси/знижки 0.00 ГРН без бонусів/знижок 0.05 ГРН "
    "з бонусами/знижками 0.05 ГРН ======================== Загальні підсумки: бонуси/знижки 0.00 ГРН "
    "без бонусів/знижок 1.06 ГРН з бонусами/знижками 1.06 ГРН ======================== Ingenico Group"
)
BASELINE = Baseline(invoice_number="000100", rrn="1")


def receipt_info(**params: str) -> Reply:
    facts = {"amount": "45.42", "invoiceNumber": "000101", "rrn": "2", "responseCode": "0000", "txnType": "1"}
    return Reply(method="GetReceiptInfo", params={**facts, **params})


def purchase(code: str, **params: str) -> Reply:
    return Reply(method="Purchase", params={"responseCode": code, **params}, is_error=code not in {"0000", "0010"})


def test_requests_are_the_published_bytes():
    assert encode_handshake() == HANDSHAKE
    assert encode_request("ServiceMessage", {"msgType": "identify"}) == IDENTIFY
    assert encode_request("GetTerminalInfo") == TERMINAL_INFO


def test_a_purchase_carries_what_real_terminals_insist_on():
    frame = encode_request("Purchase", purchase_params(amount_kopecks=60, merchant_id="0"))
    assert frame == (
        b'{"method":"Purchase","step":0,"params":{"amount":"0.60","discount":"","merchantId":"0","facepay":"false"}}\x00'
    )


def test_the_published_answers_are_read():
    assert decode_reply(HANDSHAKE_REPLY).response_code == "0000"
    receipt = decode_receipt(decode_reply(PURCHASE_REPLY))
    assert (receipt.amount_kopecks, receipt.invoice_number, receipt.at_text) == (60, "999999", "02.10.2019 09:11:07")


@pytest.mark.parametrize(
    "frame",
    [
        b'{"method":"PingDevice","step":0,"params":{"code": 00,"responseCode":"0000"},"error":false}',
        b'\xef\xbb\xbf{"method":" PingDevice","step":"0","params":{"responseCode":" 0000 "},"error":false,"new":[1]}',
        b'{"params":{"responseCode":"0000","pan":"\xff\xfe"},"method":"PingDevice"}',
    ],
)
def test_slips_of_terminals_and_of_the_paper_itself_are_forgiven(frame):
    reply = decode_reply(frame)
    assert (reply.method, reply.response_code, reply.is_error) == ("PingDevice", "0000", False)


@pytest.mark.parametrize("frame", [b"undefined", b"[1]", b'{"step":0}', b'{"method":"Pi', b"\xff"])
def test_what_is_no_message_is_refused(frame):
    with pytest.raises(ValueError):  # noqa: PT011 - json's own message
        decode_reply(frame)


@settings(max_examples=50)
@given(
    st.lists(st.binary(min_size=1, max_size=40).map(lambda raw: raw.replace(b"\x00", b"a") + b"z"), max_size=5),
    st.data(),
)
def test_messages_survive_any_cutting_of_the_line(frames, data):
    stream = b"".join(frame + b"\x00" * data.draw(st.integers(1, 3)) for frame in frames)
    splitter, found = FrameSplitter(), []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        found += splitter.feed(stream[:size])
        stream = stream[size:]
    assert found == frames


def test_a_message_without_end_is_given_up():
    with pytest.raises(ValueError, match="more than"):
        FrameSplitter().feed(b"x" * (FRAME_BYTES_MAX + 1))


@pytest.mark.parametrize(("text", "kopecks"), [("0.60", 60), ("45,42", 4_542), ("1500.00", 150_000), ("7", 700)])
def test_amounts_of_both_spellings(text, kopecks):
    assert decode_receipt(purchase("0000", amount=text)).amount_kopecks == kopecks


@pytest.mark.parametrize("text", ["", "abc", "0.005", "NaN", "Infinity", "1e400000"])
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011 - several messages
        decode_receipt(purchase("0000", amount=text))


@given(st.integers(1, 100_000_000))
def test_every_amount_comes_back_as_it_went(kopecks):
    params = purchase_params(amount_kopecks=kopecks, merchant_id="1")
    assert decode_receipt(purchase("0000", **params)).amount_kopecks == kopecks


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (purchase("0000", amount="45.42"), Approved),
        (purchase("0000"), Approved),  # the terminal prints by itself and leaves the fields empty
        (purchase("0010", amount="20.00"), PartiallyApproved),
        (purchase("0005"), Declined),
        (purchase("05"), Declined),
        (purchase("1001"), Declined),
        (purchase("1002"), Declined),
    ],
)
def test_answers_that_are_clear(reply, outcome):
    assert isinstance(decode_outcome(reply, ref="c1", amount_kopecks=4_542), outcome)


@pytest.mark.parametrize(
    "reply",
    [
        purchase("0000", amount="45.43"),
        purchase("0000", amount="20.00"),
        purchase("0000", amount="45.42", trnStatus="3"),
        purchase("0010", amount="45.42"),
        purchase("0010"),
        purchase("1000"),
        purchase("1008"),
        purchase(""),
        purchase("what"),
    ],
)
def test_answers_that_contradict_themselves_are_unknown(reply):
    with pytest.raises(OutcomeUnknown, match="unclear-answer"):
        decode_outcome(reply, ref="c1", amount_kopecks=4_542)


@pytest.mark.parametrize("code", ["1003", "1004", "1005", "1006", "1007"])
def test_a_terminal_that_needs_help_says_which(code):
    with pytest.raises(NeedsAttention):
        decode_outcome(purchase(code), ref="c1", amount_kopecks=4_542)


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (receipt_info(), Approved),
        (receipt_info(responseCode="0005"), Declined),
        (receipt_info(responseCode="0010", amount="20.00"), PartiallyApproved),
        (receipt_info(invoiceNumber="000100", rrn="1"), NotPerformed),
        (receipt_info(amount="99.00"), Undecided),
        (receipt_info(txnType="2"), Undecided),
        (receipt_info(responseCode="1000"), Undecided),
        (receipt_info(invoiceNumber="", rrn=""), Undecided),  # it tells nothing, and that proves nothing
        (Reply(method="GetReceiptInfo", params={"responseCode": "1000"}, is_error=True), Undecided),
    ],
)
def test_a_lost_charge_is_settled_by_what_changed_since_the_baseline(reply, outcome):
    settled = settle(reply, ref="c1", baseline=BASELINE, amount_kopecks=4_542, kind=OperationKind.CHARGE)
    assert isinstance(settled, outcome)


def test_the_previous_payers_receipt_never_passes_for_this_ones():
    same_amount = receipt_info(invoiceNumber=BASELINE.invoice_number, rrn=BASELINE.rrn)
    settled = settle(same_amount, ref="c1", baseline=BASELINE, amount_kopecks=4_542, kind=OperationKind.CHARGE)
    assert settled == NotPerformed(ref="c1")


def test_a_reply_that_tells_nothing_is_no_proof_even_when_nothing_was_told_before():
    before = Baseline(invoice_number="", rrn="")
    nothing = receipt_info(invoiceNumber="", rrn="")
    settled = settle(nothing, ref="c1", baseline=before, amount_kopecks=4_542, kind=OperationKind.CHARGE)
    assert settled == Undecided(ref="c1")


@pytest.mark.parametrize(
    ("params", "kopecks"),
    [
        ({"responseCode": "0000", "receipt": X_REPORT}, 106),
        ({"responseCode": "0000", "receipt": X_REPORT.replace(" ", "\n").replace("1.06", "1234,50")}, 123_450),
        ({"responseCode": "0000", "receipt": "Дякуємо"}, None),
        ({"responseCode": "0000", "receipt": X_REPORT.replace("1.06", "багато")}, None),
        ({"responseCode": "0001", "receipt": ""}, 0),
    ],
)
def test_the_sum_of_a_report_is_read_from_its_text(params: dict[str, str], kopecks: int | None):
    totals = decode_totals(Reply(method="Audit", params=params))
    assert totals is not None
    assert totals.amount_kopecks == kopecks


def test_a_report_that_was_refused_is_none():
    assert decode_totals(Reply(method="Verify", params={"responseCode": "1000"}, is_error=True)) is None


def test_recipients_are_named_by_their_numbers_in_their_order():
    params = {"12": "Табелювання", "3": "Оплата частинами", "msgType": "getMerchantList"}
    named = decode_merchants(Reply(method="ServiceMessage", params=params))
    assert [each.id for each in named.merchants] == ["3", "12"]


def test_cyrillic_goes_out_as_letters():
    frame = encode_request("Purchase", {"subMerchant": "Їжак"})
    assert json.loads(frame[:-1])["params"]["subMerchant"] == "Їжак"
    assert "Їжак".encode() in frame


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("4731XXXXXXXX9838", "4731XXXXXXXX9838"),
        ("************9838", "************9838"),
        ("4731123456789838", "473112XXXXXX9838"),
        ("4731 1234 5678 9838", "473112XXXXXX9838"),
        ("4731123456789", "473112XXX6789"),
        ("", ""),
    ],
)
def test_a_cards_whole_number_goes_no_further_than_its_mask(said: str, kept: str):
    reply = Reply(method="Purchase", params={"amount": "1.00", "pan": said})
    assert decode_receipt(reply).pan_masked == kept
