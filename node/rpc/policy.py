"""Who may ask what, and how much: origins of web pages, unsafe methods, limits."""

import ipaddress
from dataclasses import dataclass
from enum import Enum
from typing import Final


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what one client can cost, or all together. Sizes in bytes, times in seconds."""

    request_size: int = 16 << 20
    """Room for a `set_code` with a real runtime, in hex."""
    response_size: int = 64 << 20
    """Metadata takes 1 MiB, the neurons of a full subnet with all weights tens of them."""
    batch: int = 1_000
    connections: int = 100
    subscriptions: int = 1_024
    """Per connection. This and the number of connections are Substrate's."""
    pending_calls: int = 32
    """Slow calls of one connection at the same time; the next is read when one is done."""
    unsent_size: int = 1 << 20
    """What may wait for a client to read it before nothing more is done for it."""
    head_size: int = 16 << 10
    head_seconds: float = 10
    body_seconds: float = 60
    idle_seconds: float = 60
    """An HTTP connection without a request is closed after this, a WebSocket one is pinged."""
    missed_pings: int = 3
    send_seconds: float = 30
    """A client that takes nothing for so long is gone."""


class UnsafeMethods(Enum):
    """Whether methods that are costly or change the node are answered: `--rpc-methods`."""

    AUTO = "auto"
    """Only if the server listens on loopback."""
    SAFE = "safe"
    UNSAFE = "unsafe"

    def allowed_at(self, host: str) -> bool:
        """Whether a server that listens on `host` answers them."""
        if self is UnsafeMethods.AUTO:
            return ipaddress.ip_address(host).is_loopback
        return self is UnsafeMethods.UNSAFE


ANY_PORT: Final = ":*"
NO_ORIGIN: Final = "null"
"""What browsers send for pages out of files."""


@dataclass(frozen=True, slots=True)
class Origins:
    """Web pages whose scripts may connect; programs that are no browsers always may."""

    allowed: tuple[str, ...] | None
    """Origins, with `:*` for any port; None for all."""

    @classmethod
    def parse(cls, text: str) -> "Origins":
        """Read `--rpc-cors`: `all`, or origins with commas between."""
        if text == "all":
            return cls(None)
        origins = tuple(part.strip() for part in text.split(","))
        for origin in origins:
            if "://" not in origin and origin != NO_ORIGIN:
                raise ValueError(
                    f"{origin!r} is no origin of web pages, such as https://example.org or "
                    "http://localhost:*; `all` allows every one"
                )
        return cls(origins)

    def allow(self, origin: str | None) -> bool:
        """Whether a request with this Origin header, or with none, is answered."""
        if origin is None or self.allowed is None:
            return True
        return any(_fits(pattern, origin) for pattern in self.allowed)


def _fits(pattern: str, origin: str) -> bool:
    if not pattern.endswith(ANY_PORT):
        return origin == pattern
    host = pattern.removesuffix(ANY_PORT)
    port = origin.removeprefix(host)
    return origin.startswith(host) and (port == "" or (port[0] == ":" and port[1:].isdigit()))


LOCAL_PAGES: Final = Origins(
    (
        "http://localhost:*",
        "https://localhost:*",
        "http://127.0.0.1:*",
        "https://127.0.0.1:*",
        "https://polkadot.js.org",
    )
)
"""Pages served by this machine, and polkadot.js Apps: Substrate's default."""


@dataclass(frozen=True, slots=True)
class RpcConfig:
    """Everything that may be set about the server."""

    host: str = "127.0.0.1"
    port: int = 9944
    methods: UnsafeMethods = UnsafeMethods.AUTO
    origins: Origins = LOCAL_PAGES
    limits: Limits = Limits()
