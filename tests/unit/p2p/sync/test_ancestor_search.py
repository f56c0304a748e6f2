"""The ancestor search, against the plain answer, on chains of every shape."""

from hypothesis import given
from hypothesis import strategies as st

from p2p.sync.ancestor_search import AncestorSearch
from p2p.sync.chain_link import ChainLink
from p2p.wire.identity import PeerId
from primitives.types import BlockNumber, Hash


@given(st.integers(0, 5000), st.integers(0, 5000), st.integers(0, 5000), st.integers(1, 500))
def test_search_finds_the_fork_in_few_questions(floor, to_fork, to_best, lead):
    fork, best = floor + to_fork, floor + to_fork + to_best
    search = AncestorSearch(PeerId("A"), floor, probe=best, target=best + lead)
    questions = 0
    while search.found is None:
        assert not search.is_foreign
        number = search.query.start
        assert floor <= number <= best
        link = ChainLink(BlockNumber(number), Hash(bytes(32)), Hash(bytes(32)))
        search.take(link, is_known=number <= fork)
        questions += 1
    assert search.found.number == fork
    assert questions <= 2 * (to_best + 1).bit_length() + 1


@given(st.integers(1, 5000), st.integers(0, 5000))
def test_chain_that_parts_below_the_floor_is_foreign(floor, to_best):
    search = AncestorSearch(PeerId("A"), floor, probe=floor + to_best, target=2 * floor + to_best)
    while not search.is_foreign:
        link = ChainLink(BlockNumber(search.probe), Hash(bytes(32)), Hash(bytes(32)))
        search.take(link, is_known=False)
        assert search.found is None
