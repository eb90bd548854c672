"""The engine greets, pushes and heals from the durable state alone."""

from sync.replication.engine import CursorReset, Engine, HeldUpTo, Leased, NodeState, OutgoingOperation
from sync.replication.identity import NodeKey, chain_hash, covered_head, link_hash, verify
from sync.replication.messages import HelloAnswer, HelloRequest, NumberLease, Operation, PushRequest
from sync.storage.replica import Link, Stream
from tests.support.clock import OPENING

KEY = NodeKey.generate()


def operation(oseq: int, *, size: int = 40) -> Operation:
    return Operation(
        operation_id=f"op-{oseq}",
        document_id="case-1",
        kind="case",
        oseq=oseq,
        client_id=oseq,
        made_at=OPENING,
        update=b"x" * size,
    )


def state(*operations: Operation, hub: str | None = "hub-1") -> NodeState:
    head, outbox = b"", []
    for one in operations:
        head = link_hash(head, one)
        outbox.append(OutgoingOperation(operation=one, head_hash=head))
    stream = Stream(node_id="n", incarnation="i", oseq=len(operations), head_hash=head)
    return NodeState(stream=stream, link=Link(hub_incarnation=hub, cursor=3), outbox=tuple(outbox), numbers_left={})


def greeting(*, acknowledged: int = 0, hub: str = "hub-1", leases: tuple[NumberLease, ...] = ()) -> HelloAnswer:
    return HelloAnswer(
        status="ok",
        nonce="nonce",
        hub_incarnation=hub,
        acknowledged_oseq=acknowledged,
        server_time=OPENING,
        leases=leases,
    )


def greeted() -> Engine:
    engine = Engine(sign=KEY.sign)
    engine.on_hello(greeting(), state())
    return engine


def test_it_greets_before_anything_else():
    assert isinstance(Engine(sign=KEY.sign).next_request(state(operation(1)), now=OPENING), HelloRequest)


def test_a_push_is_signed_over_the_head_of_its_stretch():
    waiting = state(operation(1), operation(2))
    push = greeted().next_request(waiting, now=OPENING)
    assert isinstance(push, PushRequest)
    head = chain_hash(b"", push.operations)
    verify(KEY.public_key, push.signature, covered_head(node_id="n", incarnation="i", oseq=2, head_hash=head))


def test_nothing_to_say_is_nothing_said():
    assert greeted().next_request(state(), now=OPENING) is None


def test_a_refused_size_halves_the_batch_until_one_is_left():
    engine = greeted()
    many = state(*(operation(oseq) for oseq in range(1, 9)))
    sizes = []
    for _ in range(12):
        engine.on_too_large()
        push = engine.next_request(many, now=OPENING)
        assert isinstance(push, PushRequest)
        sizes.append(len(push.operations))
    assert sizes[-1] == 1
    assert sizes == sorted(sizes, reverse=True)


def test_a_batch_stays_within_the_size_the_hub_takes():
    heavy = state(*(operation(oseq, size=60_000) for oseq in range(1, 40)))
    push = greeted().next_request(heavy, now=OPENING)
    assert isinstance(push, PushRequest)
    assert sum(len(one.update) for one in push.operations) < 1 << 20


def test_a_lost_answer_is_made_good_at_the_next_greeting():
    effects = Engine(sign=KEY.sign).on_hello(greeting(acknowledged=7), state())
    assert HeldUpTo(oseq=7) in effects


def test_another_hub_is_heard_from_the_start():
    effects = Engine(sign=KEY.sign).on_hello(greeting(hub="hub-2"), state())
    assert CursorReset(hub_incarnation="hub-2") in effects


def test_leases_are_passed_on():
    lease = NumberLease(year=2026, first=1, last=2)
    assert Leased(leases=(lease,)) in Engine(sign=KEY.sign).on_hello(greeting(leases=(lease,)), state())


def test_a_lost_session_greets_again():
    engine = greeted()
    engine.on_session_lost()
    assert isinstance(engine.next_request(state(operation(1)), now=OPENING), HelloRequest)
