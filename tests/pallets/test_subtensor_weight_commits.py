"""Commits and reveals of weights: the queue, the window, and what spec 185's commits become."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesis.dev_keys import dev_key
from primitives.hashing import blake2_256
from primitives.types import NetUid, Uid
from runtime.framework.errors import BadOrigin
from runtime.framework.origin import Origin
from runtime.pallets.subtensor import errors, events
from runtime.pallets.subtensor.weight_commits import (
    MAX_UNREVEALED,
    commit_hashes,
    do_batch_reveal_weights,
    do_commit_weights,
    do_reveal_weights,
    reveal_window,
)
from tests.support.subtensor_world import HOT, NET, OTHER_HOT, World, signed

PEER = bytes([9]) * 32
TEMPO = 99
"""So epochs of subnet 1 have 100 blocks: 98 to 197, 198 to 297, 298 to 397."""
SALT = [7, 8]
BLOCK = 200


@pytest.fixture
def world():
    """Subnet 1 with commits and HOT, OTHER_HOT and PEER as uids 0 to 2, in block 200."""
    made = World()
    made.found(1, (HOT, OTHER_HOT, PEER))
    made.subtensor.commit_reveal_weights_enabled.insert(NET, True)
    made.subtensor.tempo.insert(NET, TEMPO)
    made.subtensor.weights_set_rate_limit.insert(NET, 0)
    made.now(BLOCK)
    return made


def hash_of(values=(1, 2), salt=SALT, who=HOT):
    return commit_hashes(who, NET, [1, 2], list(values), list(salt), 0)[0]


def commit(world, *, values=(1, 2), salt=SALT, who=HOT):
    do_commit_weights(world.subtensor, signed(who), NET, hash_of(values, salt, who))


def reveal(world, *, values=(1, 2), salt=SALT, who=HOT):
    do_reveal_weights(world.subtensor, signed(who), NET, [1, 2], list(values), list(salt), 0)


def reveal_all(world, *values, salts=None, who=HOT):
    count = len(values)
    do_batch_reveal_weights(
        world.subtensor,
        signed(who),
        NET,
        [[1, 2]] * count,
        [list(value) for value in values],
        [SALT] * count if salts is None else salts,
        [0] * count,
    )


def queue(world, who=HOT):
    return world.subtensor.weight_commits.get(NET, who)


class TestHash:
    def test_it_is_that_of_later_versions_of_the_chain(self):
        """From the description of spec 218: Alice's weights on subnet 1 with a salt of 1 to 8."""
        alice = dev_key("Alice").account
        salted = commit_hashes(alice, NetUid(1), [0, 1], [65535, 32768], list(range(1, 9)), 0)
        assert [made.hex() for made in salted] == [
            "15d1d763685dfce22d8650296059d5767f0932787b33a80c31d996c3d36b6eef"
        ]

    def test_without_a_salt_that_of_spec_185_will_do_as_well(self):
        """Given what the weight traces of spec 185 commit to: signer, subnet, lists, version."""
        bare = HOT + b"\x01\x00" + b"\x08\x01\x00\x02\x00" + b"\x08\x01\x00\x02\x00" + bytes(8)
        assert blake2_256(bare) in commit_hashes(HOT, NET, [1, 2], [1, 2], [], 0)
        assert blake2_256(bare) not in commit_hashes(HOT, NET, [1, 2], [1, 2], [0], 0)


class TestCommit:
    def test_it_is_queued_with_its_window_and_counts_as_an_update(self, world):
        commit(world)
        assert queue(world) == [(hash_of(), 200, 298, 397)]
        assert world.subtensor.last_update.get(NET) == [200, 0, 0]
        assert world.said(events.WeightsCommitted(HOT, NET, hash_of()))

    def test_where_weights_are_set_in_the_open_there_is_none(self, world):
        world.subtensor.commit_reveal_weights_enabled.insert(NET, False)
        world.assert_noop(errors.CommitRevealDisabled, lambda: commit(world))

    def test_strangers_have_none(self, world):
        world.assert_noop(errors.NotRegistered, lambda: commit(world, who=bytes(32)))

    def test_root_has_none(self, world):
        act = do_commit_weights
        world.assert_noop(BadOrigin, lambda: act(world.subtensor, Origin.root(), NET, hash_of()))

    def test_the_rate_limit_is_of_commits(self, world):
        world.subtensor.weights_set_rate_limit.insert(NET, 50)
        commit(world)
        world.now(249)
        world.assert_noop(errors.CommittingWeightsTooFast, lambda: commit(world))
        world.now(250)
        commit(world)

    def test_ten_may_wait_and_those_that_expired_do_not_count(self, world):
        for number in range(MAX_UNREVEALED):
            commit(world, values=(1, number))
        assert MAX_UNREVEALED == 10
        world.assert_noop(errors.TooManyUnrevealedCommits, lambda: commit(world, values=(9, 9)))
        world.now(397)
        world.assert_noop(errors.TooManyUnrevealedCommits, lambda: commit(world, values=(9, 9)))
        world.now(398)
        commit(world, values=(9, 9))
        assert queue(world) == [(hash_of((9, 9)), 398, 498, 597)]

    def test_a_period_far_too_long_locks_nobody_out_once_it_is_mended(self, world):
        world.subtensor.reveal_period_epochs.insert(NET, 1000)
        for number in range(MAX_UNREVEALED):
            commit(world, values=(1, number))
        world.now(398)
        world.assert_noop(errors.TooManyUnrevealedCommits, lambda: commit(world, values=(9, 9)))
        world.subtensor.reveal_period_epochs.insert(NET, 1)
        world.now(397)
        world.assert_noop(errors.TooManyUnrevealedCommits, lambda: commit(world, values=(9, 9)))
        world.now(398)
        commit(world, values=(9, 9))
        assert queue(world) == [(hash_of((9, 9)), 398, 498, 597)]

    def test_where_there_is_room_a_commit_keeps_the_window_that_it_was_made_under(self, world):
        world.subtensor.reveal_period_epochs.insert(NET, 1000)
        commit(world)
        (waiting,) = queue(world)
        world.subtensor.reveal_period_epochs.insert(NET, 1)
        world.now(398)
        commit(world, values=(9, 9))
        assert queue(world) == [waiting, (hash_of((9, 9)), 398, 498, 597)]


class TestWindow:
    @pytest.mark.parametrize(
        ("block", "period", "window"),
        [
            (98, 1, (198, 297)),
            (197, 1, (198, 297)),
            (198, 1, (298, 397)),
            (198, 3, (498, 597)),
            (198, 0, (198, 297)),
            (0, 0, (0, 97)),
        ],
    )
    def test_it_is_the_epoch_a_period_later(self, world, block, period, window):
        world.subtensor.reveal_period_epochs.insert(NET, period)
        assert reveal_window(world.subtensor, NET, block) == window

    def test_a_period_without_end_never_comes(self, world):
        world.subtensor.reveal_period_epochs.insert(NET, 2**64 - 1)
        first, last = reveal_window(world.subtensor, NET, BLOCK)
        assert first == last == 2**64 - 1 - (NET + 1)

    @given(block=st.integers(0, 10**9), period=st.integers(0, 1000), tempo=st.integers(0, 65535))
    def test_it_is_one_whole_epoch(self, block, period, tempo):
        """Every block of it, and none beside it, is in the epoch that is meant."""
        world = World()
        world.subtensor.tempo.insert(NET, tempo)
        world.subtensor.reveal_period_epochs.insert(NET, period)

        def epoch(number):
            return (number + NET + 1) // (tempo + 1)

        first, last = reveal_window(world.subtensor, NET, block)
        meant = epoch(block) + period
        assert epoch(first) == epoch(last) == meant
        assert epoch(last + 1) == meant + 1
        assert first == 0 or epoch(first - 1) == meant - 1


class TestReveal:
    def test_it_sets_the_weights_and_leaves_the_update_alone(self, world):
        commit(world)
        world.now(300)
        reveal(world)
        assert queue(world) is None
        assert world.subtensor.weights.get(NET, Uid(0)) == [(1, 32768), (2, 65535)]
        assert world.subtensor.last_update.get(NET) == [200, 0, 0]
        assert world.recorded.encoded[-2:] == [
            bytes((7,)) + events.WeightsSet(NET, Uid(0)).encode(),
            bytes((7,)) + events.WeightsRevealed(HOT, NET, hash_of()).encode(),
        ]

    def test_the_rate_limit_is_not_of_reveals(self, world):
        commit(world)
        commit(world, values=(2, 1))
        world.subtensor.weights_set_rate_limit.insert(NET, 10_000)
        world.now(300)
        reveal(world)
        reveal(world, values=(2, 1))

    @pytest.mark.parametrize(
        ("block", "error"),
        [
            (200, errors.RevealTooEarly),
            (297, errors.RevealTooEarly),
            (298, None),
            (397, None),
            (398, errors.ExpiredWeightCommit),
        ],
    )
    def test_it_belongs_into_the_window(self, world, block, error):
        commit(world)
        world.now(block)
        if error is None:
            reveal(world)
        else:
            world.assert_noop(error, lambda: reveal(world))

    def test_the_window_does_not_move_with_the_tempo(self, world):
        commit(world)
        world.subtensor.tempo.insert(NET, 9)
        world.subtensor.reveal_period_epochs.insert(NET, 50)
        world.now(397)
        reveal(world)

    def test_of_two_that_are_alike_the_one_whose_time_has_come_is_revealed(self, world):
        """With a shorter tempo the second one's window opens first."""
        commit(world)
        world.subtensor.tempo.insert(NET, 9)
        world.now(201)
        commit(world)
        assert [first for _, _, first, _ in queue(world)] == [298, 208]
        world.now(207)
        world.assert_noop(errors.RevealTooEarly, lambda: reveal(world))
        world.now(208)
        reveal(world)

    def test_commits_before_it_are_void_and_those_behind_it_wait(self, world):
        for values in ((1, 1), (1, 2), (1, 3)):
            commit(world, values=values)
        world.now(300)
        reveal(world, values=(1, 2))
        assert [commit_hash for commit_hash, *_ in queue(world)] == [hash_of((1, 3))]
        world.assert_noop(errors.InvalidReveal, lambda: reveal(world, values=(1, 1)))

    def test_others_and_other_weights_have_no_commit(self, world):
        commit(world)
        world.now(300)
        world.assert_noop(errors.NoCommitFound, lambda: reveal(world, who=OTHER_HOT))
        world.assert_noop(errors.InvalidReveal, lambda: reveal(world, values=(2, 1)))
        world.assert_noop(errors.InvalidReveal, lambda: reveal(world, salt=[8, 7]))
        world.now(398)
        world.assert_noop(errors.NoCommitFound, lambda: reveal(world, values=(2, 1)))

    def test_where_commits_were_switched_off_it_is_refused(self, world):
        commit(world)
        world.now(300)
        world.subtensor.commit_reveal_weights_enabled.insert(NET, False)
        world.assert_noop(errors.CommitRevealDisabled, lambda: reveal(world))

    def test_one_that_sets_no_weights_keeps_the_commit(self, world):
        commit(world)
        world.now(300)
        world.subtensor.weights_version_key.insert(NET, 1)
        world.assert_noop(errors.IncorrectNetworkVersionKey, lambda: reveal(world))


class TestBatch:
    def test_the_last_weights_stay_and_the_others_in_the_queue_too(self, world):
        for values in ((1, 1), (1, 2), (1, 3)):
            commit(world, values=values)
        world.now(300)
        reveal_all(world, (1, 3), (1, 1))
        assert [commit_hash for commit_hash, *_ in queue(world)] == [hash_of((1, 2))]
        assert world.subtensor.weights.get(NET, Uid(0)) == [(1, 65535), (2, 65535)]
        told = [hash_of((1, 3)), hash_of((1, 1))]
        assert world.said(events.WeightsBatchRevealed(HOT, NET, told))

    def test_one_that_cannot_be_revealed_undoes_all(self, world):
        commit(world)
        world.now(300)
        commit(world, values=(2, 1))
        world.assert_noop(errors.RevealTooEarly, lambda: reveal_all(world, (1, 2), (2, 1)))
        world.assert_noop(errors.InvalidReveal, lambda: reveal_all(world, (1, 2), (5, 5)))
        world.assert_noop(errors.InvalidReveal, lambda: reveal_all(world, (1, 2), (1, 2)))
        world.now(400)
        world.assert_noop(errors.ExpiredWeightCommit, lambda: reveal_all(world, (2, 1), (1, 2)))

    def test_what_was_not_committed_to_is_so_even_if_nothing_waits(self, world):
        commit(world)
        world.now(300)
        world.assert_noop(errors.InvalidReveal, lambda: reveal_all(world, (1, 2), (1, 2)))
        world.now(400)
        world.assert_noop(errors.InvalidReveal, lambda: reveal_all(world, (5, 5)))

    def test_the_lists_belong_together(self, world):
        """Even before anybody asks who it is."""
        act = do_batch_reveal_weights
        lists = ([[1]], [[1]], [[1], [2]], [0])
        world.assert_noop(
            errors.InputLengthsUnequal, lambda: act(world.subtensor, Origin.root(), NET, *lists)
        )

    def test_it_needs_commits_a_signature_and_a_subnet_that_has_them(self, world):
        world.assert_noop(errors.NoCommitFound, lambda: reveal_all(world, (1, 2)))
        act = do_batch_reveal_weights
        world.assert_noop(
            BadOrigin, lambda: act(world.subtensor, Origin.root(), NET, [], [], [], [])
        )
        commit(world)
        world.subtensor.commit_reveal_weights_enabled.insert(NET, False)
        world.assert_noop(errors.CommitRevealDisabled, lambda: reveal_all(world, (1, 2)))
