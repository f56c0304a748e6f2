"""The way from a spec to a genesis state and header, with a runtime of one pallet."""

import json

import pytest

from genesis.build import build_state, default_config, genesis_header, merge_patch, to_raw
from genesis.errors import SpecError
from genesis.host import GenesisHost
from genesis.spec import ChainSpec, ConfigGenesis, RawGenesis, parse_spec, render_spec
from primitives.block import Digest, Header
from primitives.errors import InvariantBroken
from primitives.scale.raw import sized, take_sized
from runtime.framework.errors import Panic
from tests.support.blocks import with_roots
from tests.support.plain_trie import plain_root
from tests.support.vectors import load_vectors, unhex

VECTORS = load_vectors("genesis.json.gz")
CODE = b"code"


class TextRuntime:
    """Stores each text of its config under the text's name."""

    def __call__(self, method, args, host):
        if method == "GenesisBuilder_create_default_config":
            return sized(b'{"texts": {"greeting": "hello", "farewell": "bye"}}')
        assert method == "GenesisBuilder_build_config"
        text, end = take_sized(args, 0)
        assert end == len(args)
        for name, value in json.loads(text)["texts"].items():
            if value == "trap":
                raise Panic("this text is a trap")
            if value == "bad":
                return b"\1" + sized(b"Invalid JSON blob: bad text")
            host.put(name.encode(), value.encode())
            if value == "below":
                host.child(name.encode()).put(b"text", value.encode())
        host.put(b"scratch", b"")
        host.delete(b"scratch")
        host.child(b"scratch").put(b"text", b"")
        host.child(b"scratch").delete(b"text")
        return b"\0"


def spec_of(genesis):
    return ChainSpec("Test", "test", genesis)


def test_patch_goes_over_the_default_config():
    spec = spec_of(ConfigGenesis(CODE, {"texts": {"greeting": "hi", "farewell": None}}))
    assert build_state(spec, TextRuntime()) == {b"greeting": b"hi", b":code": CODE}


def test_full_config_stands_alone():
    spec = spec_of(ConfigGenesis(CODE, {"texts": {"name": "x"}}, is_patch=False))
    assert build_state(spec, TextRuntime()) == {b"name": b"x", b":code": CODE}


def test_raw_state_is_taken_as_it_is():
    top = {b":code": CODE, b"k": b"v"}
    assert build_state(spec_of(RawGenesis(top)), TextRuntime()) == top


def test_raw_spec_begins_the_same_chain():
    spec = spec_of(ConfigGenesis(CODE, {}))
    raw = to_raw(spec, TextRuntime())
    assert raw == spec_of(RawGenesis(build_state(spec, TextRuntime())))
    assert parse_spec(render_spec(raw)) == raw


def test_child_tries_are_spelled_out_beside_the_top_and_their_roots_are_in_it():
    spec = spec_of(ConfigGenesis(CODE, {"texts": {"deep": "below"}}, is_patch=False))
    top = {b"deep": b"below", b":code": CODE}
    children = {b"deep": {b"text": b"below"}}
    raw = to_raw(spec, TextRuntime())
    assert raw == spec_of(RawGenesis(top, children))
    assert parse_spec(render_spec(raw)) == raw
    expected = with_roots(top, children)
    assert build_state(spec, TextRuntime()) == build_state(raw, TextRuntime()) == expected
    assert genesis_header(expected).state_root == plain_root(expected)


def test_a_child_trie_without_entries_is_none():
    spec = spec_of(RawGenesis({b":code": CODE}, {b"empty": {}}))
    assert build_state(spec, TextRuntime()) == {b":code": CODE}


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("trap", "the runtime refuses it: this text is a trap"),
        ("bad", "the runtime refuses it: Invalid JSON blob: bad text"),
    ],
)
def test_config_that_the_runtime_refuses(value, problem):
    spec = spec_of(ConfigGenesis(CODE, {"texts": {"greeting": value}}))
    with pytest.raises(SpecError) as caught:
        build_state(spec, TextRuntime())
    assert str(caught.value) == f"genesis.runtimeGenesis: {problem}"


@pytest.mark.parametrize(
    ("config", "patch", "merged"),
    [
        ({"a": 1, "b": 2}, {"b": 3, "c": 4}, {"a": 1, "b": 3, "c": 4}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"c": 3}}, {"a": {"b": 1, "c": 3}}),
        ({"a": 1, "b": None}, {"a": None, "x": None}, {"b": None}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": 1}, {"a": {"b": 1, "c": None}}, {"a": {"b": 1}}),
        ({"a": {"b": 1}}, {"a": 1}, {"a": 1}),
    ],
)
def test_patches_merge_objects_and_replace_all_else(config, patch, merged):
    before = json.dumps(config)
    assert merge_patch(config, patch) == merged
    assert json.dumps(config) == before


def test_default_config_must_be_the_whole_answer():
    with pytest.raises(ValueError, match="follow the default genesis config"):
        default_config(lambda *_: sized(b"{}") + b"\0")


@pytest.mark.parametrize("chain", VECTORS["chains"], ids=lambda chain: chain["name"])
def test_recorded_genesis_states_have_their_chains_hash(chain):
    state = {unhex(key): unhex(value) for key, value in chain["state"].items()}
    header = genesis_header(state)
    assert header == Header(
        parent_hash=bytes(32),
        number=0,
        state_root=header.state_root,
        extrinsics_root=unhex("03170a2e7597b7b7e3d84c05391d139a62b157e78786d8c082f29dcf4c111314"),
        digest=Digest(),
    )
    assert header.hash() == unhex(chain["genesis_hash"])


def test_genesis_has_no_block_to_ask_about():
    host = GenesisHost()
    host.log(1, "runtime", "not heard")
    for ask in (
        host.state_root,
        lambda: host.child_root(b"", 1),
        lambda: host.ordered_root([], 1),
        lambda: host.verify(0, b"", b"", b""),
        lambda: host.runtime_version(b""),
    ):
        with pytest.raises(InvariantBroken, match="while building its genesis"):
            ask()
    assert (host.get(b"k"), host.keys(b""), host.next_key(b""), host.state()) == (
        None,
        [],
        None,
        {},
    )
