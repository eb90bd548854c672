"""A node in miniature that speaks to a hub over HTTP: a key, a chain, a nonce; and the hub it speaks to."""

import base64
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import TypeVar

import msgspec
from httpx import Response
from litestar.testing import TestClient

from central_hub.provisioning import commands as provisioning
from central_hub.storage import HubStore
from sync.ambient import Clock, Ids
from sync.documents import document as documents
from sync.documents.document import Entry, Scalar
from sync.replication import messages
from sync.replication.identity import (
    NODE_HEADER,
    NONCE_HEADER,
    PROTOCOL_HEADER,
    SIGNATURE_HEADER,
    NodeKey,
    RequestToSign,
    chain_hash,
    covered_head,
)
from sync.replication.messages import (
    PROTOCOL,
    CheckoutAnswer,
    CheckoutRequest,
    EnrolRequest,
    HelloAnswer,
    HelloRequest,
    NumberLease,
    Operation,
    PullAnswer,
    PushAnswer,
    PushRequest,
)
from sync.vocabulary.case import CaseEvent, to_entry
from sync.vocabulary.clock import tick
from sync.vocabulary.identifiers.official_number import official_number
from sync.vocabulary.identifiers.tracking import seal

M = TypeVar("M", bound=msgspec.Struct)

SECOND_FACTOR = "4567"
SALT = "ab" * 16


class HubNode:
    """One node of ``office_id``; what it says is signed unless a test spoils it."""

    def __init__(self, client: TestClient, store: HubStore, *, office_id: str, clock: Clock, ids: Ids) -> None:
        self._client, self._store, self._clock, self._ids = client, store, clock, ids
        self.office_id = office_id
        self.node_id, self.incarnation = ids.new(), ids.new()
        self.key = NodeKey.generate()
        self.actor_id = "staff"  # whom its events name
        self.maker_id: str | None = None  # the node that its events name: itself
        self.nonce = ""
        self.cursor = 0
        self.numbers: list[int] = []
        self.leases: tuple[NumberLease, ...] = ()
        self.hub_incarnation: str | None = None
        self.acknowledged_oseq = 0
        self.chain: list[Operation] = []
        self.snapshots: dict[str, bytes] = {}

    def token(self) -> str:
        token = f"token-of-{self._ids.new()}"
        command = partial(provisioning.make_token, token=token, office_id=self.office_id, now=self._clock.now())
        self._store.run_now(command)
        return token

    def enrol(self, token: str) -> Response:
        request = EnrolRequest(
            token=token,
            node_id=self.node_id,
            incarnation=self.incarnation,
            public_key=self.key.public_key,
            office_id=self.office_id,
        )
        return self._client.post("/sync/enrol", content=messages.encode(request))

    def join(self) -> "HubNode":
        """Enrol and say hello."""
        assert self.enrol(self.token()).status_code == 200
        self.hello()
        return self

    def hello(self, **numbers_left: int) -> HelloAnswer:
        greeted = self.say_hello({int(year.lstrip("y")): left for year, left in numbers_left.items()})
        assert greeted.status_code == 200, greeted.text
        answer = messages.decode(greeted.content, HelloAnswer)
        self.nonce = answer.nonce
        self.hub_incarnation = answer.hub_incarnation
        self.leases += answer.leases
        for lease in answer.leases:
            self.numbers += range(lease.first, lease.last + 1)
        return answer

    def say_hello(
        self, numbers_left: Mapping[int, int], *, nonce: str | None = None, protocol: int = PROTOCOL
    ) -> Response:
        self.nonce = nonce or self._ids.new()
        hello = msgspec.structs.replace(self.greeting(numbers_left), protocol=protocol)
        return self.send("POST", "/sync/hello", messages.encode(hello), protocol=protocol)

    def greeted(self, **changes: object) -> HelloAnswer:
        """The answer to a greeting that says otherwise than this node stands; with a nonce it is the session."""
        self.nonce = self._ids.new()
        hello = msgspec.structs.replace(self.greeting({2026: 2000}), **changes)
        answer = self.ask("POST", "/sync/hello", hello, HelloAnswer)
        self.nonce = answer.nonce
        return answer

    def greeting(self, numbers_left: Mapping[int, int]) -> HelloRequest:
        """How this node stands."""
        return HelloRequest(
            protocol=PROTOCOL,
            node_id=self.node_id,
            incarnation=self.incarnation,
            oseq=len(self.chain),
            head_hash=chain_hash(b"", tuple(self.chain)),
            cursor=self.cursor,
            hub_incarnation=self.hub_incarnation,
            numbers_left=dict(numbers_left),
            clock=self._clock.now(),
            acknowledged_oseq=self.acknowledged_oseq,
            acknowledged_hash=chain_hash(b"", tuple(self.chain[: self.acknowledged_oseq])),
            leases=self.leases,
        )

    def send(
        self, method: str, target: str, body: bytes = b"", *, protocol: int = PROTOCOL, covered: str = ""
    ) -> Response:
        """A signed request; ``covered`` signs another target than the one asked."""
        signed = RequestToSign(method=method, target=covered or target, body=body, nonce=self.nonce).covered()
        headers = {
            NODE_HEADER: self.node_id,
            NONCE_HEADER: self.nonce,
            SIGNATURE_HEADER: base64.b64encode(self.key.sign(signed)).decode(),
            PROTOCOL_HEADER: str(protocol),
            "Content-Type": messages.MEDIA_TYPE,
        }
        return self._client.request(method, target, content=body, headers=headers)

    def ask(self, method: str, target: str, message: msgspec.Struct | None, answer: type[M]) -> M:
        response = self.send(method, target, b"" if message is None else messages.encode(message))
        assert response.status_code == 200, response.text
        return messages.decode(response.content, answer)

    def case(self, *, case_id: str | None = None, number: str | None = None, **fields: Scalar) -> Operation:
        """A new case in the chain: registered here unless ``fields`` say otherwise."""
        case_id = case_id or self._ids.new()
        if number is None:
            number = official_number(self.office_id, year=self._clock.now().year, counter=self.numbers.pop(0))
        values: dict[str, Scalar] = {
            "number": number,
            "service_code": "01-01",
            "provider_id": "residence",
            "home_office_id": self.office_id,
            "accepting_office_id": self.office_id,
            "pickup_office_id": self.office_id,
            "applicant_last_name": "Коваленко",
            "applicant_first_name": "Олена",
            "fee_kopecks": 4542,
            "tracking_hash": seal(SECOND_FACTOR, salt=SALT).tracking_hash,
            **fields,
        }
        return self.change(case_id, fields=values, event="registered", number=number)

    def change(
        self,
        case_id: str,
        *,
        fields: Mapping[str, Scalar] | None = None,
        event: str | None = None,
        attachments: Mapping[str, Entry] | None = None,
        rebase_of: str | None = None,
        **facts: Scalar,
    ) -> Operation:
        """One more operation of the chain, over what this node holds of the case."""
        now, operation_id, before = self._clock.now(), self._ids.new(), self.snapshots.get(case_id)
        client_id = documents.fresh_client_id(now=now, operation_id=operation_id)
        update = documents.change(
            before,
            client_id=client_id,
            fields=fields or {},
            events=self._events(event, facts, now),
            attachments=attachments or {},
        )
        self.snapshots[case_id] = documents.merge(before, [update], clients=[client_id]).snapshot
        return self.append(case_id, operation_id=operation_id, client_id=client_id, update=update, rebase_of=rebase_of)

    def append(self, document_id: str, *, update: bytes, **header: object) -> Operation:
        """One more operation of the chain, as ``header`` says."""
        operation = msgspec.convert(
            {
                "operation_id": self._ids.new(),
                "document_id": document_id,
                "kind": "case",
                "oseq": len(self.chain) + 1,
                "client_id": 7,
                "made_at": self._clock.now(),
                "update": update,
                **header,
            },
            Operation,
        )
        self.chain.append(operation)
        return operation

    def push_request(self, first: int = 1, last: int | None = None) -> PushRequest:
        """The stretch ``first`` to ``last`` of the chain, signed."""
        last = len(self.chain) if last is None else last
        head_hash = chain_hash(b"", tuple(self.chain[:last]))
        covered = covered_head(node_id=self.node_id, incarnation=self.incarnation, oseq=last, head_hash=head_hash)
        return PushRequest(
            incarnation=self.incarnation,
            operations=tuple(self.chain[first - 1 : last]),
            signature=self.key.sign(covered),
        )

    def push(self, first: int = 1, last: int | None = None) -> PushAnswer:
        answer = self.ask("POST", "/sync/push", self.push_request(first, last), PushAnswer)
        self.acknowledged_oseq = answer.acknowledged_oseq
        return answer

    def refetch(self, after: str = "", *, limit: int = 500) -> PullAnswer:
        """A page of the whole scope."""
        return self.ask("GET", f"/sync/pull?cursor={self.cursor}&limit={limit}&refetch={after}", None, PullAnswer)

    def pull(self, *, cursor: int | None = None, limit: int = 500, wait: int = 0) -> PullAnswer:
        cursor = self.cursor if cursor is None else cursor
        target = f"/sync/pull?cursor={cursor}&limit={limit}&wait={wait}"
        answer = self.ask("GET", target, None, PullAnswer)
        self.cursor = answer.cursor
        return answer

    def check_out(self, number: str, second_factor: str = SECOND_FACTOR) -> Response:
        asked = CheckoutRequest(number=number, second_factor=second_factor)
        return self.send("POST", "/sync/documents", messages.encode(asked))

    def checked_out(self, number: str) -> CheckoutAnswer:
        response = self.check_out(number)
        assert response.status_code == 200, response.text
        answer = messages.decode(response.content, CheckoutAnswer)
        self.snapshots[answer.item.document_id] = answer.item.update
        return answer

    def _events(self, kind: str | None, facts: Mapping[str, Scalar], now: datetime) -> dict[str, Entry]:
        if kind is None:
            return {}
        event = CaseEvent(
            id=self._ids.new(),
            kind=kind,
            clock=tick(None, now),
            at=now,
            node_id=self.maker_id or self.node_id,
            office_id=self.office_id,
            actor_id=self.actor_id,
            facts=dict(facts),
        )
        return {event.id: to_entry(event)}
