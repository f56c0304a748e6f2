"""The plan of a devnet: which nodes, on which ports, with which keys, over which chain."""

import secrets
import socket
import sys
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from genesis.dev_keys import DEV_NAMES
from genesis.presets import genesis_patch, preset
from genesis.spec import ChainSpec, Clock, ConfigGenesis, load_spec, render_spec
from node.devnet.errors import DevnetError
from node.executor.policy import OnchainCode
from node.whole_file import whole_file
from p2p.wire.identity import NodeKey

HOST: Final = "127.0.0.1"

_SPEC_FILE: Final = "chain-spec.json"
_P2P_OFFSET: Final = 100
"""With given ports, a node listens to peers this far above its RPC port."""
_NODE_KEY_LENGTH: Final = 32
_ELSEWHERE: Final = "choose another --base-path"


@dataclass(frozen=True, slots=True)
class NodePlan:
    """All that a node must be told, and where it keeps what is its own."""

    name: str
    directory: Path
    spec: Path
    rpc_port: int
    p2p_port: int
    node_key: bytes
    bootnodes: tuple[str, ...] = ()
    is_authority: bool = True
    onchain_code: OnchainCode = OnchainCode.ANY

    @property
    def log(self) -> Path:
        return self.directory / "node.log"

    @property
    def rpc_url(self) -> str:
        return f"ws://{HOST}:{self.rpc_port}"

    @property
    def p2p_address(self) -> str:
        """Where peers find the node."""
        peer_id = NodeKey.from_seed(self.node_key).peer_id
        return f"/ip4/{HOST}/tcp/{self.p2p_port}/p2p/{peer_id}"

    @property
    def command(self) -> list[str]:
        """The command line of the node's process."""
        flags = [
            *("--chain", str(self.spec)),
            *("--base-path", str(self.directory)),
            *("--node-key", self.node_key.hex()),
            *("--port", str(self.p2p_port)),
            *("--rpc-port", str(self.rpc_port)),
            *("--onchain-code", self.onchain_code.value),
            "--until-stdin-closes",
            *((f"--{self.name}",) if self.is_authority else ("--name", self.name)),
        ]
        for bootnode in self.bootnodes:
            flags += ["--bootnodes", bootnode]
        return [sys.executable, "-m", "node", *flags]


def make_plan(
    directory: Path,
    *,
    nodes: int,
    speed: int,
    base_port: int | None,
    now_ms: int,
    code: bytes,
    onchain_code: OnchainCode = OnchainCode.ANY,
) -> list[NodePlan]:
    """Plan the nodes, and write the chain spec unless the directory holds it from an earlier run.

    Raises:
        DevnetError: a given port is taken, or the directory belongs to another devnet or cannot be
            written to.
    """
    try:
        spec = _prepare_spec(directory / _SPEC_FILE, nodes, Clock(now_ms, speed), code)
    except OSError as error:
        raise DevnetError(f"{error.filename}: {error.strerror}; {_ELSEWHERE}") from None
    ports = _free_ports(2 * nodes) if base_port is None else _given_ports(base_port, nodes)
    plans = [
        _plan_node(name, directory, spec, ports[place], ports[nodes + place])
        for place, name in enumerate(_names(nodes))
    ]
    addresses = [plan.p2p_address for plan in plans]
    return [
        replace(plan, bootnodes=_others(addresses, place), onchain_code=onchain_code)
        for place, plan in enumerate(plans)
    ]


def plan_follower(name: str, authorities: list[NodePlan]) -> NodePlan:
    """Plan one more node of the same chain, which knows the others and authors nothing."""
    spec = authorities[0].spec
    plan = _plan_node(name, spec.parent, spec, *_free_ports(2))
    known = tuple(authority.p2p_address for authority in authorities)
    return replace(plan, bootnodes=known, is_authority=False)


def _plan_node(name: str, directory: Path, spec: Path, rpc_port: int, p2p_port: int) -> NodePlan:
    home = directory / name
    home.mkdir(parents=True, exist_ok=True)
    return NodePlan(name, home, spec, rpc_port, p2p_port, secrets.token_bytes(_NODE_KEY_LENGTH))


def _others(addresses: list[str], place: int) -> tuple[str, ...]:
    """Every node is told of all others, so that any may come first or come back."""
    return tuple(address for other, address in enumerate(addresses) if other != place)


def _names(nodes: int) -> list[str]:
    return [name.lower() for name in DEV_NAMES[:nodes]]


def devnet_spec(nodes: int, clock: Clock, code: bytes) -> ChainSpec:
    """The preset `local` with an authority for each node, on a clock that they share."""
    local = preset("local", code)
    if not isinstance(local.genesis, ConfigGenesis):
        raise TypeError("presets describe their genesis, they do not spell it out")
    config = genesis_patch(DEV_NAMES[:nodes])
    return replace(local, clock=clock, genesis=replace(local.genesis, config=config))


def _prepare_spec(path: Path, nodes: int, clock: Clock, code: bytes) -> Path:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as file:
            file.write(render_spec(devnet_spec(nodes, clock, code)).encode())
        return path
    found = load_spec(path)
    if found.clock is None or found.clock.rate != clock.rate:
        raise DevnetError(f"{path} is of a devnet at another speed than {clock.rate}; {_ELSEWHERE}")
    if found != devnet_spec(nodes, found.clock, code):
        raise DevnetError(
            f"{path} is of a devnet with other nodes, another runtime or genesis; {_ELSEWHERE}"
        )
    return path


def _given_ports(base: int, nodes: int) -> list[int]:
    ports = [base + place for place in range(nodes)]
    ports += [port + _P2P_OFFSET for port in ports]
    with ExitStack() as stack:
        for port in ports:
            _bind(stack, port)
    return ports


def _free_ports(number: int) -> list[int]:
    """Ports that nobody uses now. All are held until the last one is found, so none comes twice."""
    with ExitStack() as stack:
        return [_bind(stack, 0) for _ in range(number)]


def _bind(stack: ExitStack, port: int) -> int:
    listener = stack.enter_context(socket.socket())
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        raise DevnetError(
            f"port {port} cannot be used: {error.strerror}; choose others with --base-port, "
            "or let the system choose, without it"
        ) from None
    bound: int = listener.getsockname()[1]
    return bound
