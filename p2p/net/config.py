"""Settings of the network service, and what it takes from the outside world."""

import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from p2p.discovery.address import NodeAddress
from p2p.discovery.book import Draw
from p2p.peers import PeerLimits
from p2p.wire.messages import Role
from primitives.types import Hash


def _unix_time() -> int:
    return int(time.time())


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """One node's place in the network."""

    genesis: Hash
    role: Role = Role.FULL
    listen_host: str = "127.0.0.1"
    listen_port: int = 0
    """Zero takes a free port."""
    public_host: str | None = None
    """Told to others instead of `listen_host`; needed where that is a wildcard."""
    boot_nodes: tuple[NodeAddress, ...] = ()
    reserved_nodes: tuple[NodeAddress, ...] = ()
    peer_limits: PeerLimits = field(default_factory=PeerLimits)
    entropy: Callable[[int], bytes] = os.urandom
    """Secrets of sessions."""
    draw: Draw = random.random
    """Chance without secrets: jitter, and which addresses are told."""
    unix_time: Callable[[], int] = _unix_time
    """Dates the records of the address book."""
