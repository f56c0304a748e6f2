"""The gossip router, one decision at a time."""

import pytest

from p2p.gossip.router import Router, pack_extrinsics
from p2p.gossip.seen_cache import SeenCache
from p2p.interface import (
    AnnounceBlock,
    BlockAnnounced,
    PropagateTransactions,
    TransactionsReceived,
)
from p2p.machine import (
    AskPeer,
    Deliver,
    PeerAnswered,
    PeerJoined,
    PeerLeft,
    PeerSaid,
    PeerSilent,
    Report,
    Tell,
)
from p2p.wire import limits
from p2p.wire.envelope import cap_of, encode
from p2p.wire.identity import PeerId
from p2p.wire.messages import BlockAnnounce, GetTx, Role, Status, Tx, TxAnswer, TxInv
from p2p.wire.reason import Reason
from primitives.hashing import blake2_256
from primitives.types import Hash

A, B, C = map(PeerId, "ABC")
STATUS = Status(1, bytes(32), Role.FULL, 0, bytes(32), 0, bytes(32), 0)
XT = b"\x08xt"
XT_HASH = blake2_256(XT)


@pytest.fixture
def router():
    return with_peers(A, B, C)


def with_peers(*peers):
    made = Router()
    for peer in peers:
        assert made.handle(PeerJoined(peer, STATUS), 0) == []
    return made


def test_announce_goes_to_all_who_do_not_know(router):
    heard = BlockAnnounce(b"header", is_best=True)
    assert router.handle(PeerSaid(A, heard), 0) == [
        Deliver(BlockAnnounced(A, b"header", is_best=True))
    ]
    assert router.handle(PeerSaid(B, heard), 0) == []
    assert router.handle(AnnounceBlock(b"header", is_best=True), 0) == [Tell(C, heard)]
    assert router.handle(AnnounceBlock(b"header", is_best=True), 0) == []


def test_extrinsic_is_delivered_once_and_forwarded_by_command_only(router):
    assert router.handle(PeerSaid(A, Tx((XT, XT))), 0) == [Deliver(TransactionsReceived(A, (XT,)))]
    assert router.handle(PeerSaid(B, Tx((XT,))), 0) == []
    assert router.handle(PropagateTransactions((XT,)), 0) == [Tell(C, Tx((XT,)))]


def test_pool_goes_to_a_new_peer_alone(router):
    router.handle(PropagateTransactions((XT,)), 0)
    router.handle(PeerJoined(PeerId("D"), STATUS), 1)
    assert router.handle(PropagateTransactions((XT,)), 1) == [Tell(PeerId("D"), Tx((XT,)))]


def test_unknown_hash_is_fetched_from_the_first_and_then_from_the_next(router):
    query = GetTx((XT_HASH,))
    assert router.handle(PeerSaid(A, TxInv((XT_HASH,))), 0) == [AskPeer(A, query)]
    assert router.handle(PeerSaid(B, TxInv((XT_HASH,))), 0) == []
    assert router.handle(PeerSaid(C, TxInv((XT_HASH,))), 0) == []
    assert router.handle(PeerSilent(A, query), 0) == [
        Report(A, Reason.NO_ANSWER),
        AskPeer(B, query),
    ]
    assert router.handle(PeerLeft(B), 0) == [AskPeer(C, query)]
    answer = PeerAnswered(C, query, TxAnswer((XT,)))
    assert router.handle(answer, 0) == [Deliver(TransactionsReceived(C, (XT,)))]
    assert router.handle(PeerSaid(A, TxInv((XT_HASH,))), 0) == []


def test_answer_cut_short_is_asked_on(router):
    other = blake2_256(b"other")
    router.handle(PeerSaid(A, TxInv((XT_HASH, other))), 0)
    answer = PeerAnswered(A, GetTx((XT_HASH, other)), TxAnswer((XT,)))
    assert router.handle(answer, 0) == [
        Deliver(TransactionsReceived(A, (XT,))),
        AskPeer(A, GetTx((Hash(other),))),
    ]
    assert router.handle(PeerAnswered(A, GetTx((other,)), TxAnswer(())), 0) == []


def test_extrinsic_that_was_not_asked_for_is_reported(router):
    router.handle(PeerSaid(A, TxInv((XT_HASH,))), 0)
    answer = PeerAnswered(A, GetTx((XT_HASH,)), TxAnswer((b"other",)))
    assert router.handle(answer, 0) == [Report(A, Reason.UNSOLICITED)]


def test_many_peers_get_hashes_but_the_square_root():
    peers = [PeerId(f"P{number:02}") for number in range(26)]
    effects = with_peers(*peers).handle(PropagateTransactions((XT,)), 0)
    kinds = [type(effect.message) for effect in effects]
    assert (kinds.count(Tx), kinds.count(TxInv)) == (6, 20)
    assert sorted(effect.peer for effect in effects) == peers


def test_long_extrinsic_is_never_pushed(router):
    long = bytes(limits.PUSHED_EXTRINSIC_MAX + 1)
    effects = router.handle(PropagateTransactions((long,)), 0)
    assert effects == [Tell(peer, TxInv((blake2_256(long),))) for peer in (A, B, C)]


def test_batches_keep_to_the_caps():
    extrinsics = [
        bytes([n % 256]) * (1 + n * 997 % limits.PUSHED_EXTRINSIC_MAX) for n in range(500)
    ]
    messages = pack_extrinsics(extrinsics)
    assert [xt for message in messages for xt in message.extrinsics] == extrinsics
    for message in messages:
        encoded = encode(message)
        assert len(encoded) <= cap_of(encoded[:3])
        assert len(message.extrinsics) <= limits.PUSHED_EXTRINSICS_MAX


def test_seen_cache_forgets_the_oldest_and_the_old():
    cache = SeenCache(capacity=2, lifetime=10)
    first, second, third = (Hash(bytes([n]) * 32) for n in range(3))
    assert cache.add(first, 0)
    assert not cache.add(first, 5)
    assert cache.add(second, 5)
    assert cache.add(third, 6)
    assert (first in cache, second in cache, len(cache)) == (False, True, 2)
    assert cache.add(second, 15)
