"""Addresses of nodes as people write them: `/ip4/127.0.0.1/tcp/30333/p2p/12D3KooW…`."""

import ipaddress
from dataclasses import dataclass
from typing import Final

from p2p.wire.identity import PeerId, parse_peer_id
from p2p.wire.messages import SocketAddress

_HOST_KINDS: Final = ("ip4", "ip6", "dns", "dns4", "dns6")


@dataclass(frozen=True, slots=True)
class NodeAddress:
    """Where to dial, and who must answer there."""

    peer: PeerId
    host: str
    port: int

    def __str__(self) -> str:
        return f"{format_socket(self.host, self.port)}/p2p/{self.peer}"


def parse_address(text: str) -> NodeAddress:
    """Read a multiaddress; ValueError says what is wrong with it."""
    match text.split("/"):
        case ["", kind, host, "tcp", port, "p2p", peer] if kind in _HOST_KINDS and host:
            if not port.isdecimal() or not 0 < int(port) < 65_536:
                raise ValueError(f"{port!r} is no TCP port in {text!r}")
            if kind.startswith("ip"):
                ipaddress.ip_address(host)
            return NodeAddress(parse_peer_id(peer), host, int(port))
        case _:
            raise ValueError(f"{text!r} is not of the form /ip4/HOST/tcp/PORT/p2p/PEER_ID")


def format_socket(host: str, port: int) -> str:
    """Write the address of a listener, without its PeerId."""
    try:
        kind = f"ip{ipaddress.ip_address(host).version}"
    except ValueError:
        kind = "dns"
    return f"/{kind}/{host}/tcp/{port}"


def pack_socket(host: str, port: int) -> SocketAddress | None:
    """Answer the address in its wire form; None for a name or a wildcard, which nobody can dial."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    return None if address.is_unspecified else SocketAddress(address.packed, port)


def unpack_host(address: SocketAddress) -> str:
    """Answer the host part; ValueError if the length fits neither IP version."""
    return str(ipaddress.ip_address(address.ip))


def is_loopback(host: str) -> bool:
    """Tell whether limits per IP make no sense: a devnet shares one."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
