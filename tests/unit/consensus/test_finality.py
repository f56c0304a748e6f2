"""Finality by building, against counting by hand and by brute force."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consensus.finality import Authored, last_final, quorum
from consensus.messages import BlockRef


def chain(authors):
    """A chain of blocks 1, 2, … by these authors, from the head on down."""
    return [
        Authored(BlockRef(number, number.to_bytes(32, "big")), author.encode())
        for number, author in enumerate(authors, start=1)
    ][::-1]


@pytest.mark.parametrize(
    ("authorities", "needed"), [(1, 1), (2, 2), (3, 3), (4, 3), (7, 5), (10, 7), (100, 67)]
)
def test_quorum_is_more_than_two_thirds(authorities, needed):
    assert quorum(authorities) == needed


def test_three_of_four_authors_above_make_a_block_final():
    assert last_final(chain("ABCD"), 3).number == 1
    assert last_final(chain("ABCDA"), 3).number == 2


def test_an_author_counts_once():
    assert last_final(chain("ABABABAB"), 3) is None
    assert last_final(chain("ABCBCBC"), 3) is None
    assert last_final(chain("ABCBCBCD"), 3).number == 5


def test_a_lone_authority_finalizes_the_block_below():
    assert last_final(chain("AAA"), 1).number == 2
    assert last_final(chain("A"), 1) is None


@given(authors=st.text("ABCDE", max_size=30), needed=st.integers(1, 5))
def test_equals_the_definition(authors, needed):
    """A block is final if enough different authors made the blocks above it."""
    final = [
        number for number in range(1, len(authors) + 1) if len(set(authors[number:])) >= needed
    ]
    found = last_final(chain(authors), needed)
    assert (found.number if found else None) == (final[-1] if final else None)


@given(authors=st.text("ABCDE", max_size=30), more=st.text("ABCDE"), needed=st.integers(1, 5))
def test_never_goes_back(authors, more, needed):
    before, after = last_final(chain(authors), needed), last_final(chain(authors + more), needed)
    assert before is None or (after is not None and after.number >= before.number)
