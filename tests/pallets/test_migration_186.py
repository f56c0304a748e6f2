"""Commits to weights of spec 185 come through to spec 186, with the promise they were made under.

Both runtimes stand over one state: the release of spec 185 makes the commits, the installed one
takes over, and each is asked what it would let be revealed.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.executor.archive.loader import load_release
from primitives.hashing import blake2_256, twox_128
from primitives.types import NetUid, Uid
from runtime.framework.errors import DispatchError
from runtime.framework.origin import Origin
from runtime.framework.weights import ZERO_WEIGHT
from runtime.migrations import version_of
from runtime.pallets.subtensor import migration_186
from runtime.pallets.subtensor.layout_version import LayoutVersion
from runtime.pallets.subtensor.weight_commits import do_reveal_weights
from runtime.runtime import Runtime
from tests.support.host import MemoryHost

HOT, OTHER = bytes([3]) * 32, bytes([4]) * 32
NET, QUIET = NetUid(1), NetUid(2)
VERSION = twox_128(b"SubtensorModule") + twox_128(b":__STORAGE_VERSION__:")


class Both:
    """A state of spec 185 with subnet 1, and both runtimes over it."""

    def __init__(self, *, interval=None, tempo=99):
        self.host = MemoryHost()
        self.old = load_release(185)
        self.before = self.old.over(self.host)
        self.after = Runtime(self.host)
        self.host.put(VERSION, bytes((6, 0)))
        pallet = self.before.subtensor
        for netuid in (NetUid(0), NET, QUIET):
            pallet.networks_added.insert(netuid, True)
            pallet.tempo.insert(netuid, tempo)
        pallet.commit_reveal_weights_enabled.insert(NET, True)
        if interval is not None:
            pallet.weight_commit_reveal_interval.insert(NET, interval)
        pallet.subnetwork_n.insert(NET, 2)
        pallet.validator_permit.insert(NET, [True, True])
        pallet.last_update.insert(NET, [0, 0])
        pallet.min_allowed_weights.insert(NET, 1)
        pallet.max_weights_limit.insert(NET, 65535)
        for uid, hotkey in enumerate((HOT, OTHER)):
            pallet.keys.insert(NET, Uid(uid), hotkey)
            pallet.uids.insert(NET, hotkey, Uid(uid))

    def now(self, block):
        self.before.system.number.put(block)

    def commit(self, block, who=HOT):
        self.now(block)
        revealed = who + b"\x01\x00" + b"\x04\x01\x00" + b"\x04\x05\x00" + bytes(8)
        commit = self.old.module("runtime.pallets.subtensor.weights").do_commit_weights
        origin = self.old.module("runtime.framework.origin").Origin
        commit(self.before.subtensor, origin.signed(who), NET, blake2_256(revealed))

    def old_reveals(self, block):
        """Whether spec 185 lets the commit be revealed in a block."""
        reveal = self.old.module("runtime.pallets.subtensor.weights").do_reveal_weights
        origin = self.old.module("runtime.framework.origin").Origin
        failure = self.old.module("runtime.framework.errors").DispatchError
        return self._tried(
            block, failure, reveal, self.before, origin.signed(HOT), NET, [1], [5], 0
        )

    def new_reveals(self, block):
        """Whether the installed runtime does."""
        return self._tried(
            block, DispatchError, do_reveal_weights, self.after, Origin.signed(HOT), NET,
            [1], [5], [], 0,
        )  # fmt: skip

    def _tried(self, block, failure, reveal, runtime, *arguments):
        self.host.begin()
        self.now(block)
        try:
            reveal(runtime.subtensor, *arguments)
        except failure:
            return False
        finally:
            self.host.rollback()
        return True

    def upgrade(self):
        return self.after.subtensor.on_runtime_upgrade()


@given(interval=st.integers(0, 40), block=st.integers(0, 100))
def test_a_commit_can_be_revealed_in_just_the_blocks_that_spec_185_promised(interval, block):
    both = Both(interval=interval)
    both.commit(block)
    blocks = range(block, block + 100)
    promised = [number for number in blocks if both.old_reveals(number)]
    both.upgrade()
    assert [number for number in blocks if both.new_reveals(number)] == promised
    assert promised


def test_every_commit_stands_alone_in_its_queue():
    both = Both(interval=50)
    both.commit(20)
    both.commit(70, OTHER)
    (hash_of_hot, _), (hash_of_other, _) = (
        both.before.subtensor.weight_commits.get(NET, who) for who in (HOT, OTHER)
    )
    both.upgrade()
    assert dict(both.after.subtensor.weight_commits.items()) == {
        (NET, HOT): [(hash_of_hot, 20, 50, 99)],
        (NET, OTHER): [(hash_of_other, 70, 100, 149)],
    }


@pytest.mark.parametrize(
    ("interval", "tempo", "epochs"),
    [(None, 99, 10), (None, 360, 3), (0, 99, 0), (1, 99, 1), (100, 99, 1), (101, 99, 2)],
)
def test_a_subnet_keeps_at_least_its_delay_in_whole_epochs(interval, tempo, epochs):
    both = Both(interval=interval, tempo=tempo)
    both.upgrade()
    assert dict(both.after.subtensor.reveal_period_epochs.items()) == {NET: epochs}
    assert both.after.subtensor.reveal_period_epochs.get(QUIET) == 1
    assert both.host.keys(both.before.subtensor.weight_commit_reveal_interval.prefix) == []


def test_what_is_no_commit_goes():
    both = Both()
    both.commit(20)
    key = both.after.subtensor.weight_commits.raw_key(NET, OTHER)
    both.host.put(key, b"no commit")
    both.upgrade()
    assert both.host.get(key) is None
    assert both.after.subtensor.weight_commits.contains(NET, HOT)


@pytest.mark.parametrize("trailing", [b"", b"\7"])
def test_a_commit_under_a_key_that_is_none_replaces_no_other(trailing):
    """Given a copy under a key that reads as the same neuron's, but is none that is ever asked."""
    both = Both()
    both.commit(20)
    items = both.before.subtensor.weight_commits
    key, promised = items.raw_key(NET, HOT), items.get(NET, HOT)
    odd = key + trailing if trailing else key[:32] + bytes(8) + key[40:]
    both.host.put(odd, bytes([7]) * 32 + (21).to_bytes(8, "little"))
    both.upgrade()
    ((found, *_),) = both.after.subtensor.weight_commits.get(NET, HOT)
    assert found == promised[0]
    assert both.host.get(odd) is None


def test_a_commit_counts_as_the_update_that_its_reveal_would_have_been():
    both = Both()
    both.commit(20)
    both.commit(30, OTHER)
    both.before.subtensor.last_update.insert(NET, [10, 40])
    both.upgrade()
    assert both.after.subtensor.last_update.get(NET) == [20, 40]


def test_a_commit_of_a_key_that_left_is_nobodys_update():
    both = Both()
    both.commit(20)
    both.before.subtensor.uids.remove(NET, HOT)
    both.upgrade()
    assert both.after.subtensor.last_update.get(NET) == [0, 0]


@pytest.mark.parametrize(("version", "reads"), [(b"\6\0\1\2", 6), (b"\7", 0), (b"", 0)])
def test_the_version_is_read_as_the_chain_reads_it(version, reads):
    """Two bytes, whatever comes after them, and nothing else."""
    both = Both()
    both.host.put(VERSION, version)
    assert LayoutVersion(both.after.subtensor).get() == reads == version_of(both.after.subtensor)


def test_it_runs_once():
    both = Both(interval=50)
    both.commit(20)
    both.upgrade()
    state = {key: both.host.get(key) for key in both.host.keys(b"")}
    assert migration_186.queue_commits(both.after.subtensor) == ZERO_WEIGHT
    assert {key: both.host.get(key) for key in both.host.keys(b"")} == state
    assert both.host.get(VERSION) == bytes((7, 0))


def test_a_dry_run_is_content_with_it_and_finds_what_got_lost():
    both = Both(interval=50)
    both.commit(20)
    pallet = both.after.subtensor
    before = pallet.pre_upgrade()
    assert list(pallet.post_upgrade(before)) == [
        f"the commit of {HOT.hex()} on subnet 1 got lost",
        f"the commit of {HOT.hex()} on subnet 1 counts as no update",
        "1 intervals in blocks are left",
        "the storage version is 6, below 7",
    ]
    both.upgrade()
    assert list(pallet.post_upgrade(before)) == []
    pallet.weight_commits.remove(NET, HOT)
    assert list(pallet.post_upgrade(before)) == [f"the commit of {HOT.hex()} on subnet 1 got lost"]
    assert list(pallet.post_upgrade(pallet.pre_upgrade())) == []


def test_a_dry_run_of_a_later_release_is_content_with_it_too():
    both = Both(interval=50)
    both.commit(20)
    before = both.after.subtensor.pre_upgrade()
    both.upgrade()
    both.host.put(VERSION, bytes((8, 0)))
    assert list(both.after.subtensor.post_upgrade(before)) == []
