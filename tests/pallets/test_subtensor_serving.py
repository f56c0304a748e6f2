"""Announcing axons and metrics endpoints."""

import pytest

from primitives.types import NetUid
from runtime.framework.errors import BadOrigin
from runtime.framework.origin import Origin
from runtime.pallets.subtensor import errors, events
from runtime.pallets.subtensor.types import AxonInfo, PrometheusInfo
from tests.support.subtensor import Economy, account

HOT, STRANGER = account("hot"), account("stranger")
NETUID = NetUid(1)
ADDRESS = 0x0A00_0001


@pytest.fixture
def economy():
    economy = Economy()
    economy.pallet.is_network_member.insert(HOT, NetUid(7), True)
    economy.now(100)
    return economy


def axon(ip=ADDRESS, port=8091, ip_type=4):
    return ("serve_axon", HOT, NETUID, 3, ip, port, ip_type, 0, 1, 2)


def metrics(ip=ADDRESS, port=8091, ip_type=4):
    return ("serve_prometheus", HOT, NETUID, 3, ip, port, ip_type)


def test_axon_is_stored_even_for_a_subnet_that_is_not_there(economy):
    economy.call(*axon())
    assert economy.pallet.axons.get(NETUID, HOT) == AxonInfo(100, 3, 8091, ADDRESS, 4, 0, 1, 2)
    assert economy.has_event(events.AxonServed(NETUID, HOT))


def test_metrics_endpoint_is_stored(economy):
    economy.call(*metrics())
    stored = economy.pallet.prometheus.get(NETUID, HOT)
    assert stored == PrometheusInfo(100, 3, ADDRESS, 8091, 4)
    assert economy.has_event(events.PrometheusServed(NETUID, HOT))


@pytest.mark.parametrize("announce", [axon, metrics])
class TestRefusals:
    def test_unregistered_hotkey(self, economy, announce):
        name, _, *args = announce()
        economy.refuses(errors.NotRegistered, name, STRANGER, *args)

    def test_root_origin(self, economy, announce):
        name, _, *args = announce()
        economy.refuses(BadOrigin, name, Origin.root(), *args)

    @pytest.mark.parametrize("ip_type", [0, 5, 255])
    def test_unknown_version_of_address(self, economy, announce, ip_type):
        economy.refuses(errors.InvalidIpType, *announce(ip_type=ip_type))

    @pytest.mark.parametrize(
        ("ip_type", "ip"),
        [(4, 0), (4, 0x7F00_0001), (4, 2**32 - 1), (4, 2**32), (6, 0), (6, 1), (6, 2**128 - 1)],
    )
    def test_address_of_no_host(self, economy, announce, ip_type, ip):
        economy.refuses(errors.InvalidIpAddress, *announce(ip=ip, ip_type=ip_type))

    @pytest.mark.parametrize(
        ("ip_type", "ip"), [(4, 1), (4, 2**32 - 2), (6, 2), (6, 0x7F00_0001), (6, 2**128 - 2)]
    )
    def test_address_of_a_host_is_taken(self, economy, announce, ip_type, ip):
        economy.call(*announce(ip=ip, ip_type=ip_type))

    def test_port_zero(self, economy, announce):
        economy.refuses(errors.InvalidPort, *announce(port=0))

    def test_too_soon_after_the_last(self, economy, announce):
        economy.call(*announce())
        economy.now(149)
        economy.refuses(errors.ServingRateLimitExceeded, *announce(port=0))
        economy.now(150)
        economy.call(*announce())

    def test_no_rate_limit(self, economy, announce):
        economy.pallet.serving_rate_limit.insert(NETUID, 0)
        economy.call(*announce())
        economy.call(*announce())
