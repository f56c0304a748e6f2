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
            status.base_number,
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
    assert sync.handle(FetchBlock(1, hash_of(wanted), A)) == [AskPeer(A, query)]
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


def restored(number, chain):
    """A chain that began with a snapshot of another one, and has the rest of it."""
    made = FakeChain()
    made.restore(chain, number)
    for block in chain.read_blocks(GetBlocks(number + 1, chain.best.number)):
        made.add(block)
    return made


def header_query(number):
    return GetBlocks(number, 1, parts=Parts.HEADERS)


def converse(sync, effects, peers):
    """Let peers answer and the node import until nothing is left to do; tell what was asked."""
    asked = []
    effects = [*effects]
    while effects:
        effect = effects.pop(0)
        match effect:
            case AskPeer(peer=peer, query=query):
                asked.append((peer, query))
                answer = BlockAnswer(tuple(peers[peer].read_blocks(query)))
                effects += sync.handle(PeerAnswered(peer, query, answer))
            case Deliver(event=BlocksReceived(blocks=blocks)):
                for block in blocks:
                    sync.view.add(block)
                    effects += sync.handle(BlockImported(hash_of(block)))
            case Report(reason=reason):
                assert reason is Reason.USEFUL_BLOCK
    return asked


def test_peer_that_begins_above_us_is_not_asked_until_we_are_there():
    chain, sync = machine()
    far = FakeChain()
    blocks = far.extend(30)
    for block in blocks[:9]:
        chain.add(block)
    assert sync.handle(joined(A, restored(10, far))) == []
    assert sync.target is None
    chain.add(blocks[9])
    assert sync.handle(BlockImported(hash_of(blocks[9]))) == [AskPeer(A, header_query(10))]


def test_search_does_not_go_below_where_the_peer_begins():
    """Given a peer that began with block 10, and us on a fork below. Then it is left alone."""
    chain, sync = machine()
    far = FakeChain()
    far.extend(30)
    chain.extend(14, "ours")
    peer = restored(10, far)
    asked = converse(sync, sync.handle(joined(A, peer)), {A: peer})
    assert asked == [(A, header_query(number)) for number in (14, 13, 11, 10)]
    assert sync.target is None
    assert sync.handle(BlockImported(hash_of(make_block(None)))) == []


def test_peer_out_of_reach_is_searched_again_once_its_chain_meets_ours():
    chain, sync = machine()
    far = FakeChain()
    blocks = far.extend(30)
    chain.extend(10, "ours")
    peer = restored(10, far)
    converse(sync, sync.handle(joined(A, peer)), {A: peer})
    for block in blocks[:12]:
        chain.add(block)
    announce = PeerSaid(A, BlockAnnounce(blocks[12].header, is_best=False))
    converse(sync, sync.handle(announce), {A: peer})
    assert chain.best == far.best


def test_single_blocks_are_asked_only_of_peers_that_can_have_them():
    far = FakeChain()
    far.extend(30)
    _, sync = machine()
    sync.handle(joined(A, restored(10, far)))
    wanted = far.best_chain()
    assert sync.handle(FetchBlock(10, wanted[10], A)) == []
    query = GetBlocks(wanted[11], 1)
    assert sync.handle(FetchBlock(11, wanted[11], A)) == [AskPeer(A, query)]
    sync.handle(joined(B, restored(11, far)))
    assert sync.handle(PeerSilent(A, query)) == [Report(A, Reason.NO_ANSWER)]


def test_bodies_are_asked_only_of_peers_that_can_have_them():
    """Given a peer with all blocks and one that begins in their midst. Then both do their part."""
    far = FakeChain()
    far.extend(1000)
    chain, sync = machine()
    peers = {A: far, B: restored(300, far)}
    assert sync.handle(joined(B, peers[B])) == []
    asked = converse(sync, sync.handle(joined(A, far)), peers)
    bodies = [query.start for peer, query in asked if peer == B]
    heights = {block: number for number, block in far.best_chain().items()}
    assert bodies
    assert min(heights[block] for block in bodies) > 300
    assert chain.best == far.best


def test_node_with_a_base_asks_for_nothing_below_it():
    far = FakeChain()
    far.extend(300)
    chain = FakeChain()
    chain.restore(far, 100)
    sync = SyncMachine(chain)
    asked = converse(sync, sync.handle(joined(A, far)), {A: far})
    starts = {query.start for _, query in asked if query.parts is Parts.HEADERS}
    assert min(starts) == 100
    heights = {block: number for number, block in far.best_chain().items()}
    bodies = {heights[q.start] for _, q in asked if q.parts is Parts.BLOCKS}
    assert min(bodies) == 101
    assert chain.best == far.best
