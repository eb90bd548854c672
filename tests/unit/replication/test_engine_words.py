"""What the engine says word for word, how much of it at once, and what it makes of each answer."""

from datetime import timedelta

import msgspec
import pytest

from sync.replication.engine import (
    BeginIncarnation,
    CursorReset,
    Effect,
    Engine,
    Freeze,
    GiveUpNumbers,
    HeldUpTo,
    HubTime,
    Leased,
    NodeState,
    OutgoingOperation,
    Refetch,
    Settled,
    UpgradeNeeded,
)
from sync.replication.identity import NodeKey, link_hash
from sync.replication.messages import (
    OPERATIONS_MAX,
    PUSH_BYTES_MAX,
    HelloAnswer,
    HelloRequest,
    NumberLease,
    Operation,
    OperationResult,
    PushAnswer,
    PushRequest,
)
from sync.storage.replica import Link, Stream
from tests.support.clock import OPENING

KEY = NodeKey.generate()
LEASE = NumberLease(year=2026, first=1, last=9, seal=b"s")
HEADER_BYTES = 200  # reckoned beside each update


def state(*sizes: int, incarnation: str = "one", **said: object) -> NodeState:
    """A node with an operation of each size in its outbox."""
    head, outbox = b"", []
    for oseq, size in enumerate(sizes, start=1):
        operation = Operation(
            operation_id=f"op-{oseq}",
            document_id="case-1",
            kind="case",
            oseq=oseq,
            client_id=oseq,
            made_at=OPENING,
            update=b"x" * size,
        )
        head = link_hash(head, operation)
        outbox.append(OutgoingOperation(operation=operation, head_hash=head))
    stream = Stream(node_id="node-1", incarnation=incarnation, oseq=len(sizes), head_hash=head)
    standing: dict[str, object] = {"link": Link(hub_incarnation="hub-1", cursor=3), "numbers_left": {2026: 4}}
    return NodeState(stream=stream, outbox=tuple(outbox), **(standing | said))


def answer(status: str = "ok", **said: object) -> HelloAnswer:
    told = {
        "status": status,
        "nonce": "nonce",
        "hub_incarnation": "hub-1",
        "acknowledged_oseq": 0,
        "server_time": OPENING,
    }
    return msgspec.convert(told | said, HelloAnswer)


def hears(said: HelloAnswer, standing: NodeState | None = None) -> list[Effect]:
    return Engine(sign=KEY.sign).on_hello(said, standing or state())


def greeted(said: HelloAnswer | None = None, standing: NodeState | None = None) -> Engine:
    engine = Engine(sign=KEY.sign, version="7")
    engine.on_hello(said or answer(), standing or state())
    return engine


def pushed(engine: Engine, standing: NodeState) -> list[int]:
    """The places of the operations of the next push; empty where something else is said."""
    said = engine.next_request(standing, now=OPENING)
    return [each.oseq for each in said.operations] if isinstance(said, PushRequest) else []


def test_a_greeting_tells_all_that_the_hub_decides_from():
    now = OPENING + timedelta(seconds=5)
    standing = state(40, 40, acknowledged_oseq=1, acknowledged_hash=b"before", leases=(LEASE,))
    assert Engine(sign=KEY.sign, version="7").next_request(standing, now=now) == HelloRequest(
        protocol=2,
        node_id="node-1",
        incarnation="one",
        oseq=2,
        head_hash=standing.stream.head_hash,
        cursor=3,
        hub_incarnation="hub-1",
        numbers_left={2026: 4},
        clock=now,
        acknowledged_oseq=1,
        acknowledged_hash=b"before",
        leases=(LEASE,),
        version="7",
    )


def test_a_node_that_says_no_version_is_of_none():
    hello = Engine(sign=KEY.sign).next_request(state(), now=OPENING)
    assert isinstance(hello, HelloRequest)
    assert hello.version == ""


def test_a_push_says_of_which_chain_it_is():
    push = greeted().next_request(state(40), now=OPENING)
    assert isinstance(push, PushRequest)
    assert push.incarnation == "one"


def test_a_push_is_full_to_the_byte_and_never_fuller():
    half = PUSH_BYTES_MAX // 2 - HEADER_BYTES
    assert pushed(greeted(), state(half, half)) == [1, 2]
    assert pushed(greeted(), state(half, half + 1)) == [1]
    assert pushed(greeted(), state(half + 1, half, 10)) == [1]


def test_what_alone_is_too_large_still_goes_lest_the_queue_stand_still():
    assert pushed(greeted(), state(PUSH_BYTES_MAX, 40)) == [1]


def test_no_push_holds_more_operations_than_one_append_takes():
    assert len(pushed(greeted(), state(*([40] * (OPERATIONS_MAX + 1))))) == OPERATIONS_MAX


def test_a_batch_refused_for_its_size_is_halved_and_once_taken_the_next_is_whole_again():
    engine, standing = greeted(), state(*([40] * OPERATIONS_MAX))
    engine.on_too_large()
    assert len(pushed(engine, standing)) == OPERATIONS_MAX // 2
    engine.on_too_large()
    assert len(pushed(engine, standing)) == OPERATIONS_MAX // 4
    engine.on_push(PushAnswer(results=(), acknowledged_oseq=0), standing)
    assert len(pushed(engine, standing)) == OPERATIONS_MAX


def test_the_hubs_word_on_each_operation_is_passed_on():
    results = (OperationResult(operation_id="op-1", outcome="quarantined", code="illegal"),)
    assert greeted().on_push(PushAnswer(results=results, acknowledged_oseq=1), state(40)) == [Settled(results=results)]


def test_a_hub_that_holds_more_than_the_node_made_is_greeted_again():
    """Only a copy of this disk, or the disk that this is a copy of, could have said the rest."""
    engine, standing = greeted(), state(40)
    engine.on_push(PushAnswer(results=(), acknowledged_oseq=1), standing)
    assert pushed(engine, standing) == [1]
    engine.on_push(PushAnswer(results=(), acknowledged_oseq=2), standing)
    assert isinstance(engine.next_request(standing, now=OPENING), HelloRequest)


def test_a_session_is_of_one_incarnation():
    engine = greeted()
    assert isinstance(engine.next_request(state(40, incarnation="two"), now=OPENING), HelloRequest)
    assert pushed(engine, state(40)) == [1]


def test_a_frozen_node_says_nothing_whatever_waits():
    frozen = Link(hub_incarnation="hub-1", cursor=3, frozen="forked")
    assert greeted().next_request(state(40, link=frozen), now=OPENING) is None
    assert Engine(sign=KEY.sign).next_request(state(link=frozen), now=OPENING) is None


def test_a_greeting_of_the_same_hub_gives_its_time_and_how_far_it_holds_the_chain():
    durable_at = OPENING - timedelta(minutes=1)
    said = answer(acknowledged_oseq=7, durable_at=durable_at)
    assert hears(said) == [HubTime(at=OPENING, durable_at=durable_at), HeldUpTo(oseq=7)]


def test_numbers_are_taken_by_the_incarnation_that_greeted_before_the_chain_may_begin_anew():
    said = answer(hub_incarnation="hub-2", leases=(LEASE,))
    assert [type(each) for each in hears(said)] == [HubTime, GiveUpNumbers, Leased, HeldUpTo, CursorReset]


def test_numbers_held_are_given_up_where_the_hub_forgot_what_was_drawn_from_them_and_only_there():
    assert GiveUpNumbers() in hears(answer("hub_restored"))
    assert GiveUpNumbers() in hears(answer("ok", hub_incarnation="hub-2")), "the first protocol tells it so"
    assert [each for status in ("ok", "refetch") for each in hears(answer(status)) if each == GiveUpNumbers()] == []


@pytest.mark.parametrize("status", ["hub_restored", "refetch"])
def test_a_scope_is_fetched_whole_and_the_cursor_left_to_the_fetching(status: str):
    effects = hears(answer(status, hub_incarnation="hub-2"))
    assert effects[3:] == [Refetch(hub_incarnation="hub-2")]
    assert hears(answer(status))[-1:] == [Refetch(hub_incarnation="hub-1")]


def test_a_fetching_under_way_goes_on_with_the_same_hub_and_begins_anew_with_another():
    fetching = state(link=Link(hub_incarnation="hub-1", cursor=3, refetch_after=""))
    assert hears(answer("refetch"), fetching)[2:] == []
    assert hears(answer("hub_restored", hub_incarnation="hub-2"), fetching)[3:] == [Refetch(hub_incarnation="hub-2")]
    assert hears(answer(), fetching)[2:] == []


@pytest.mark.parametrize(
    ("status", "effects"),
    [("rewound", [BeginIncarnation()]), ("forked", [Freeze(why="forked")]), ("upgrade", [UpgradeNeeded()])],
)
def test_without_a_session_nothing_is_pushed(status: str, effects: list[Effect]):
    engine = greeted()
    assert engine.on_hello(answer(status, protocols=(9,), acknowledged_oseq=7), state()) == effects
    assert engine.nonce is None
    assert isinstance(engine.next_request(state(40), now=OPENING), HelloRequest)


def test_after_a_session_that_opened_requests_bear_the_hubs_nonce():
    assert greeted(answer("hub_restored", nonce="another")).nonce == "another"
    assert greeted(answer("revoked", nonce="last", cut_off_oseq=1), state(40)).nonce == "last"


def test_the_highest_protocol_of_both_is_tried_and_each_once():
    engine = Engine(sign=KEY.sign)
    assert engine.on_hello(answer("upgrade", protocols=(0, 1, 2, 3)), state()) == []
    assert engine.protocol == 1
    assert engine.on_hello(answer("upgrade", protocols=(0, 1, 2, 3)), state()) == [UpgradeNeeded()]
    assert engine.protocol == 2


def test_a_lost_session_is_begun_anew_in_the_latest_protocol():
    engine = Engine(sign=KEY.sign)
    engine.on_hello(answer("upgrade", protocols=(1,)), state())
    engine.on_hello(answer(), state())
    assert engine.protocol == 1
    engine.on_session_lost()
    hello = engine.next_request(state(40), now=OPENING)
    assert isinstance(hello, HelloRequest)
    assert (hello.protocol, engine.nonce) == (2, None)


def test_a_revoked_node_tells_what_lies_before_the_cut_off_and_not_one_more():
    standing = state(40, 40, 40)
    engine = greeted(answer("revoked", cut_off_oseq=2, acknowledged_oseq=1), standing)
    assert pushed(engine, standing) == [1, 2]
    waiting = msgspec.structs.replace(standing, outbox=standing.outbox[2:])
    assert isinstance(engine.next_request(waiting, now=OPENING), HelloRequest)


@pytest.mark.parametrize(("cut_off_oseq", "acknowledged"), [(2, 2), (1, 2), (9, 3), (None, 0), (0, 0)])
def test_a_revoked_node_of_which_all_that_counts_was_heard_falls_silent(cut_off_oseq: int | None, acknowledged: int):
    said = answer("revoked", cut_off_oseq=cut_off_oseq, acknowledged_oseq=acknowledged)
    assert hears(said, state(40, 40, 40)) == [HeldUpTo(oseq=acknowledged), Freeze(why="revoked")]
    assert greeted(said, state(40, 40, 40)).nonce is None


def test_a_revocation_taken_back_lets_everything_be_told():
    standing = state(40, 40, 40)
    engine = greeted(answer("revoked", cut_off_oseq=1), standing)
    assert pushed(engine, standing) == [1]
    engine.on_hello(answer(), standing)
    assert pushed(engine, standing) == [1, 2, 3]


def test_a_session_lost_in_a_revocation_forgets_the_cut_off_with_it():
    standing = state(40, 40, 40)
    engine = greeted(answer("revoked", cut_off_oseq=1), standing)
    assert engine.is_parting
    engine.on_session_lost()
    assert not engine.is_parting
    assert isinstance(engine.next_request(standing, now=OPENING), HelloRequest)
    engine.on_hello(answer(), standing)
    assert engine.next_request(state(), now=OPENING) is None


def test_the_hub_says_how_much_of_a_push_it_takes():
    """What it names in its greeting holds until the next one; it cannot raise what one append takes."""
    engine = Engine(sign=KEY.sign)
    engine.on_hello(answer(operations_max=4), state())
    assert len(pushed(engine, state(*([40] * 9)))) == 4
    engine.on_push(PushAnswer(results=(), acknowledged_oseq=0), state())
    assert len(pushed(engine, state(*([40] * 9)))) == 4
    engine.on_hello(answer(push_bytes_max=2 * (40 + HEADER_BYTES)), state())
    engine.on_push(PushAnswer(results=(), acknowledged_oseq=0), state())
    assert len(pushed(engine, state(*([40] * 9)))) == 2
    engine.on_hello(answer(operations_max=OPERATIONS_MAX * 2), state())
    engine.on_push(PushAnswer(results=(), acknowledged_oseq=0), state())
    assert len(pushed(engine, state(*([40] * (OPERATIONS_MAX + 1))))) == OPERATIONS_MAX
    engine.on_hello(answer(operations_max=0), state())
    assert len(pushed(engine, state(40, 40))) == 1
