"""The import queue under random arrival orders, and its bounds under hostile feeding."""

from hypothesis import given
from hypothesis import strategies as st

from consensus.fork_choice import ForkChoice
from consensus.import_queue import ImportQueue, QueueLimits
from consensus.messages import (
    BlockAdded,
    BlockImported,
    BlockRefused,
    BlocksReady,
    Execute,
    FetchFailed,
    FetchParent,
    HeaderChecked,
    PeerGone,
    RejectionReason,
    SlotStarted,
    VerifiedHeader,
    Verify,
)
from primitives.types import Slot
from tests.support.chains import GENESIS, block, child_of, ref

NOW = Slot(100)
AUTHOR = b"A" * 32


def tree_from(picks, slot=None):
    """A tree: each header stands on one of those before it."""
    headers = [GENESIS]
    for index, pick in enumerate(picks):
        parent = headers[pick % len(headers)]
        headers.append(child_of(parent, slot or 90 + pick % 15, str(index)))
    return headers[1:]


def drive(queue, chain, effects, bad=frozenset()):
    """Carry out effects to the end; answer the blocks executed, in order."""
    executed = []
    while effects:
        effect = effects.pop(0)
        match effect:
            case Verify(wanted):
                verdict = VerifiedHeader(Slot(1), AUTHOR)
                effects += queue.handle(HeaderChecked(wanted.header.hash(), verdict))
            case Execute(wanted):
                header = wanted.header
                executed.append(header)
                if header.hash() in bad:
                    reason = RejectionReason.EXECUTION_FAILED
                    effects += queue.handle(BlockRefused(header.hash(), reason))
                else:
                    chain.handle(BlockAdded(ref(header), header.parent_hash))
                    effects += queue.handle(BlockImported(header.hash()))
    return executed


def with_ancestors(header, headers):
    by_hash = {h.hash(): h for h in headers}
    line = []
    while header is not None:
        line.append(header)
        header = by_hash.get(header.parent_hash)
    return line


@given(st.data(), st.lists(st.integers(0, 999), min_size=1, max_size=25))
def test_each_block_with_all_ancestors_is_executed_once_and_after_them(data, picks):
    headers = tree_from(picks)
    arrivals = data.draw(st.permutations(headers))
    arrivals = arrivals[: data.draw(st.integers(1, len(arrivals)))]
    repeats = data.draw(st.lists(st.sampled_from(arrivals), max_size=5))
    bad = {h.hash() for h in data.draw(st.lists(st.sampled_from(headers), max_size=2))}

    chain = ForkChoice(ref(GENESIS))
    queue = ImportQueue(chain, NOW, lambda _: True)
    executed = []
    for header in arrivals + repeats:
        peer = data.draw(st.sampled_from("PQR"))
        executed += drive(queue, chain, queue.handle(BlocksReady(peer, (block(header),))), bad)
    for slot in range(NOW + 1, NOW + 10):
        executed += drive(queue, chain, queue.handle(SlotStarted(Slot(slot))), bad)

    def complete(header):
        line = with_ancestors(header, headers)
        return all(h in arrivals for h in line) and not any(h.hash() in bad for h in line[1:])

    assert sorted(h.hash() for h in executed) == sorted(h.hash() for h in arrivals if complete(h))
    for place, header in enumerate(executed):
        assert header.parent_hash == GENESIS.hash() or header.parent_hash in {
            h.hash() for h in executed[:place]
        }


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["send", "send", "send", "send", "gone", "failed", "slot"]),
            st.integers(0, 999),
            st.sampled_from("PQRS"),
            st.integers(0, 5_000),
        ),
        max_size=120,
    ),
    st.lists(st.integers(0, 999), min_size=20, max_size=40),
)
def test_memory_stays_within_bounds_whatever_peers_send(steps, picks):
    limits = QueueLimits(bytes_per_peer=20_000, bytes_in_all=40_000)
    chain = ForkChoice(ref(GENESIS))
    queue = ImportQueue(chain, NOW, lambda _: True, limits)
    headers = tree_from(picks)[3:]
    fetches = []
    for kind, pick, peer, size in steps:
        header = headers[pick % len(headers)]
        match kind:
            case "send":
                effects = queue.handle(BlocksReady(peer, (block(header, bytes(size)),)))
            case "gone":
                effects = queue.handle(PeerGone(peer))
            case "failed":
                effects = queue.handle(FetchFailed(peer, header.parent_hash))
            case _:
                effects = queue.handle(SlotStarted(Slot(queue.now + pick % 40)))
        fetches += [effect for effect in effects if isinstance(effect, FetchParent)]
        drive(queue, chain, effects)

        assert queue.bytes_in_all <= limits.bytes_in_all
        assert all(queue.bytes_of(peer) <= limits.bytes_per_peer for peer in "PQRS")

    for peer in "PQRS":
        drive(queue, chain, queue.handle(PeerGone(peer)))
    assert (len(queue), queue.bytes_in_all) == (0, 0)
    assert len(fetches) <= 3 * len(steps)
