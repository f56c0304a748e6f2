"""Adjustment: once per interval burn price and difficulty follow the demand for registrations.

Bit for bit as opentensor/subtensor pallets/subtensor/src/block_step.rs at f7553e267 (spec 185).
"""

from primitives.arith import U64_MAX, wrapping_add_u16, wrapping_sub_u64
from primitives.fixed import I110F18
from primitives.types import U16, U64, Balance, BlockNumber, NetUid
from runtime.framework.errors import panic
from runtime.pallets.subtensor.params import set_difficulty
from runtime.pallets.subtensor.storage import SubtensorState


def adjust_registration_terms_for_networks(pallet: SubtensorState, now: BlockNumber) -> None:
    """Adjust the subnets whose interval is over; a new block begins its count at zero."""
    netuids = pallet.networks_added.keys()
    for netuid in netuids:
        elapsed = wrapping_sub_u64(now, pallet.last_adjustment_block.get(netuid))
        if elapsed >= pallet.adjustment_interval.get(netuid):
            _adjust(pallet, netuid)
            pallet.last_adjustment_block.insert(netuid, U64(now))
            pallet.registrations_this_interval.insert(netuid, U16(0))
            pallet.pow_registrations_this_interval.insert(netuid, U16(0))
            pallet.burn_registrations_this_interval.insert(netuid, U16(0))
        pallet.registrations_this_block.insert(netuid, U16(0))


def _adjust(pallet: SubtensorState, netuid: NetUid) -> None:
    """Too many registrations raise the price of the kind that led, too few lower that of the other.

    When both kinds had as many, both prices move.
    """
    registrations = pallet.registrations_this_interval.get(netuid)
    lead_of_burns = pallet.burn_registrations_this_interval.get(
        netuid
    ) - pallet.pow_registrations_this_interval.get(netuid)
    if registrations <= pallet.target_registrations_per_interval.get(netuid):
        lead_of_burns = -lead_of_burns
    if lead_of_burns >= 0:
        pallet.burn.insert(netuid, upgraded_burn(pallet, netuid, registrations))
    if lead_of_burns <= 0:
        set_difficulty(pallet, netuid, upgraded_difficulty(pallet, netuid, registrations))


def upgraded_burn(pallet: SubtensorState, netuid: NetUid, registrations: U16) -> Balance:
    """The burn price after an interval with so many registrations, within its bounds."""
    moved = _moved(pallet, netuid, pallet.burn.get(netuid), registrations)
    return Balance(_bounded(moved, pallet.min_burn.get(netuid), pallet.max_burn.get(netuid)))


def upgraded_difficulty(pallet: SubtensorState, netuid: NetUid, registrations: U16) -> U64:
    """The difficulty after an interval with so many registrations, within its bounds."""
    moved = _moved(pallet, netuid, pallet.difficulty.get(netuid), registrations)
    low, high = pallet.min_difficulty.get(netuid), pallet.max_difficulty.get(netuid)
    return U64(_bounded(moved, low, high))


def _moved(pallet: SubtensorState, netuid: NetUid, current: int, registrations: U16) -> int:
    """Bits of the moving average of a price and of the price that demand calls for.

    Demand is (actual + target) / (target + target), in which the sums are of 16 bits and wrap.
    """
    target = pallet.target_registrations_per_interval.get(netuid)
    doubled = wrapping_add_u16(target, target)
    if doubled == 0:
        panic(f"subnet {netuid} adjusts towards no registrations at all")
    price = I110F18.of(current)
    scaled = I110F18.wrapping_mul(price, I110F18.of(wrapping_add_u16(registrations, target)))
    wanted = I110F18.wrapping_div(scaled, I110F18.of(doubled))

    alpha = I110F18.wrapping_div(
        I110F18.of(pallet.adjustment_alpha.get(netuid)), I110F18.of(U64_MAX)
    )
    kept = I110F18.wrapping_mul(alpha, price)
    taken = I110F18.wrapping_mul(I110F18.wrapping_sub(I110F18.one, alpha), wanted)
    return I110F18.wrapping_add(kept, taken)


def _bounded(bits: int, low: int, high: int) -> int:
    """The whole number below, within bounds; the upper one wins where they cross."""
    if bits >= I110F18.of(high):
        return high
    if bits <= I110F18.of(low):
        return low
    return I110F18.to_unsigned(bits, 64)
