"""The settings of a node: one frozen section per part, each of which checks itself."""

import re
import time
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Final

from genesis.spec import ChainSpec
from node.clock import (
    NANOSECONDS_PER_MILLISECOND,
    REAL_TIME,
    UNIX_EPOCH,
    Clock,
    Nanoseconds,
)
from node.executor.policy import OnchainCode
from node.rpc.policy import RpcConfig
from p2p.discovery.address import NodeAddress
from p2p.wire.messages import Role
from primitives.types import Moment
from storage.database import ARCHIVE

IMPORT_INBOX: Final = 16
"""Inputs that wait for the importer. While it is full, blocks stay with the peers."""
DRAINING_SECONDS: Final = 5.0
"""How long a stopping node goes on to import what it has; the rest is fetched again later."""
FAST_ORIGIN: Final = Moment(1_767_225_600_000)
"""2026-01-01: where a clock that is sped up by flag alone begins, so that all such nodes agree."""

HIGHEST_SPEED: Final = 1_000_000
"""How many times faster than wall time chain time may run, or slower. Slots of 12 s then last
12 µs, and chain time stays within 64 bits of milliseconds."""
SPEED_LIMITS: Final = (
    f"the speed must be at most {HIGHEST_SPEED} and at least 1/{HIGHEST_SPEED}, "
    "or 0 for a time that stands"
)

MOST_STATES: Final = 1 << 32
"""As many as a chain may have blocks."""

_HOUR: Final = 3_600_000
"""In milliseconds."""
_HIGHEST_PORT: Final = 65_535
_NODE_NAME: Final = re.compile(r"[^\x00-\x1f]{1,64}")


class ConfigError(ValueError):
    """A setting that cannot be used: which one, and why."""

    def __init__(self, section: str, problem: str) -> None:
        super().__init__(f"{section}: {problem}")


@dataclass(frozen=True, slots=True)
class ClockConfig:
    """How chain time follows wall time."""

    speed: Fraction = REAL_TIME
    origin: Moment = UNIX_EPOCH

    @classmethod
    def of(cls, spec: ChainSpec, speed: Fraction | None) -> "ClockConfig":
        """The chain's own clock, at another speed if one is given."""
        if spec.clock is None:
            return cls() if speed is None else cls(speed, FAST_ORIGIN)
        rate = Fraction(spec.clock.rate) if speed is None else speed
        return cls(rate, Moment(spec.clock.origin_ms))

    def start(self, wall: Nanoseconds = time.time_ns) -> Clock:
        """The clock itself; ConfigError if by this machine's time the chain's is before 1970."""
        clock = Clock(speed=self.speed, origin=self.origin, wall=wall)
        if clock.now() < 0:
            ahead = self.origin - wall() // NANOSECONDS_PER_MILLISECOND
            raise ConfigError(
                "clock",
                f"the chain's time begins {-(-ahead // _HOUR)} hours ahead of this machine's, and "
                f"at speed {self.speed} has no instant for now; set the machine's clock, or "
                "correct originMs in the chain spec",
            )
        return clock

    def validate(self) -> None:
        if self.speed < 0:
            raise ConfigError("--speed", f"time does not run backwards, at {self.speed}")
        if self.speed > HIGHEST_SPEED or 0 < self.speed < Fraction(1, HIGHEST_SPEED):
            raise ConfigError("--speed", SPEED_LIMITS)


@dataclass(frozen=True, slots=True)
class StorageConfig:
    """Where the node keeps what it knows."""

    directory: Path | None = None
    """The chain's own directory; None keeps everything in memory."""
    pruning: int = ARCHIVE
    """How many finalized states are kept; ARCHIVE for all."""

    @property
    def database(self) -> Path | None:
        return self._below("db")

    @property
    def keystore(self) -> Path | None:
        return self._below("keystore")

    @property
    def compiled_code(self) -> Path | None:
        """Wasm runtimes as machine code, which takes seconds to make."""
        return self._below("compiled")

    @property
    def node_key(self) -> Path | None:
        return self._below("network/secret_ed25519")

    def validate(self) -> None:
        if self.pruning < 0:
            raise ConfigError("storage", f"{self.pruning} states cannot be kept")
        if self.pruning > MOST_STATES:
            raise ConfigError("storage", f"at most {MOST_STATES} states can be kept")

    def _below(self, name: str) -> Path | None:
        return None if self.directory is None else self.directory / name


@dataclass(frozen=True, slots=True)
class PeersConfig:
    """The node's place in the network."""

    host: str = "127.0.0.1"
    port: int = 30333
    """Zero takes a free one."""
    public_host: str | None = None
    boot_nodes: tuple[NodeAddress, ...] = ()
    reserved_nodes: tuple[NodeAddress, ...] = ()
    key_seed: bytes | None = None
    """The node's identity; by default it is made at the first start and kept."""
    inbound: int = 25
    outbound: int = 25

    def validate(self) -> None:
        _check_port("network", self.port)
        if self.inbound < 0 or self.outbound < 0:
            raise ConfigError("network", "the number of peers must not be negative")


@dataclass(frozen=True, slots=True)
class AuthoringConfig:
    """Whether the node makes blocks."""

    is_authority: bool = False
    secret: str | None = None
    """Key of this run only: `//Alice` and the like."""
    needs_peers: bool = True
    """Among several authorities, make none while nobody could hear of it."""

    @property
    def role(self) -> Role:
        return Role.AUTHORITY if self.is_authority else Role.FULL

    def validate(self) -> None:
        if self.secret is not None and not self.secret.strip():
            raise ConfigError("authoring", "the secret is empty")


@dataclass(frozen=True, slots=True)
class NodeConfig:
    """Everything that one node is told."""

    name: str
    spec: ChainSpec
    clock: ClockConfig = ClockConfig()
    storage: StorageConfig = StorageConfig()
    peers: PeersConfig = field(default_factory=PeersConfig)
    authoring: AuthoringConfig = AuthoringConfig()
    rpc: RpcConfig = field(default_factory=RpcConfig)
    onchain_code: OnchainCode = OnchainCode.ANY
    """Which Python runtimes the node takes from the chain."""
    try_state: bool = False
    """Whether the whole state is judged after every block."""

    def validate(self) -> None:
        """ConfigError for the first section that does not hold together."""
        if _NODE_NAME.fullmatch(self.name) is None:
            raise ConfigError("name", "must be 1 to 64 characters, without line breaks")
        self.clock.validate()
        self.storage.validate()
        self.peers.validate()
        self.authoring.validate()
        _check_port("--rpc-port", self.rpc.port)

    @property
    def should_have_peers(self) -> bool:
        """A chain of one authority is complete by itself."""
        return self.spec.chain_type != "Development"


def _check_port(section: str, port: int) -> None:
    if not 0 <= port <= _HIGHEST_PORT:
        raise ConfigError(section, f"{port} is no TCP port; those are 0 to {_HIGHEST_PORT}")
