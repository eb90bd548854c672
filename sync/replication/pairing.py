"""A machine is let in by a code that a person carries from its screen to the hub: what the two sides say and reckon.

Neither knows the other yet, and somebody may stand between them. They speak in four steps, each stored before the next:

1. The node says who it is, and the hash of a nonce that it keeps to itself (``commitment``). The hub draws a nonce.
2. The node shows the code, a person types it at the hub. The hub cannot judge it yet: it **seals** it, a hash of the
   code under a key that it keeps to itself, and the node hears the seal.
3. Only then the node opens its nonce, and the hub reckons the code itself: another code lets nobody in.
4. The hub opens the key of its seal, and the node looks whether its own code is under it: else it believes nobody.

The code is a hash over all that each side saw: key, id, incarnation and office of the node, the authority of the hub,
both nonces. Who stands in the middle shows the hub another key, or the node another authority, and so makes two codes
of two exchanges. Nonces after commitments leave nothing to search for: a key is told before the hub's nonce is known,
and the hub's nonce before the node's, so of each exchange one code comes out, by chance the right one once in 2**35.
Grinding keys needs a fresh exchange for each, of which the hub holds a few dozen in half an hour.

The other way, the code is a secret until it is opened: who plays the hub to the node has to seal it unseen, one guess
in 2**35 for each code shown. Who stands before the machine may see it, and nobody over the network.
The eighth letter is a check: a slip of the finger is told at once and wastes no exchange.
"""

import hashlib
import hmac

import msgspec
from stdnum import luhn

from sync.replication.messages import EnrolAnswer
from sync.vocabulary.booking import code_as_read

NONCE_BYTES = 32
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U: who reads it out is understood
CODE_LETTERS = 8
BITS_A_LETTER = 5
_CYRILLIC = str.maketrans("АВЕКМНОРСТХавекмнорстх", "ABEKMHOPCTXABEKMHOPCTX")  # as they look on a Ukrainian keyboard


class PairingRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks to be let in; ``commitment`` is the hash of the nonce that it opens later."""

    node_id: str
    incarnation: str
    public_key: bytes
    office_id: str
    commitment: bytes


class PairingAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The hub has put the request before its people."""

    hub_nonce: bytes


class PairingQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """What has become of this request? ``node_nonce`` is empty until the node has heard a seal."""

    pairing_id: str
    node_nonce: bytes = b""


class PairingStanding(msgspec.Struct, frozen=True, kw_only=True):
    """``seal`` is empty until a code was typed; ``seal_key`` and ``enrolled`` come when it was the right one.

    ``state`` is ``waiting``, ``typed``, ``admitted``, ``refused``, or ``differed`` where another code was typed.
    """

    state: str
    seal: bytes = b""
    seal_key: bytes = b""
    enrolled: EnrolAnswer | None = None


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """What one side saw; ``authority`` is the fingerprint of the hub's, empty where a proxy answers for it."""

    request: PairingRequest
    hub_nonce: bytes
    authority: str


def commitment(node_nonce: bytes) -> bytes:
    """What is said of a nonce before it may be seen."""
    return hashlib.sha256(b"vikno-pairing-nonce-1\n" + node_nonce).digest()


def pairing_id(request: PairingRequest) -> str:
    """By what both sides name the request: the same one asked twice is one."""
    return _hash("request", *_facts(request)).hex()


def code(exchange: Exchange, *, node_nonce: bytes) -> str:
    """The code of this exchange: seven letters of its hash and a check letter."""
    seen = (*_facts(exchange.request), exchange.hub_nonce.hex(), exchange.authority, node_nonce.hex())
    number = int.from_bytes(_hash("code", *seen))
    drawn = "".join(LETTERS[number >> BITS_A_LETTER * place & 31] for place in range(CODE_LETTERS - 1))
    return drawn + luhn.calc_check_digit(drawn, LETTERS)


def seal(exchange: Exchange, *, typed: str, seal_key: bytes) -> bytes:
    """What the hub says of the code that was typed there, before the node opens its own."""
    seen = (pairing_id(exchange.request), exchange.hub_nonce.hex(), exchange.authority, typed)
    return hmac.digest(seal_key, _hash("seal", *seen), "sha256")


def is_same(one: str | bytes, other: str | bytes) -> bool:
    """Compared in the same time whatever they are."""
    return hmac.compare_digest(_bytes(one), _bytes(other))


def shown(code_letters: str) -> str:
    """As a person reads it: ``K7QM-3F9D``."""
    return f"{code_letters[:4]}-{code_letters[4:]}"


def as_typed(text: str) -> str | None:
    """The code out of what somebody typed or was told; ``None`` when a letter is wrong, missing or too many."""
    found = code_as_read(text.translate(_CYRILLIC).replace("-", "").replace("–", ""))
    return found if len(found) == CODE_LETTERS and luhn.is_valid(found, LETTERS) else None


def _facts(request: PairingRequest) -> tuple[str, ...]:
    return (
        request.node_id,
        request.incarnation,
        request.public_key.hex(),
        request.office_id,
        request.commitment.hex(),
    )


def _hash(what: str, *parts: str) -> bytes:
    return hashlib.sha256(msgspec.json.encode(("vikno-pairing-1", what, *parts))).digest()


def _bytes(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value
