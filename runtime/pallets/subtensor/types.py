"""Records that the pallet keeps as map values."""

from primitives.scale.records import scale_struct
from primitives.types import U8, U16, U32, U64, U128


@scale_struct("pallet_subtensor::pallet::AxonInfo")
class AxonInfo:
    """Where a neuron serves requests."""

    block: U64
    """When it said so."""
    version: U32
    """Version of the software that serves."""
    port: U16
    """Port of the endpoint."""
    ip: U128
    """Address as a big-endian number; of version 4 the lower 32 bits."""
    ip_type: U8
    """Version of the address: 4 or 6."""
    protocol: U8
    """Transport; left to the clients."""
    placeholder1: U8
    """Free for the clients."""
    placeholder2: U8
    """Free for the clients."""


@scale_struct("pallet_subtensor::pallet::PrometheusInfo")
class PrometheusInfo:
    """Where a neuron serves metrics."""

    block: U64
    """When it said so."""
    version: U32
    """Version of the software that serves."""
    ip: U128
    """Address as a big-endian number; of version 4 the lower 32 bits."""
    port: U16
    """Port of the endpoint."""
    ip_type: U8
    """Version of the address: 4 or 6."""
