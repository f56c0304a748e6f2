"""The command line: flags to a NodeConfig, and a node that runs until a signal comes."""

import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import click
import trio

from genesis.dev_keys import DEV_NAMES
from genesis.spec import ChainSpec
from node.block_file.command import export, import_
from node.commands.build_spec import build_spec
from node.commands.key import key
from node.commands.options import (
    DEFAULT_CHAIN,
    base_path_flag,
    chain_directory,
    choose_spec,
    clear_errors,
    code_flags,
    onchain_code_flag,
    pruning_flag,
    read_pruning,
    read_speed,
    speed_flag,
)
from node.commands.purge_chain import purge_chain
from node.config import (
    AuthoringConfig,
    ClockConfig,
    ConfigError,
    NodeConfig,
    PeersConfig,
    StorageConfig,
)
from node.devnet.command import devnet
from node.executor.policy import OnchainCode
from node.identity import parse_seed
from node.lifeline import stop_at_end_of
from node.logs import LogFilter, start_logging
from node.replay.command import record, replay
from node.rpc.policy import LOCAL_PAGES, Origins, RpcConfig, UnsafeMethods
from node.runtime_tools.command import runtime
from node.service import run_node
from node.snapshot.command import snapshot
from node.try_runtime.command import try_runtime
from p2p.discovery.address import NodeAddress, parse_address

Flags = dict[str, Any]
"""The command line as click has read it."""

EVERYWHERE: Final = "0.0.0.0"
LOOPBACK: Final = "127.0.0.1"


def _dev_account_flags(command: Callable[..., None]) -> Callable[..., None]:
    for name in DEV_NAMES:
        text = f"Shortcut for --name {name} --validator with the development keys of {name}."
        flag = click.option(f"--{name.lower()}", "dev_name", flag_value=name, help=text)
        command = flag(command)
    return command


@click.group(invoke_without_command=True)
@click.version_option(package_name="taonode")
@click.option("--dev", is_flag=True, help="A chain of one author, Alice; temporary by default.")
@click.option("--chain", help=f"A preset or a chain spec file. [default: {DEFAULT_CHAIN}]")
@code_flags
@_dev_account_flags
@base_path_flag
@click.option("--tmp", is_flag=True, help="Live in a directory that is removed at the end.")
@click.option("--name", help="A name for people.")
@click.option("--validator", is_flag=True, help="Author blocks with the keys in the keystore.")
@click.option("--force-authoring", is_flag=True, help="Author also while there are no peers.")
@click.option("--port", type=int, default=30333, show_default=True, help="For peers; 0: any free.")
@click.option("--listen-host", help="Address for peers. [default: loopback on local chains]")
@click.option("--public-host", help="Address by which other nodes reach this one.")
@click.option("--bootnodes", multiple=True, help="First peers, /ip4/HOST/tcp/PORT/p2p/ID.")
@click.option("--reserved-nodes", multiple=True, help="Peers that always have a place.")
@click.option("--node-key", help="The node's identity: 32 bytes in hex.")
@click.option(
    "--in-peers", type=int, default=25, show_default=True, help="Most peers that call us."
)
@click.option(
    "--out-peers", type=int, default=25, show_default=True, help="Most peers that we call."
)
@click.option("--rpc-port", type=int, default=9944, show_default=True, help="0: any free one.")
@click.option("--rpc-external", is_flag=True, help="Let other machines use RPC.")
@click.option("--rpc-cors", help="Web pages that may use RPC: `all`, or origins with commas.")
@click.option(
    "--rpc-methods",
    type=click.Choice([choice.value for choice in UnsafeMethods]),
    default=UnsafeMethods.AUTO.value,
    show_default=True,
    help="Whether to answer costly methods and those that change the node; auto: on loopback only.",
)
@pruning_flag
@onchain_code_flag
@click.option("-l", "--log", "log_filter", default="", help="As in `info,p2p=debug`.")
@speed_flag
@click.option("--try-state", is_flag=True, help="Judge the state after every block. Slow.")
@click.option(
    "--until-stdin-closes",
    is_flag=True,
    help="Stop when standard input ends, and so with the program that holds its other end.",
)
@click.pass_context
def main(context: click.Context, /, **flags: Any) -> None:
    """Run a Bittensor chain node. `taonode --dev --tmp` is a chain of your own."""
    if context.invoked_subcommand is not None:
        return
    with clear_errors():
        start_logging(_parsed(LogFilter.parse, flags["log_filter"], "--log"))
        with _directory(flags) as directory:
            config = read_config(flags, directory)
            config.validate()
            lifeline = sys.stdin.fileno() if flags["until_stdin_closes"] else None
            trio.run(run_until_signal, config, lifeline)


main.add_command(build_spec)
main.add_command(devnet)
main.add_command(export)
main.add_command(import_)
main.add_command(key)
main.add_command(purge_chain)
main.add_command(record)
main.add_command(replay)
main.add_command(runtime)
main.add_command(snapshot)
main.add_command(try_runtime)


async def run_until_signal(config: NodeConfig, lifeline: int | None = None) -> None:
    """Run a node until SIGINT or SIGTERM. A second signal does not wait for an orderly end.

    The end of `lifeline`, a file descriptor, stops the node as the first signal does.
    """
    stop = trio.Event()
    async with trio.open_nursery() as nursery:

        async def listen(task_status: trio.TaskStatus[None]) -> None:
            with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
                task_status.started()
                await anext(signals)
                stop.set()
                await anext(signals)
                nursery.cancel_scope.cancel()

        await nursery.start(listen)
        if lifeline is not None:
            nursery.start_soon(stop_at_end_of, lifeline, stop)
        await run_node(config, stop)
        nursery.cancel_scope.cancel()


def read_config(flags: Flags, directory: Path | None) -> NodeConfig:
    """The settings that the flags stand for; `directory` replaces the base path if given."""
    spec = choose_spec(_chain_of(flags), flags["spec_version"], flags["runtime"])
    dev_name: str | None = flags["dev_name"] or ("Alice" if flags["dev"] else None)
    return NodeConfig(
        name=flags["name"] or dev_name or "taonode",
        spec=spec,
        clock=ClockConfig.of(spec, read_speed(flags["speed"])),
        storage=StorageConfig(
            chain_directory(directory or flags["base_path"], spec), read_pruning(flags["pruning"])
        ),
        peers=_peers(flags, spec),
        authoring=AuthoringConfig(
            is_authority=flags["validator"] or dev_name is not None,
            secret=f"//{dev_name}" if dev_name else None,
            needs_peers=not (flags["dev"] or flags["force_authoring"]),
        ),
        rpc=_rpc(flags),
        onchain_code=OnchainCode(flags["onchain_code"]),
        try_state=flags["try_state"],
    )


@contextmanager
def _directory(flags: Flags) -> Iterator[Path | None]:
    """A temporary base path, if the flags ask for one: removed with all that is in it."""
    if not (flags["tmp"] or (flags["dev"] and flags["base_path"] is None)):
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="taonode-") as path:
        yield Path(path)


def _chain_of(flags: Flags) -> str:
    chain: str | None = flags["chain"]
    return chain or ("dev" if flags["dev"] else DEFAULT_CHAIN)


def _peers(flags: Flags, spec: ChainSpec) -> PeersConfig:
    is_local = spec.chain_type != "Live"
    seed = flags["node_key"]
    return PeersConfig(
        host=flags["listen_host"] or (LOOPBACK if is_local else EVERYWHERE),
        port=flags["port"],
        public_host=flags["public_host"],
        boot_nodes=(
            *_addresses(spec.boot_nodes, "bootNodes of the chain spec"),
            *_addresses(flags["bootnodes"], "--bootnodes"),
        ),
        reserved_nodes=_addresses(flags["reserved_nodes"], "--reserved-nodes"),
        key_seed=parse_seed(seed, "--node-key") if seed else None,
        inbound=flags["in_peers"],
        outbound=flags["out_peers"],
    )


def _rpc(flags: Flags) -> RpcConfig:
    if flags["rpc_cors"]:
        origins = _parsed(Origins.parse, flags["rpc_cors"], "--rpc-cors")
    else:
        origins = Origins.parse("all") if flags["dev"] else LOCAL_PAGES
    return RpcConfig(
        host=EVERYWHERE if flags["rpc_external"] else LOOPBACK,
        port=flags["rpc_port"],
        methods=UnsafeMethods(flags["rpc_methods"]),
        origins=origins,
    )


def _addresses(texts: tuple[str, ...], flag: str) -> tuple[NodeAddress, ...]:
    return tuple(_parsed(parse_address, text, flag) for text in texts)


def _parsed(read: Callable[[str], Any], text: str, flag: str) -> Any:
    try:
        return read(text)
    except ValueError as error:
        raise ConfigError(flag, str(error)) from None
