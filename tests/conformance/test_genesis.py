"""The runtime builds the recorded genesis states key for key, and refuses what it must."""

import pytest

from genesis.build import build_state, default_config, genesis_header
from genesis.errors import SpecError
from genesis.host import GenesisHost
from genesis.presets import PRESETS, preset
from genesis.spec import ChainSpec, ConfigGenesis
from node.executor.archive.loader import load_release
from primitives.hashing import twox_128
from primitives.scale.raw import sized, take_sized
from runtime import api
from runtime.framework.errors import Panic
from runtime.runtime import Runtime
from tests.support.vectors import load_vectors, unhex

VECTORS = load_vectors("genesis.json.gz")
REFUSALS = load_vectors("genesis_refusals.json")["cases"]
BUILT = {case["name"]: case for case in VECTORS["build_config"]}


def call(method, args, host):
    return api.call(Runtime(host), method, args)


def call_185(method, args, host):
    release = load_release(185)
    return release.call(release.over(host), method, args)


SINCE_185 = {
    twox_128(b"System") + twox_128(b"LastRuntimeUpgrade"): b"\xe9\x02" + b"\x38node-subtensor",
    twox_128(b"SubtensorModule") + twox_128(b":__STORAGE_VERSION__:"): b"\7\0",
}
"""What spec 186 writes otherwise than spec 185: its number, and that of its storage."""
BOTH = pytest.mark.parametrize(
    ("call", "differing"), [(call_185, {}), (call, SINCE_185)], ids=["185", "installed"]
)


def state_of(case):
    return {unhex(key): unhex(value) for key, value in case["state"].items()}


@BOTH
@pytest.mark.parametrize("chain", VECTORS["chains"], ids=lambda chain: chain["name"])
def test_recorded_chains_are_reproduced_key_for_key_from_their_configs(chain, call, differing):
    spec = ChainSpec("Recorded", "recorded", ConfigGenesis(unhex(chain["code"]), chain["patch"]))
    state = build_state(spec, call)
    assert state == state_of(chain) | differing
    is_same_chain = genesis_header(state).hash() == unhex(chain["genesis_hash"])
    assert is_same_chain == (not differing)


def test_default_config_is_the_recorded_one():
    assert default_config(call) == VECTORS["default_config"]


@BOTH
@pytest.mark.parametrize(
    "case", [case for case in BUILT.values() if "state" in case], ids=lambda case: case["name"]
)
def test_recorded_configs_write_the_recorded_state(case, call, differing):
    host = GenesisHost()
    answer = call("GenesisBuilder_build_config", sized(case["config"].encode()), host)
    assert answer == unhex(case["result"])
    assert host.state() == state_of(case) | differing


@pytest.mark.parametrize("name", ["no config", "not JSON"])
def test_recorded_refusals_are_refusals_that_write_nothing(name):
    host = GenesisHost()
    answer = call("GenesisBuilder_build_config", sized(BUILT[name]["config"].encode()), host)
    assert answer == unhex(BUILT[name]["result"])
    assert host.state() == {}


@pytest.mark.parametrize("case", REFUSALS, ids=lambda case: case["refusal"][19:60])
def test_refusals_have_the_recorded_words_and_places(case):
    answer = call("GenesisBuilder_build_config", sized(unhex(case["document"])), GenesisHost())
    assert answer[:1] == b"\1"
    assert take_sized(answer, 1)[0].decode() == case["refusal"]


def test_balance_under_the_existential_deposit_traps():
    case = BUILT["a balance under the existential deposit: panics"]
    with pytest.raises(Panic, match="existential deposit"):
        call("GenesisBuilder_build_config", sized(case["config"].encode()), GenesisHost())


def test_refused_patch_is_an_error_of_the_spec():
    spec = ChainSpec("Bad", "bad", ConfigGenesis(b"code", {"aura": {"authorities": ["nobody"]}}))
    with pytest.raises(SpecError, match=r"genesis\.runtimeGenesis: the runtime refuses it"):
        build_state(spec, call)


@pytest.mark.parametrize("name", PRESETS)
def test_presets_build_and_their_two_issuances_agree(name):
    state = build_state(preset(name), call)
    balances = state[twox_128(b"Balances") + twox_128(b"TotalIssuance")]
    subtensor = state[twox_128(b"SubtensorModule") + twox_128(b"TotalIssuance")]
    assert balances == subtensor
