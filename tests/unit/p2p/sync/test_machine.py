"""The sync machine, one decision at a time; whole runs are in the scenarios."""

from p2p.interface import BlockImported, BlocksReceived, FetchBlock
from p2p.machine import (
    AskPeer,
    Deliver,
    PeerAnswered,
    PeerJoined,
    PeerLeft,
    PeerSaid,
    PeerSilent,
    Report,
)
from p2p.sync.machine import SyncMachine
from p2p.wire.identity import PeerId
from p2p.wire.messages import BlockAnnounce, BlockAnswer, GetBlocks, Parts, Role, Status
from p2p.wire.reason import Reason
from primitives.block import Header
from tests.support.p2p_chain import FakeChain, make_block

A, B = PeerId("A"), PeerId("B")


def hash_of(block):
    return Header.decode(block.header).hash()


def joined(peer, chain):
    status = chain.status()
    return PeerJoined(
        peer,
        Status(
            1,
            chain.genesis,
            Role.FULL,
            status.best_number,
            status.best_hash,
            status.finalized_number,
            status.finalized_hash,
            0,
        ),
    )


def machine(*peers):
    chain = FakeChain()
    made = SyncMachine(chain)
    for peer in peers:
        assert made.handle(joined(peer, chain)) == []
    return chain, made


def test_announced_child_is_fetched_once_and_its_block_delivered():
    chain, sync = machine(A, B)
    block = make_block(chain.best, "new")
    announce = BlockAnnounce(block.header, is_best=True)
    query = GetBlocks(hash_of(block), 1)
    assert sync.handle(PeerSaid(A, announce)) == [AskPeer(A, query)]
    assert sync.handle(PeerSaid(B, announce)) == []
    answer = PeerAnswered(A, query, BlockAnswer((block,)))
    assert sync.handle(answer) == [Deliver(BlocksReceived(A, (block,)))]
    chain.add(block)
    assert sync.handle(BlockImported(hash_of(block))) == [Report(A, Reason.USEFUL_BLOCK)]


def test_fetch_turns_to_the_next_peer_when_one_fails():
    chain, sync = machine(A, B)
    block = make_block(chain.best, "new")
    query = GetBlocks(hash_of(block), 1)
    sync.handle(PeerSaid(A, BlockAnnounce(block.header, is_best=False)))
    assert sync.handle(PeerSilent(A, query)) == [Report(A, Reason.NO_ANSWER), AskPeer(B, query)]
    assert sync.handle(PeerAnswered(B, query, BlockAnswer(()))) == [Report(B, Reason.UNAVAILABLE)]


def test_fetch_moves_on_when_its_peer_leaves():
    chain, sync = machine(A, B)
    block = make_block(chain.best, "new")
    query = GetBlocks(hash_of(block), 1)
    sync.handle(PeerSaid(A, BlockAnnounce(block.header, is_best=False)))
    assert sync.handle(PeerLeft(A)) == [AskPeer(B, query)]


def test_wrong_block_for_a_hash_is_reported():
    chain, sync = machine(A)
    wanted, other = make_block(chain.best, "wanted"), make_block(chain.best, "other")
    query = GetBlocks(hash_of(wanted), 1)
    assert sync.handle(FetchBlock(hash_of(wanted), A)) == [AskPeer(A, query)]
    answer = PeerAnswered(A, query, BlockAnswer((other,)))
    assert sync.handle(answer) == [Report(A, Reason.BROKEN_RANGE)]


def test_block_at_or_below_the_finalized_is_not_fetched():
    chain, sync = machine(A)
    fork = make_block(chain.best, "fork")
    chain.extend(3)
    chain.finalized = chain.best
    assert sync.handle(PeerSaid(A, BlockAnnounce(fork.header, is_best=False))) == []


def test_answer_nobody_waits_for_any_more_is_passed_over():
    chain, sync = machine(A)
    block = make_block(chain.best)
    answer = PeerAnswered(A, GetBlocks(7, 3), BlockAnswer((block,)))
    assert sync.handle(answer) == []


def test_peer_ahead_is_asked_for_headers_first():
    far = FakeChain()
    far.extend(300)
    _, sync = machine()
    assert sync.handle(joined(A, far)) == [AskPeer(A, GetBlocks(0, 1, parts=Parts.HEADERS))]
    assert sync.target == 300
    genesis = far.read_blocks(GetBlocks(0, 1, parts=Parts.HEADERS))
    answer = PeerAnswered(A, GetBlocks(0, 1, parts=Parts.HEADERS), BlockAnswer(tuple(genesis)))
    headers = GetBlocks(1, 128, parts=Parts.HEADERS)
    assert sync.handle(answer) == [AskPeer(A, headers)]
    skeleton = BlockAnswer(tuple(far.read_blocks(headers)))
    assert sync.handle(PeerAnswered(A, headers, skeleton)) == [
        AskPeer(A, GetBlocks(129, 128, parts=Parts.HEADERS)),
        AskPeer(A, GetBlocks(far.best_chain()[1], 128)),
    ]
