"""What the first block costs: over what, by how much, and in how many blocks it would go."""

from dataclasses import dataclass, replace

import pytest

from node.try_runtime.cost import Beginning, check_time, check_weight, cost_of
from node.try_runtime.report import Check, Cost

FITS = Cost(
    seconds=1.0,
    seconds_limit=8.0,
    ref_time=100,
    ref_time_limit=100,
    proof_size=7,
    proof_size_limit=7,
    migration_seconds=0.5,
    migration_ref_time=50,
    migration_proof_size=5,
)


@dataclass
class Limits:
    """A runtime that says how much a block may weigh."""

    most: object

    def constant(self, pallet, name):
        assert (pallet, name) == ("System", "BlockWeights")
        return {"max_block": self.most}


def problems(look, **parts):
    check = Check("cost")
    look(replace(FITS, **parts), check)
    return check.problems


def test_what_fits_exactly_fits():
    assert problems(check_weight) == problems(check_time) == []


@pytest.mark.parametrize(
    ("used", "share", "blocks"),
    [
        (101, 51, "the migrations need 2 of them"),  # a block without them takes 50, leaves 50
        (200, 150, "the migrations need 3 of them"),
        (201, 151, "the migrations need 4 of them"),
        (1000, 910, "the migrations need 91 of them"),
        (250, None, "the migrations need 3 of them"),  # nothing is known of a block without
    ],
)
def test_weight_says_over_how_many_blocks_to_spread_it(used, share, blocks):
    assert problems(check_weight, ref_time=used, migration_ref_time=share) == [
        f"ref time {used} before any extrinsic; a block may have 100; spread over blocks, {blocks}"
    ]


def test_proof_size_counts_as_well():
    assert problems(check_weight, proof_size=12, migration_proof_size=10) == [
        "proof size 12 before any extrinsic; a block may have 7; "
        "spread over blocks, the migrations need 2 of them"
    ]


def test_block_that_is_too_heavy_without_migrations():
    assert problems(check_weight, ref_time=150, migration_ref_time=50) == [
        "ref time 150 before any extrinsic; a block may have 100; "
        "there would be no room for it without migrations either"
    ]


def test_time_is_judged_alike():
    assert problems(check_time, seconds=21.0, migration_seconds=20.5) == [
        "21.000 s before any extrinsic; an author has 8.000 s for a block; "
        "spread over blocks, the migrations need 3 of them"
    ]


@pytest.mark.parametrize(
    ("most", "ref_time", "proof_size"), [({"ref_time": 9, "proof_size": 8}, 9, 8), (9, 9, 0)]
)
def test_limits_are_the_runtimes_own(most, ref_time, proof_size):
    with_, without = Beginning(3.0, 70, 6, {}), Beginning(1.0, 20, 2, {})
    assert cost_of(with_, without, Limits(most), 5.0) == Cost(
        seconds=3.0,
        seconds_limit=5.0,
        ref_time=70,
        ref_time_limit=ref_time,
        proof_size=6,
        proof_size_limit=proof_size,
        migration_seconds=2.0,
        migration_ref_time=50,
        migration_proof_size=4,
    )
