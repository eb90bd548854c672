"""A machine is let in by the code that it shows; ``sync.replication.pairing`` says why in these steps."""

from datetime import datetime, timedelta

from msgspec import structs

from central_hub.directory import queries as directory
from central_hub.directory.commands import log_access
from central_hub.directory.model import OfficeUnknown
from central_hub.provisioning import queries
from central_hub.provisioning.commands import nodes
from central_hub.provisioning.model import (
    OPEN_PAIRINGS,
    Decider,
    NodeIdTaken,
    Pairing,
    PairingOver,
    PairingState,
    TooManyPairings,
)
from central_hub.storage import replica, streams
from central_hub.storage.transaction import Transaction
from sync.replication import pairing
from sync.replication.messages import EnrolAnswer, EnrolRequest
from sync.replication.pairing import Exchange, PairingQuestion, PairingRequest, PairingStanding
from sync.vocabulary.errors import InvalidInput

PAIRING_MINUTES = 30  # a telephone call to the city, and somebody there who has to sign in first
OPEN_MAX = 30  # more than a city installs in half an hour; each is one guess of whoever stands in the middle
OPEN_OF_ADDRESS_MAX = 5  # the machines of one office, behind one address
SLIPS_MAX = 5  # as a person mistypes
DECIDED_KEPT = timedelta(days=7)  # a machine that lost the answer asks again, when somebody is there again
ADDRESS_LETTERS_MAX = 64


def begin_pairing(
    tx: Transaction, request: PairingRequest, *, address: str, hub_nonce: bytes, now: datetime
) -> Pairing:
    """Put the request before the people of the city; the same one asked again is answered with the same nonce.

    Raises:
        OfficeUnknown, NodeIdTaken, InvalidInput: as ``enrol`` would, said before anybody goes for a code.
        TooManyPairings: the hub listens to no more at once.
        PairingOver: it was decided, or is too old.
    """
    replica.lock(tx)
    pairing_id, address = pairing.pairing_id(request), address[:ADDRESS_LETTERS_MAX]
    queries.forget_pairings(tx, now=now, decided_before=now - DECIDED_KEPT)
    known = queries.pairing(tx, pairing_id=pairing_id)
    if known is not None:
        return _open(known, now=now)
    _check(tx, request)
    if queries.count_open_pairings(tx, now=now) >= OPEN_MAX:
        raise TooManyPairings
    if queries.count_open_pairings(tx, now=now, address=address) >= OPEN_OF_ADDRESS_MAX:
        raise TooManyPairings
    asked = Pairing(
        pairing_id=pairing_id,
        **structs.asdict(request),
        hub_nonce=hub_nonce,
        address=address,
        asked_at=now,
        expires_at=now + timedelta(minutes=PAIRING_MINUTES),
    )
    queries.save_pairing(tx, asked)
    return asked


def type_code(tx: Transaction, *, pairing_id: str, typed: str, seal_key: bytes, by: Decider, now: datetime) -> Pairing:
    """Take down the code that a person read from the machine; what is no code leaves it waiting, a few times.

    The machine is let in when it opens its nonce and the code is its own: ``ask_standing``.

    Raises:
        PairingOver: nobody waits so.
    """
    replica.lock(tx)
    found = _waiting(tx, pairing_id, now=now)
    code = pairing.as_typed(typed)
    if code is not None:
        changed = structs.replace(found, state=PairingState.TYPED, typed=code, seal_key=seal_key)
        return _note(tx, changed, action="type_pairing_code", by=by, now=now)
    changed = structs.replace(found, slips=found.slips + 1)
    if changed.slips >= SLIPS_MAX:
        changed = structs.replace(changed, state=PairingState.REFUSED, decided_at=now)
    return _note(tx, changed, action="mistype_pairing_code", by=by, now=now)


def refuse_pairing(tx: Transaction, *, pairing_id: str, by: Decider, now: datetime) -> Pairing:
    """Send the machine away; raises PairingOver when nobody waits so."""
    replica.lock(tx)
    refused = structs.replace(_waiting(tx, pairing_id, now=now), state=PairingState.REFUSED, decided_at=now)
    return _note(tx, refused, action="refuse_pairing", by=by, now=now)


def ask_standing(
    tx: Transaction, question: PairingQuestion, *, authority: str, token: str, now: datetime
) -> PairingStanding:
    """How it stands with a request; the nonce of the node decides it once a code was typed.

    ``authority`` is the fingerprint of this hub's. Who shows the code that was typed is let in as by ``token``, which
    is made for this one node and used up with it; asking again is answered the same again.

    Raises:
        PairingOver: nobody asks so, or not any more.
        InvalidInput: the nonce is not the one committed to; nothing is decided by it.
        NodeIdTaken: as ``enrol``.
    """
    found = _existing(tx, question.pairing_id)
    if found.state is PairingState.TYPED and question.node_nonce:
        replica.lock(tx)
        found = _existing(tx, question.pairing_id)  # asked twice at once, it is decided once
    if found.state in OPEN_PAIRINGS:
        found = _open(found, now=now)
    if found.state is PairingState.TYPED and question.node_nonce:
        found = _decide(tx, found, question.node_nonce, authority=authority, token=token, now=now)
    return _standing(tx, found, authority=authority)


def _decide(
    tx: Transaction, found: Pairing, node_nonce: bytes, *, authority: str, token: str, now: datetime
) -> Pairing:
    if not pairing.is_same(pairing.commitment(node_nonce), found.commitment):
        raise InvalidInput(field="node_nonce", rule="commitment")
    shown = pairing.code(_exchange(found, authority), node_nonce=node_nonce)
    if not pairing.is_same(shown, found.typed or ""):
        differed = structs.replace(found, state=PairingState.DIFFERED, decided_at=now)
        by_itself = Decider(actor_id=found.node_id, office_id=found.office_id)
        return _note(tx, differed, action="pairing_code_differed", by=by_itself, now=now)
    nodes.make_token(tx, token=token, office_id=found.office_id, now=now)
    nodes.enrol(tx, request=_enrolment(found, token=token), now=now)
    admitted = structs.replace(found, state=PairingState.ADMITTED, decided_at=now)
    queries.change_pairing(tx, admitted)
    queries.end_other_pairings(tx, admitted, now=now)
    return admitted


def _standing(tx: Transaction, found: Pairing, *, authority: str) -> PairingStanding:
    standing = PairingStanding(state=found.state.value)
    if found.typed is None or found.seal_key is None or found.state not in {PairingState.TYPED, PairingState.ADMITTED}:
        return standing
    seal = pairing.seal(_exchange(found, authority), typed=found.typed, seal_key=found.seal_key)
    if found.state is PairingState.TYPED:
        return structs.replace(standing, seal=seal)
    enrolled = EnrolAnswer(hub_incarnation=replica.incarnation(tx), office_id=found.office_id)
    return structs.replace(standing, seal=seal, seal_key=found.seal_key, enrolled=enrolled)


def _check(tx: Transaction, request: PairingRequest) -> None:
    if len(request.commitment) != pairing.NONCE_BYTES:
        raise InvalidInput(field="commitment", rule="length", bound=pairing.NONCE_BYTES)
    as_enrolment = _enrolment(request, token="")
    nodes.check(as_enrolment)
    if directory.office(tx, office_id=request.office_id) is None:
        raise OfficeUnknown(office_id=request.office_id)
    known = streams.standing_node(tx, node_id=request.node_id)
    if known is not None and not nodes.may_return(known, as_enrolment):
        raise NodeIdTaken(node_id=request.node_id)


def _enrolment(asked: PairingRequest | Pairing, *, token: str) -> EnrolRequest:
    return EnrolRequest(
        token=token,
        node_id=asked.node_id,
        incarnation=asked.incarnation,
        public_key=asked.public_key,
        office_id=asked.office_id,
    )


def _exchange(found: Pairing, authority: str) -> Exchange:
    request = PairingRequest(
        node_id=found.node_id,
        incarnation=found.incarnation,
        public_key=found.public_key,
        office_id=found.office_id,
        commitment=found.commitment,
    )
    return Exchange(request=request, hub_nonce=found.hub_nonce, authority=authority)


def _existing(tx: Transaction, pairing_id: str) -> Pairing:
    found = queries.pairing(tx, pairing_id=pairing_id)
    if found is None:
        raise PairingOver(what="pairing")
    return found


def _waiting(tx: Transaction, pairing_id: str, *, now: datetime) -> Pairing:
    found = _existing(tx, pairing_id)
    if found.state is not PairingState.WAITING:
        raise PairingOver(what="pairing")
    return _open(found, now=now)


def _open(found: Pairing, *, now: datetime) -> Pairing:
    if not found.is_open(now):
        raise PairingOver(what="pairing")
    return found


def _note(tx: Transaction, changed: Pairing, *, action: str, by: Decider, now: datetime) -> Pairing:
    queries.change_pairing(tx, changed)
    log_access(tx, actor_id=by.actor_id, office_id=by.office_id, action=action, subject=changed.node_id, now=now)
    return changed
