"""One session, fed by hand: order of messages, answers, rates, signs of life."""

import pytest

from p2p.session import Answered, Asked, Heard, Left, OverRate, Ready, Session, Unanswered
from p2p.wire import limits
from p2p.wire.envelope import encode
from p2p.wire.frame import FRAME_PREFIX, prefix
from p2p.wire.messages import (
    Ask,
    BlockAnnounce,
    BlockAnswer,
    BlockData,
    GetBlocks,
    GetPeers,
    PeersAnswer,
    Ping,
    ResponsePart,
    Role,
    Status,
    Tx,
)
from p2p.wire.reason import P2pFault, Reason

GENESIS, BEST = b"g" * 32, b"b" * 32
STATUS = Status(limits.PROTOCOL_VERSION, GENESIS, Role.FULL, 7, BEST, 3, GENESIS, 30333)
QUERY = GetBlocks(1, 2)


def frame(item):
    return prefix(encode(item), FRAME_PREFIX)


def take(session, *items, now=0.0):
    return list(session.receive(b"".join(map(frame, items)), now))


def drain(session):
    out = b""
    while piece := session.output():
        assert len(piece) <= limits.NOISE_PLAINTEXT_MAX
        out += piece
    return out


def ready_session(now=0.0):
    session = Session(STATUS, now)
    assert take(session, STATUS, now=now) == [Ready(STATUS)]
    drain(session)
    return session


def pair():
    return ready_session(), ready_session()


def carry(sender, receiver, now=0.0):
    return list(receiver.receive(drain(sender), now))


def assert_fault(why, session, *items, now=0.0):
    with pytest.raises(P2pFault) as fault:
        take(session, *items, now=now)
    assert fault.value.why is why


def test_status_comes_first_each_way():
    session = Session(STATUS, 0.0)
    assert drain(session) == frame(STATUS)
    assert_fault(Reason.UNDECODABLE, session, Ping())
    assert_fault(Reason.UNDECODABLE, ready_session(), STATUS)


def test_other_chain_and_other_version_have_names():
    other_chain = Status(1, b"x" * 32, Role.FULL, 7, BEST, 3, GENESIS, 30333)
    other_version = Status(2, GENESIS, Role.FULL, 7, BEST, 3, GENESIS, 30333)
    assert_fault(Reason.GENESIS_MISMATCH, Session(STATUS, 0.0), other_chain)
    assert_fault(Reason.VERSION_MISMATCH, Session(STATUS, 0.0), other_version)


def test_missing_status_times_out():
    session = Session(STATUS, 0.0)
    assert session.deadline == limits.STATUS_SECONDS
    with pytest.raises(P2pFault) as fault:
        session.tick(limits.STATUS_SECONDS)
    assert fault.value.why is Reason.SLOW_HANDSHAKE


@pytest.mark.parametrize("step", [97, 5000, 10**6])
def test_answer_of_many_parts_comes_back_whole(step):
    a, b = pair()
    a.ask(QUERY, 0.0)
    (asked,) = carry(a, b)
    assert asked == Asked(0, QUERY)
    answer = BlockAnswer((BlockData(b"h1", (bytes(200_000),)), BlockData(b"h2", ())))
    b.respond(asked.id, answer)
    stream = drain(b)
    got = [e for at in range(0, len(stream), step) for e in a.receive(stream[at : at + step], 1.0)]
    assert got == [Answered(QUERY, answer)]


def test_urgent_messages_overtake_bulk():
    a, b = pair()
    a.ask(QUERY, 0.0)
    carry(a, b)
    b.respond(0, BlockAnswer((BlockData(b"h", (bytes(300_000),)),)))
    first = b.output()
    b.tell(BlockAnnounce(b"header", is_best=True))
    events = list(a.receive(first + b.output(), 0.0))
    assert Heard(BlockAnnounce(b"header", is_best=True)) in events
    assert not any(isinstance(event, Answered) for event in events)


def test_query_times_out_and_its_late_answer_is_ignored():
    a, b = pair()
    a.ask(QUERY, 0.0)
    carry(a, b)
    assert a.tick(limits.REQUEST_SECONDS) == [Unanswered(QUERY)]
    b.respond(0, BlockAnswer(()))
    assert carry(b, a, now=12.0) == []


def test_no_more_queries_are_out_than_agreed():
    a, b = pair()
    for count in range(1, limits.OUTSTANDING_REQUESTS + 3):
        a.ask(GetPeers(count), 0.0)
    assert len(carry(a, b)) == limits.OUTSTANDING_REQUESTS
    b.respond(0, PeersAnswer(()))
    carry(b, a)
    assert [event.query.count for event in carry(a, b)] == [limits.OUTSTANDING_REQUESTS + 1]


def test_peer_that_answers_nothing_is_left():
    session = ready_session()
    for count in range(1, limits.OUTSTANDING_REQUESTS + 1):
        session.ask(GetPeers(count), 0.0)
    with pytest.raises(P2pFault) as fault:
        session.tick(limits.REQUEST_SECONDS)
    assert fault.value.why is Reason.NO_ANSWER


def test_misuse_of_queries_is_a_fault():
    part = ResponsePart(0, 0, True, b"x")
    assert_fault(Reason.UNSOLICITED, ready_session(), part)
    assert_fault(Reason.UNDECODABLE, ready_session(), Ask(1, QUERY), Ask(1, QUERY))
    asks = [Ask(number, QUERY) for number in range(limits.OUTSTANDING_REQUESTS + 1)]
    assert_fault(Reason.TOO_MANY_REQUESTS, ready_session(), *asks)

    session = ready_session()
    session.ask(QUERY, 0.0)
    assert_fault(Reason.UNSOLICITED, session, ResponsePart(0, 1, True, b"x"))


def test_endless_answer_is_cut_off_at_its_cap():
    session = ready_session()
    session.ask(GetPeers(1), 0.0)
    assert_fault(Reason.OVERSIZED, session, ResponsePart(0, 0, False, bytes(33 * 1024)))


def test_ping_after_silence_and_death_after_more():
    session = ready_session()
    assert session.deadline == limits.PING_AFTER_SECONDS
    assert session.tick(session.deadline) == []
    assert drain(session) == frame(Ping())
    assert session.deadline == limits.DEAD_AFTER_SECONDS
    with pytest.raises(P2pFault) as fault:
        session.tick(session.deadline)
    assert fault.value.why is Reason.SILENT


def test_pong_keeps_the_session_alive():
    a, b = pair()
    a.tick(limits.PING_AFTER_SECONDS)
    carry(a, b, now=10.0)
    carry(b, a, now=11.0)
    assert a.deadline == 11.0 + limits.PING_AFTER_SECONDS


def test_flood_is_answered_by_reading_no_more():
    session = ready_session()
    announces = [BlockAnnounce(b"header", is_best=False)] * 240
    *heard, over = take(session, *announces)
    assert len(heard) == 240
    assert over == OverRate(pytest.approx(2.0))


def test_full_queue_drops_extrinsics_and_keeps_the_newest_announce():
    session = ready_session()
    tx = Tx((bytes(100_000),))
    for _ in range(100):
        session.tell(tx)
    for number in range(3):
        session.tell(BlockAnnounce(b"header %d" % number, is_best=True))
    out = drain(session)
    assert len(out) < limits.QUEUE_BYTES_MAX + 200_000
    assert b"header 2" in out
    assert b"header 1" not in out


def test_peer_that_lets_control_messages_pile_up_is_left():
    session = ready_session()
    for _ in range(100):
        session.tell(Tx((bytes(100_000),)))
    session.ask(QUERY, 0.0)
    with pytest.raises(P2pFault) as fault:
        session.output()
    assert fault.value.why is Reason.SLOW_READER


def test_farewell_is_the_last_word_and_is_understood():
    a, b = pair()
    a.tell(Tx((b"never sent",)))
    a.farewell(Reason.TOO_MANY_PEERS)
    assert carry(a, b) == [Left(Reason.TOO_MANY_PEERS)]
