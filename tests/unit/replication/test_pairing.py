"""The code that a person carries from a machine to the hub."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from sync.replication import pairing
from sync.replication.pairing import LETTERS, Exchange, PairingRequest

NONCE = b"n" * 32
REQUEST = PairingRequest(
    node_id="01NODEOFTHESHVOFFICE000000",
    incarnation="01INCARNATION",
    public_key=b"k" * 32,
    office_id="SHV",
    commitment=pairing.commitment(NONCE),
)
EXCHANGE = Exchange(request=REQUEST, hub_nonce=b"h" * 32, authority="fingerprint")
CODE = pairing.code(EXCHANGE, node_nonce=NONCE)


@pytest.mark.parametrize(
    "seen",
    [
        structs.replace(EXCHANGE, authority="of-somebody-in-the-middle"),
        structs.replace(EXCHANGE, hub_nonce=b"i" * 32),
        *(
            structs.replace(EXCHANGE, request=structs.replace(REQUEST, **{name: other}))
            for name, other in {
                "node_id": "01ANOTHERNODE0000000000000",
                "incarnation": "01ANOTHERLIFE",
                "public_key": b"l" * 32,
                "office_id": "KYV",
                "commitment": pairing.commitment(b"o" * 32),
            }.items()
        ),
    ],
)
def test_whatever_the_two_sides_saw_differently_shows_in_the_code(seen: Exchange) -> None:
    assert pairing.code(seen, node_nonce=NONCE) != CODE
    assert pairing.seal(seen, typed=CODE, seal_key=b"s") != pairing.seal(EXCHANGE, typed=CODE, seal_key=b"s")


def test_the_nonce_of_the_node_is_in_the_code() -> None:
    assert pairing.code(EXCHANGE, node_nonce=b"o" * 32) != CODE


def test_a_seal_is_of_one_code_under_one_key() -> None:
    of_it = pairing.seal(EXCHANGE, typed=CODE, seal_key=b"s" * 32)
    assert of_it == pairing.seal(EXCHANGE, typed=CODE, seal_key=b"s" * 32)
    assert of_it != pairing.seal(EXCHANGE, typed=CODE, seal_key=b"t" * 32)
    assert of_it != pairing.seal(EXCHANGE, typed="00000000", seal_key=b"s" * 32)


@given(nonce=st.binary(min_size=32, max_size=32))
def test_every_code_is_taken_as_people_type_and_dictate_it(nonce: bytes) -> None:
    code = pairing.code(EXCHANGE, node_nonce=nonce)
    spoken = pairing.shown(code).replace("0", "О").replace("1", "l").replace("B", "В").replace("C", "с")
    for typed in (code, pairing.shown(code), f"  {code[:4].lower()} {code[4:]}\t", spoken, pairing.shown(spoken)):
        assert pairing.as_typed(typed.replace("--", "-")) == code


@given(nonce=st.binary(min_size=32, max_size=32), place=st.integers(0, 7), other=st.sampled_from(LETTERS))
def test_one_wrong_letter_is_told_at_once(nonce: bytes, place: int, other: str) -> None:
    code = pairing.code(EXCHANGE, node_nonce=nonce)
    slipped = code[:place] + other + code[place + 1 :]
    assert (pairing.as_typed(slipped) is None) == (slipped != code)


@pytest.mark.parametrize("text", ["", " ", "-", "код", CODE[:-1], CODE + CODE, CODE + "0", "U" * 8, "\0" * 8])
def test_what_is_no_code_is_none(text: str) -> None:
    assert pairing.as_typed(text) is None


def test_a_request_asked_twice_has_one_name() -> None:
    assert pairing.pairing_id(REQUEST) == pairing.pairing_id(structs.replace(REQUEST))
    assert pairing.pairing_id(REQUEST) != pairing.pairing_id(structs.replace(REQUEST, office_id="KYV"))
