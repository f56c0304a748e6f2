"""The calls of the staking scenario, by the words that a person would use for them."""

from typing import Final

from primitives.types import U8, U16, U32, U64, U128, AccountId, Balance, NetUid, Uid
from runtime.framework.address import IdAddress
from runtime.framework.calls import RuntimeCall, make_call
from runtime.pallets.subtensor.constants import ROOT_NETUID

_PALLET: Final = "SubtensorModule"
_ANY_VERSION: Final = U64(0)
_ALL: Final = U16(65_535)
_IPV4: Final = U8(4)
_AXON_PORT: Final = U16(8091)
_FIRST_ADDRESS: Final = int.from_bytes(bytes((203, 0, 113, 1)), "big")
"""Of a range that is kept for documentation."""


def transfer(to: AccountId, amount: Balance) -> RuntimeCall:
    """Pay somebody."""
    return make_call("Balances", "transfer_keep_alive", dest=IdAddress(to), value=amount)


def register_network() -> RuntimeCall:
    """Found a subnet."""
    return make_call(_PALLET, "register_network")


def as_root(calls: list[RuntimeCall]) -> RuntimeCall:
    """Make calls as root, all or none."""
    return make_call("Sudo", "sudo", call=make_call("Utility", "batch_all", calls=calls))


def set_parameter(name: str, netuid: NetUid, value: int) -> RuntimeCall:
    """Set a parameter of a subnet."""
    return make_call("AdminUtils", f"sudo_set_{name}", netuid=netuid, **{name: value})


def set_storage(key: bytes, value: bytes) -> RuntimeCall:
    """Write what no call of its own can set."""
    return make_call("System", "set_storage", items=[(key, value)])


def burned_register(netuid: NetUid, hotkey: AccountId) -> RuntimeCall:
    """Buy a place on a subnet."""
    return make_call(_PALLET, "burned_register", netuid=netuid, hotkey=hotkey)


def become_delegate(hotkey: AccountId) -> RuntimeCall:
    """Let others stake on a hotkey."""
    return make_call(_PALLET, "become_delegate", hotkey=hotkey)


def add_stake(hotkey: AccountId, amount: Balance) -> RuntimeCall:
    """Stake on a hotkey."""
    return make_call(_PALLET, "add_stake", hotkey=hotkey, amount_staked=amount)


def remove_stake(hotkey: AccountId, amount: Balance) -> RuntimeCall:
    """Take stake back from a hotkey."""
    return make_call(_PALLET, "remove_stake", hotkey=hotkey, amount_unstaked=amount)


def root_register(hotkey: AccountId) -> RuntimeCall:
    """Join the root network."""
    return make_call(_PALLET, "root_register", hotkey=hotkey)


def vote_for_subnet(hotkey: AccountId, netuid: NetUid) -> RuntimeCall:
    """Vote on the root network that a subnet should have all emission."""
    return make_call(
        _PALLET,
        "set_root_weights",
        netuid=ROOT_NETUID,
        hotkey=hotkey,
        dests=[U16(netuid)],
        weights=[_ALL],
        version_key=_ANY_VERSION,
    )


def serve_axon(netuid: NetUid, place: int) -> RuntimeCall:
    """Announce an axon, at one of the addresses of the documentation."""
    return make_call(
        _PALLET,
        "serve_axon",
        netuid=netuid,
        version=U32(1),
        ip=U128(_FIRST_ADDRESS + place),
        port=_AXON_PORT,
        ip_type=_IPV4,
        protocol=_IPV4,
        placeholder1=U8(0),
        placeholder2=U8(0),
    )


def set_weights(netuid: NetUid, uids: list[Uid], weights: tuple[int, ...]) -> RuntimeCall:
    """Weigh peers; validators send weights such that the largest is 65,535."""
    return make_call(
        _PALLET,
        "set_weights",
        netuid=netuid,
        dests=[U16(uid) for uid in uids],
        weights=[U16(weight * _ALL // max(weights)) for weight in weights],
        version_key=_ANY_VERSION,
    )
