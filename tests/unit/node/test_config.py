"""Settings: what the command line makes of its flags, and what each section refuses."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from genesis.presets import preset
from genesis.spec import Clock, render_spec
from node.cli import main, read_config
from node.config import (
    FAST_ORIGIN,
    AuthoringConfig,
    ClockConfig,
    ConfigError,
    NodeConfig,
    PeersConfig,
    StorageConfig,
)
from node.executor.archive.build import installed_archive
from node.executor.policy import OnchainCode
from node.logs import LogFilter
from node.rpc.policy import Origins, RpcConfig, UnsafeMethods
from primitives.types import Moment
from storage.database import ARCHIVE

PEER = "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp"
BOOT_NODE = f"/ip4/127.0.0.1/tcp/30333/p2p/{PEER}"


def config_of(*arguments, directory=None):
    """The settings that a command line stands for."""
    with main.make_context("taonode", list(arguments)) as context:
        return read_config(context.params, directory)


def test_dev_is_a_chain_of_alice_with_open_doors():
    config = config_of("--dev", directory=Path("/tmp/x"))
    assert config.spec == preset("dev", installed_archive())
    assert config.onchain_code is OnchainCode.ANY
    assert config.name == "Alice"
    assert config.storage == StorageConfig(Path("/tmp/x/chains/dev"), ARCHIVE)
    assert config.authoring == AuthoringConfig(
        is_authority=True, secret="//Alice", needs_peers=False
    )
    assert config.rpc.origins == Origins.parse("all")


def test_flags_reach_their_sections():
    config = config_of(
        *("--chain", "local", "--bob", "--base-path", "/tmp/b", "--name", "B", "--port", "0"),
        *("--rpc-port", "1", "--rpc-external", "--rpc-methods", "safe", "--pruning", "256"),
        *("--bootnodes", BOOT_NODE, "--node-key", "01" * 32, "--in-peers", "3", "--speed", "48"),
        *("--onchain-code", "known"),
    )
    assert config.onchain_code is OnchainCode.KNOWN
    assert config.name == "B"
    assert config.clock == ClockConfig(Fraction(48), FAST_ORIGIN)
    assert config.storage == StorageConfig(Path("/tmp/b/chains/local_testnet"), 256)
    assert config.authoring == AuthoringConfig(is_authority=True, secret="//Bob")
    assert config.rpc == RpcConfig("0.0.0.0", 1, UnsafeMethods.SAFE)
    assert [str(node) for node in config.peers.boot_nodes] == [BOOT_NODE]
    assert config.peers.key_seed == b"\1" * 32
    assert (config.peers.port, config.peers.inbound, config.peers.host) == (0, 3, "127.0.0.1")


def test_a_node_without_keys_authors_nothing():
    assert config_of("--chain", "local").authoring == AuthoringConfig()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--speed", "fast"), "--speed: must be a number or a fraction, .*fast"),
        (("--speed", "1/0"), "--speed: must be a number or a fraction, .*1/0"),
        (("--speed", "1e99999999999"), "--speed: the speed must be at most 1000000"),
        (("--speed", "1e-99999999999"), "--speed: the speed must be at most 1000000"),
        (("--pruning", "some"), "--pruning: must be archive or a number of states, .*some"),
        (("--pruning", str(2**32 + 1)), "--pruning: must be at most 4294967296 states"),
        (("--pruning", "9" * 5000), "--pruning: must be at most 4294967296 states"),
        (("--pruning", "-5"), "--pruning: must be archive or a number of states, .*-5"),
        (("--rpc-cors", "example.org"), "--rpc-cors: 'example.org' is no origin"),
        (("--bootnodes", "/ip4/1.2.3.4"), "--bootnodes: .*not of the form"),
    ],
)
def test_flags_that_mean_nothing_are_named(arguments, words):
    with pytest.raises(ConfigError, match=words):
        config_of("--chain", "dev", *arguments)


def test_a_boot_node_of_the_spec_is_told_from_one_of_the_flag(tmp_path):
    file = tmp_path / "spec.json"
    spec = replace(preset("dev", installed_archive()), boot_nodes=("/dns/x",))
    file.write_text(render_spec(spec), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"^bootNodes of the chain spec: '/dns/x' is not"):
        config_of("--chain", str(file))


def test_a_chains_own_clock_counts_and_a_flag_changes_its_speed():
    spec = preset("dev")
    timed = type(spec)(spec.name, spec.id, spec.genesis, clock=Clock(origin_ms=5, rate=48))
    assert ClockConfig.of(spec, None) == ClockConfig()
    assert ClockConfig.of(timed, None) == ClockConfig(Fraction(48), 5)
    assert ClockConfig.of(timed, Fraction(2)) == ClockConfig(Fraction(2), 5)


@pytest.mark.parametrize(
    ("sections", "words"),
    [
        ({"name": "two\nlines"}, "^name: "),
        ({"name": ""}, "^name: "),
        ({"clock": ClockConfig(Fraction(-1))}, "^--speed: "),
        ({"clock": ClockConfig(Fraction("1e400"))}, "^--speed: the speed must be at most 1000000"),
        ({"clock": ClockConfig(Fraction("1e-400"))}, "^--speed: .* and at least 1/1000000, or 0 "),
        ({"storage": StorageConfig(pruning=-1)}, "^storage: "),
        ({"storage": StorageConfig(pruning=2**32 + 1)}, "^storage: at most 4294967296 states"),
        ({"peers": PeersConfig(port=70_000)}, "^network: 70000 is no TCP port"),
        ({"peers": PeersConfig(inbound=-1)}, "^network: "),
        ({"authoring": AuthoringConfig(secret=" ")}, "^authoring: "),
        ({"rpc": RpcConfig(port=-1)}, "^--rpc-port: -1 is no TCP port"),
    ],
)
def test_sections_refuse_what_cannot_be(sections, words):
    NodeConfig("n", preset("dev")).validate()
    with pytest.raises(ConfigError, match=words):
        NodeConfig(**({"name": "n", "spec": preset("dev")} | sections)).validate()


@pytest.mark.parametrize("speed", ["1000000", "1e6", "1/1000000", "1e-06", "0", "0e9", "48"])
def test_speeds_within_the_limits(speed):
    config_of("--dev", "--speed", speed).validate()


def test_log_levels_go_by_target():
    assert LogFilter.parse("warn,p2p=debug, import=off") == {"": 30, "p2p": 10, "import": 51}
    with pytest.raises(ValueError, match="'loud' is no log level"):
        LogFilter.parse("p2p=loud")


@pytest.mark.parametrize(("text", "states"), [("4294967296", 2**32), ("0" * 5000 + "8", 8)])
def test_how_many_states_are_kept(text, states):
    assert config_of("--dev", "--pruning", text).storage.pruning == states


def test_a_clock_that_begins_far_ahead_of_the_machines_is_refused():
    """At speed 48 chain time goes back 48 hours with each hour before the origin."""
    hours = 3_600 * 10**9
    clock = ClockConfig(Fraction(48), Moment(480 * 3_600_000))
    assert clock.start(lambda: 471 * hours).now() > 0
    words = "^clock: the chain's time begins 11 hours ahead of this machine's, and at speed 48 "
    with pytest.raises(ConfigError, match=words):
        clock.start(lambda: 469 * hours)
