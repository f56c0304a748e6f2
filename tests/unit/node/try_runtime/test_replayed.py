"""Blocks of a chain on its upgraded state: what ends otherwise, and what does not end at all."""

from dataclasses import replace

import pytest
import trio

from genesis.dev_keys import dev_key
from genesis.spec import CODE_KEY
from node.executor.runtimes import Runtimes
from node.replay.errors import RecordError
from node.runtime_tools.storage import storage_key
from node.try_runtime import replayed
from node.try_runtime.replayed import Replay
from node.try_runtime.report import Check, Replayed, Verdict
from node.try_runtime.subject import LAST_UPGRADE
from node.try_runtime.versions import make_candidate
from node.whole_state import WholeState
from primitives.hashing import blake2_128, twox_64
from primitives.scale.types import decode
from runtime.pallets.system_types import LastRuntimeUpgradeInfo
from tests.support.dry_runs import (
    COMMITMENTS,
    NEXT,
    SUDO,
    check_of,
    code,
    hook,
    patch,
    problems,
)
from tests.support.followed_chain import SECOND_TIME, make_followed_chain

BALANCES = "runtime/pallets/balances.py"
DEPOSIT = "existential_deposit: Constant[Balance] = constant(Balance({}))"
NOW = storage_key("Timestamp", "Now")
PASSING = "block {}, extrinsic {}, Balances.transfer_keep_alive"


@pytest.fixture(scope="module")
def chain(about):
    blocks = trio.run(make_followed_chain)
    assert blocks[0].header.parent_hash == about.header.hash()
    return blocks


@pytest.fixture
def replay(run, chain):
    """A dry run that goes on with the first blocks of the chain."""

    def replay(code, blocks=2, **parts):
        return run(code, blocks=blocks, following=chain, **parts)

    return replay


def replayed_by(change, state, about, blocks):
    """A replay alone, under the next version with or without a change."""
    after = code(NEXT) if change is None else code(NEXT, change)
    runtimes = Runtimes()
    candidates = make_candidate(runtimes, state[CODE_KEY]), make_candidate(runtimes, after)
    replay = Replay(about, WholeState(state), after, candidates, Check("replayed blocks"))
    replay.run(blocks)
    return replay


def ended_otherwise(report):
    """The notes on single extrinsics."""
    name = f"{report.replayed.blocks} replayed blocks"
    return [note for note in check_of(report, name).notes if note.startswith("block ")]


def test_good_upgrade_changes_nothing_for_the_blocks_that_follow(replay):
    report = replay(code(NEXT))
    assert report.passed
    assert report.replayed == Replayed(blocks=2, extrinsics=6)
    assert report.blocks == 0
    assert check_of(report, "2 replayed blocks").notes == [
        "6 extrinsics, which end as they did on the chain"
    ]
    assert check_of(report, "try-state after the replayed blocks").verdict is Verdict.PASSED


def test_without_trust_no_signature_would_hold(replay, monkeypatch):
    monkeypatch.delattr(replayed.TrustingHost, "verify")
    report = replay(code(NEXT))
    assert report.replayed.changed == {"ok -> refused": 3, "failed -> refused": 1}
    assert ended_otherwise(report)[0] == (
        PASSING.format(1, 1) + ": ok -> refused: Invalid: BadProof"
    )


def test_calls_that_fail_now_and_calls_that_no_longer_do(replay):
    dearer = patch(BALANCES, {DEPOSIT.format("500"): DEPOSIT.format(2 * 10**9)})
    cheaper = patch(BALANCES, {DEPOSIT.format("500"): DEPOSIT.format(400)})
    report = replay(code(NEXT, cheaper))
    assert report.passed
    assert report.replayed.changed == {"failed -> ok": 1}
    assert ended_otherwise(report) == [PASSING.format(1, 2) + ": failed: Token: BelowMinimum -> ok"]
    assert replay(code(NEXT, dearer)).replayed.changed == {}, "all have accounts already"


BOB = bytes(dev_key("Bob").account)
ACCOUNT = storage_key("System", "Account") + blake2_128(BOB) + BOB
POOR = hook(
    COMMITMENTS,
    f"account = host.get({ACCOUNT!r})\n"
    f"host.put({ACCOUNT!r}, account[:16] + (501).to_bytes(8, 'little') + account[24:])",
)
"""Bob has one rao more than an account needs: not enough for a fee."""


def test_refused_extrinsics_leave_nothing_behind_and_are_counted(replay, state, about, chain):
    report = replay(code(NEXT, POOR))
    assert report.replayed.changed == {"ok -> refused": 2, "failed -> refused": 1}
    assert check_of(report, "2 replayed blocks").verdict is Verdict.PASSED
    assert ended_otherwise(report)[0] == PASSING.format(1, 1) + ": ok -> refused: Invalid: Payment"
    account = replayed_by(POOR, state, about, chain[:2]).host.get(ACCOUNT)
    assert account[:4] == bytes(4), "the nonce is taken before the fee"


def test_calls_that_are_gone_do_not_decode(replay):
    moved = patch(BALANCES, {"@call(index=3, weight": "@call(index=33, weight"})
    report = replay(code(NEXT, moved))
    assert report.replayed.changed == {"ok -> undecodable": 3, "failed -> undecodable": 1}
    first, *_ = ended_otherwise(report)
    assert first.startswith(PASSING.format(1, 1) + ": ok -> undecodable: ")
    assert first.endswith("has no variant 3")
    assert set(problems(report)) == {"transaction version"}


def test_many_extrinsics_are_counted_and_not_all_listed(replay, monkeypatch):
    monkeypatch.setattr(replayed, "LISTED", 1)
    moved = patch(BALANCES, {"@call(index=3, weight": "@call(index=33, weight"})
    report = replay(code(NEXT, moved))
    summary, listed, more = check_of(report, "2 replayed blocks").notes
    assert summary == (
        "4 of 6 extrinsics end otherwise: 1 failed -> undecodable, 3 ok -> undecodable"
    )
    assert listed.startswith("block 1, extrinsic 1, ")
    assert more == "3 more of them are not listed"


SECOND_BEGINS = """
    def on_initialize(self, now):
        if now == 2:
            raise ValueError('early')
        return super().on_initialize(now)
"""
SECOND_ENDS = f"""
    def on_finalize(self, now):
        if self.ctx.host.get({NOW!r}) == {SECOND_TIME!r}:
            raise ValueError('late')
"""
PAYING = "self.transfer(source, lookup(dest), value, keep_alive=True)"


@pytest.mark.parametrize(
    ("change", "blocks", "problem"),
    [
        ((SUDO, SECOND_BEGINS), 1, "block 2 does not begin: ValueError: early"),
        (
            patch(BALANCES, {PAYING: "raise ValueError('never')"}),
            0,
            PASSING.format(1, 1) + ": ValueError: never",
        ),
        ((SUDO, SECOND_ENDS), 1, "block 2 does not end: ValueError: late"),
    ],
    ids=["begin", "extrinsic", "end"],
)
def test_panics_fail_and_end_the_replay(replay, change, blocks, problem):
    report = replay(code(NEXT, change))
    assert problems(report)["2 replayed blocks"] == [problem]
    assert report.replayed.blocks == blocks


def test_the_replay_ends_where_the_chain_changes_its_code(replay):
    report = replay(code(NEXT), blocks=3)
    assert report.passed
    assert report.replayed == Replayed(blocks=2, extrinsics=6)
    assert check_of(report, "3 replayed blocks").notes[0] == (
        "block 3 changes the code of the chain, so the replay ends before it"
    )


def test_fewer_blocks_than_asked_for_are_told(run, chain):
    report = run(code(NEXT), blocks=5, following=chain[:1])
    assert check_of(report, "1 replayed block").notes[0] == (
        "the chain has no more than that, where 5 were asked for"
    )


def test_code_of_the_chain_that_does_not_run(replay):
    """All that is known is that an extrinsic was in the block."""
    report = replay(code(NEXT), more={CODE_KEY: b"unknown"})
    check = check_of(report, "2 replayed blocks")
    assert check.notes == [
        "what became of the extrinsics on the chain is not known",
        "6 extrinsics, which end as they did on the chain",
    ]
    moved = patch(BALANCES, {"@call(index=3, weight": "@call(index=33, weight"})
    report = replay(code(NEXT, moved), more={CODE_KEY: b"unknown"})
    assert report.replayed.changed == {"in the block -> undecodable": 4}


def test_blocks_that_are_not_what_their_header_says(run, chain):
    first = replace(chain[0], extrinsics=chain[0].extrinsics[:-1])
    with pytest.raises(RecordError, match="executing block 1 does not give what its header says"):
        run(code(NEXT), blocks=1, following=[first])
    without_time = replace(chain[0], extrinsics=[])
    with pytest.raises(RecordError, match="block 1 cannot be executed by the chain's own code"):
        run(code(NEXT), blocks=1, following=[without_time])


def test_slots_times_and_parents_are_those_of_the_chain(state, about, chain):
    replay = replayed_by(None, state, about, chain[:2])
    assert replay.host.get(NOW) == SECOND_TIME
    one = (1).to_bytes(4, "little")
    assert replay.host.get(storage_key("System", "BlockHash") + twox_64(one) + one) == chain[0].hash
    last = decode(LastRuntimeUpgradeInfo, replay.host.get(LAST_UPGRADE))
    assert last.spec_version == NEXT
