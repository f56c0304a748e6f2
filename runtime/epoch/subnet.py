"""What an epoch reads of one subnet, and what it stores and hands out."""

from dataclasses import dataclass

from runtime.epoch.bonds import LiquidAlpha
from runtime.epoch.matrix import Flags, Fractions, Shorts, SparseRows


@dataclass(frozen=True, slots=True)
class EpochInputs:
    """What an epoch reads. Vectors have one entry per uid, shape (n,).

    Attributes:
        current_block: number of the block that runs the epoch.
        activity_cutoff: blocks after its last update in which a uid counts as active.
        last_update: block of each uid's latest weights, u64.
        block_at_registration: block in which each uid was last given to a key, u64.
        stake: stake behind each uid's hotkey in rao, u64.
        validator_permit: permits that the previous epoch gave.
        max_allowed_validators: permits this epoch gives, to those with the most stake.
        weights: stored weights, a row per uid that ever set some; a row names no column twice.
        bonds: stored bonds, likewise.
        kappa: majority that a weight must have behind it, a u16 proportion.
        bonds_moving_average: share of the stored bonds in the new ones, parts per million, u64.
        rao_emission: rao to share out.
        liquid_alpha: bounds of a per-server averaging factor in place of the fixed one.
        updates_wrap: whether the end of a uid's activity wraps in u64 (spec 185) or stays at the
            last block there is (spec 218).
    """

    current_block: int
    activity_cutoff: int
    last_update: Fractions
    block_at_registration: Fractions
    stake: Fractions
    validator_permit: Flags
    max_allowed_validators: int
    weights: SparseRows
    bonds: SparseRows
    kappa: int
    bonds_moving_average: int
    rao_emission: int
    liquid_alpha: LiquidAlpha | None = None
    updates_wrap: bool = False


@dataclass(frozen=True, slots=True)
class EpochOutputs:
    """What an epoch stores and hands out. Vectors have one entry per uid, shape (n,).

    Attributes:
        active: uids that updated within the activity cutoff.
        validator_permit: permits until the next epoch.
        stake_weight: share of the subnet's stake, u16 proportion (as are the next seven).
        rank: stake-weighted clipped weight of a server, normalised; equal to incentive.
        trust: rank over what it would be without clipping.
        consensus: the weight that a kappa majority of stake supports.
        incentive: a server's share.
        dividends: a validator's share.
        validator_trust: sum of a validator's clipped weights.
        pruning_scores: combined emission, the greatest scaled to 65535.
        emission: combined emission in rao, u64.
        server_emission: rao earned by incentive, u64.
        validator_emission: rao earned by dividends, u64.
        bonds: SCALE rows to store, by uid; rows of other uids stay as they are.
    """

    active: Flags
    validator_permit: Flags
    stake_weight: Shorts
    rank: Shorts
    trust: Shorts
    consensus: Shorts
    incentive: Shorts
    dividends: Shorts
    validator_trust: Shorts
    pruning_scores: Shorts
    emission: Fractions
    server_emission: Fractions
    validator_emission: Fractions
    bonds: dict[int, bytes]
