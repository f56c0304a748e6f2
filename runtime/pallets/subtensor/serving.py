"""Serving: a registered hotkey announces where it answers requests and where it shows metrics."""

from typing import Final

from primitives.arith import U32_MAX, U128_MAX, wrapping_sub_u64
from primitives.types import U8, U64, U128, AccountId, NetUid
from runtime.framework.errors import ensure
from runtime.framework.origin import Origin, ensure_signed
from runtime.pallets.subtensor import errors
from runtime.pallets.subtensor.events import AxonServed, PrometheusServed
from runtime.pallets.subtensor.storage import SubtensorState
from runtime.pallets.subtensor.types import AxonInfo, PrometheusInfo
from runtime.pallets.subtensor.uids import is_hotkey_registered_on_any_network

IPV4: Final = 4
IPV6: Final = 6
IPV4_LOCALHOST: Final = 0x7F00_0001
IPV6_LOCALHOST: Final = 1


def do_serve_axon(pallet: SubtensorState, origin: Origin, netuid: NetUid, axon: AxonInfo) -> None:
    """Announce the caller's axon. Whether the subnet exists is not asked."""
    hotkey = ensure_signed(origin)
    previous = pallet.axons.get(netuid, hotkey)
    _ensure_may_serve(pallet, hotkey, netuid, axon, previous)

    pallet.axons.insert(netuid, hotkey, axon)

    pallet.deposit(AxonServed(netuid, hotkey))


def do_serve_prometheus(
    pallet: SubtensorState, origin: Origin, netuid: NetUid, endpoint: PrometheusInfo
) -> None:
    """Announce the caller's metrics. Whether the subnet exists is not asked."""
    hotkey = ensure_signed(origin)
    previous = pallet.prometheus.get(netuid, hotkey)
    _ensure_may_serve(pallet, hotkey, netuid, endpoint, previous)

    pallet.prometheus.insert(netuid, hotkey, endpoint)

    pallet.deposit(PrometheusServed(netuid, hotkey))


def _ensure_may_serve(
    pallet: SubtensorState,
    hotkey: AccountId,
    netuid: NetUid,
    endpoint: AxonInfo | PrometheusInfo,
    previous: AxonInfo | PrometheusInfo | None,
) -> None:
    ensure(is_hotkey_registered_on_any_network(pallet, hotkey), errors.NotRegistered)
    ensure(endpoint.ip_type in (IPV4, IPV6), errors.InvalidIpType)
    ensure(is_valid_ip_address(endpoint.ip_type, endpoint.ip), errors.InvalidIpAddress)
    ensure(
        previous is None or _waited_long_enough(pallet, netuid, previous.block),
        errors.ServingRateLimitExceeded,
    )
    ensure(endpoint.port != 0, errors.InvalidPort)


def _waited_long_enough(pallet: SubtensorState, netuid: NetUid, last: U64) -> bool:
    limit = pallet.serving_rate_limit.get(netuid)
    return last == 0 or wrapping_sub_u64(pallet.system.block_number(), last) >= limit


def is_valid_ip_address(ip_type: U8, address: U128) -> bool:
    """Whether the address could belong to a host: not zero, not broadcast, not localhost."""
    if ip_type == IPV4:
        return 0 < address < U32_MAX and address != IPV4_LOCALHOST
    return 0 < address < U128_MAX and address != IPV6_LOCALHOST
