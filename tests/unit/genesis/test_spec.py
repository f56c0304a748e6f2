"""Chain specs: what is read is written back, and every bad field is named."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesis.errors import SpecError
from genesis.spec import (
    ChainSpec,
    Clock,
    ConfigGenesis,
    RawGenesis,
    load_spec,
    parse_spec,
    render_spec,
)

RAW = {"raw": {"top": {"0x3a636f6465": "0x00", "0x12": "0xff"}, "childrenDefault": {}}}
PLAIN = {"runtimeGenesis": {"patch": {"sudo": {"key": None}}, "code": "0x1234"}}

SUBSTRATE_SPEC = {
    "name": "Bittensor",
    "id": "bittensor",
    "chainType": "Development",
    "bootNodes": ["/dns/example.org/tcp/30333/p2p/12D3KooW"],
    "telemetryEndpoints": [["/dns/telemetry.example.org/tcp/443", 0]],
    "protocolId": None,
    "properties": {"ss58Format": 13116, "tokenDecimals": 9, "tokenSymbol": "TAO"},
    "codeSubstitutes": {"1000": "0xabcd"},
    "genesis": RAW,
}


def with_field(path, value):
    """Answer the spec with one field replaced; the path's last name may be new."""
    spec = json.loads(json.dumps(SUBSTRATE_SPEC))
    *parents, last = path
    target = spec
    for name in parents:
        target = target[name]
    target[last] = value
    return json.dumps(spec)


def test_spec_of_a_substrate_node_is_read():
    assert parse_spec(json.dumps(SUBSTRATE_SPEC)) == ChainSpec(
        name="Bittensor",
        id="bittensor",
        chain_type="Development",
        boot_nodes=("/dns/example.org/tcp/30333/p2p/12D3KooW",),
        telemetry_endpoints=(("/dns/telemetry.example.org/tcp/443", 0),),
        properties={"ss58Format": 13116, "tokenDecimals": 9, "tokenSymbol": "TAO"},
        code_substitutes={1000: b"\xab\xcd"},
        genesis=RawGenesis({b":code": b"\0", b"\x12": b"\xff"}),
    )


def test_written_spec_has_substrates_fields():
    written = json.loads(render_spec(parse_spec(json.dumps(SUBSTRATE_SPEC))))
    assert written == SUBSTRATE_SPEC


def test_fields_with_defaults_may_be_absent():
    spec = parse_spec(json.dumps({"name": "n", "id": "i", "genesis": PLAIN}))
    assert spec == ChainSpec("n", "i", ConfigGenesis(b"\x12\x34", {"sudo": {"key": None}}))


def test_blocks_that_people_decided_about_are_read():
    bad, fork = "0x" + "ab" * 32, "0x" + "cd" * 32
    document = SUBSTRATE_SPEC | {"badBlocks": [bad], "forkBlocks": [[9, fork]]}
    spec = parse_spec(json.dumps(document))
    assert spec.bad_blocks == (bytes.fromhex("ab" * 32),)
    assert spec.fork_blocks == ((9, bytes.fromhex("cd" * 32)),)


@pytest.mark.parametrize(
    "fields",
    [
        {"forkBlocks": None, "badBlocks": None},
        {"forkBlocks": [], "badBlocks": []},
        {"lightSyncState": {"finalizedBlockHeader": "0x00"}},
    ],
)
def test_fields_that_ask_for_nothing_are_taken(fields):
    assert parse_spec(json.dumps(SUBSTRATE_SPEC | fields)) == parse_spec(json.dumps(SUBSTRATE_SPEC))


def test_full_config_is_told_from_a_patch():
    genesis = {"runtimeGenesis": {"config": {}, "code": "0x"}}
    spec = parse_spec(with_field(["genesis"], genesis))
    assert spec.genesis == ConfigGenesis(b"", {}, is_patch=False)


@pytest.mark.parametrize(
    ("path", "value", "error"),
    [
        (["name"], 5, "name: must be text"),
        (["id"], "../x", "id: must be 1 to 64 letters, digits, dots, dashes or underscores"),
        (["id"], "", "id: must be 1 to 64 letters, digits, dots, dashes or underscores"),
        (["chainType"], "Fast", "chainType: must be one of Development, Local, Live"),
        (["bootNodes"], "x", "bootNodes: must be a list"),
        (["bootNodes"], ["x", 1], "bootNodes[1]: must be text"),
        (
            ["telemetryEndpoints"],
            [["x"]],
            "telemetryEndpoints[0]: must be an address and a verbosity",
        ),
        (
            ["telemetryEndpoints"],
            [["x", True]],
            "telemetryEndpoints[0][1]: must be a whole number",
        ),
        (["protocolId"], [], "protocolId: must be text"),
        (["properties"], [], "properties: must be an object"),
        (["properties", "ss58Format"], "42", "properties.ss58Format: must be a whole number"),
        (["properties", "tokenSymbol"], 1, "properties.tokenSymbol: must be text"),
        (
            ["codeSubstitutes", "0xff"],
            "0x",
            'codeSubstitutes["0xff"]: must be named by a block number',
        ),
        (
            ["codeSubstitutes", "7"],
            "0x1",
            'codeSubstitutes["7"]: must be 0x and an even number of hex digits',
        ),
        (["badBlocks"], ["0x12"], "badBlocks[0]: must be a hash of 32 bytes"),
        (["badBlocks"], "0x12", "badBlocks: must be a list"),
        (["forkBlocks"], [[7]], "forkBlocks[0]: must be a block number and a hash"),
        (["forkBlocks"], [["7", "0x"]], "forkBlocks[0][0]: must be a whole number"),
        (["forkBlocks"], [[-1, "0x"]], "forkBlocks[0][0]: must not be negative"),
        (["forkBlocks"], [[7, "0x"]], "forkBlocks[0][1]: must be a hash of 32 bytes"),
        (["consensusEngine"], "babe", "consensusEngine: is not supported"),
        (["bootnodes"], [], "bootnodes: is not a known field"),
        (["clock"], {"rate": 2}, "clock.originMs: is missing"),
        (["clock"], {"originMs": 0, "rate": 0}, "clock.rate: must be from 1 to 1000"),
        (["clock"], {"originMs": 0, "rate": 1.5}, "clock.rate: must be a whole number"),
        (["clock"], {"originMs": -1, "rate": 1}, "clock.originMs: must not be negative"),
        (
            ["clock"],
            {"originMs": 2**63, "rate": 1},
            "clock.originMs: must be at most 281474976710656 milliseconds since 1970",
        ),
        (["clock"], {"originMs": 0, "rate": 1, "x": 1}, "clock.x: is not a known field"),
        (["genesis"], [], "genesis: must be an object"),
        (["genesis"], {}, "genesis: must have exactly one of raw, runtimeGenesis"),
        (["genesis"], RAW | PLAIN, "genesis: must have exactly one of raw, runtimeGenesis"),
        (["genesis", "stateRootHash"], "0x", "genesis.stateRootHash: is not a known field"),
        (["genesis", "raw"], {}, "genesis.raw.top: is missing"),
        (["genesis", "raw", "top"], {}, "genesis.raw.top: has no runtime code (0x3a636f6465)"),
        (
            ["genesis", "raw", "top", "0x12"],
            7,
            'genesis.raw.top["0x12"]: must be text',
        ),
        (
            ["genesis", "raw", "top", "0x12"],
            "0x123",
            'genesis.raw.top["0x12"]: must be 0x and an even number of hex digits',
        ),
        (
            ["genesis", "raw", "top", "x y"],
            "0x",
            'genesis.raw.top["x y"]: must be 0x and an even number of hex digits',
        ),
        (
            ["genesis", "raw", "top", "0x3A636f6465"],
            "0x",
            'genesis.raw.top["0x3A636f6465"]: is given twice',
        ),
        (
            ["genesis", "raw", "childrenDefault"],
            {"0x12": {"0x34": None}},
            'genesis.raw.childrenDefault["0x12"]["0x34"]: must be text',
        ),
        (
            ["genesis", "raw", "childrenDefault"],
            {"0xab": {}, "0xAB": {}},
            'genesis.raw.childrenDefault["0xAB"]: is given twice',
        ),
        (
            ["genesis", "raw", "top", "0x" + b":child_storage:default:a".hex()],
            "0x" + "00" * 32,
            f'genesis.raw.top["0x{b":child_storage:default:a".hex()}"]: '
            "is the root of a child trie: its entries stand in childrenDefault",
        ),
        (
            ["genesis"],
            {"runtimeGenesis": {"patch": {}}},
            "genesis.runtimeGenesis.code: is missing",
        ),
        (
            ["genesis"],
            {"runtimeGenesis": {"code": "0x"}},
            "genesis.runtimeGenesis: must have exactly one of patch, config",
        ),
        (
            ["genesis"],
            {"runtimeGenesis": {"code": "0x", "patch": 1}},
            "genesis.runtimeGenesis.patch: must be an object",
        ),
    ],
)
def test_bad_field_is_named(path, value, error):
    with pytest.raises(SpecError) as caught:
        parse_spec(with_field(path, value))
    assert str(caught.value) == error


@pytest.mark.parametrize("name", ["name", "id", "genesis"])
def test_required_field_must_be_there(name):
    spec = {key: value for key, value in SUBSTRATE_SPEC.items() if key != name}
    with pytest.raises(SpecError) as caught:
        parse_spec(json.dumps(spec))
    assert (caught.value.path, caught.value.problem) == (name, "is missing")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "not JSON: Expecting value"),
        ("{", "not JSON: "),
        ("[" * 100_000, "not JSON: nested too deeply"),
        ("[]", "a chain spec is a JSON object"),
        ('{"a": 1, "a": 2}', 'the field "a" is given twice in one object'),
        ('{"name": NaN}', "NaN is no JSON"),
        ('{"name": ' + "9" * 5000 + "}", "not JSON: Exceeds the limit"),
    ],
)
def test_text_that_is_no_spec_is_refused(text, error):
    with pytest.raises(SpecError, match=error):
        parse_spec(text)


def test_file_round_trip(tmp_path):
    spec = parse_spec(json.dumps(SUBSTRATE_SPEC))
    (tmp_path / "spec.json").write_text(render_spec(spec), encoding="utf-8")
    assert load_spec(tmp_path / "spec.json") == spec


def test_unreadable_files_are_refused(tmp_path):
    with pytest.raises(SpecError, match=r"cannot read .*absent.json: No such file"):
        load_spec(tmp_path / "absent.json")
    (tmp_path / "latin.json").write_bytes(b"\xe9")
    with pytest.raises(SpecError, match=r"latin.json is not UTF-8 text"):
        load_spec(tmp_path / "latin.json")


def test_a_file_without_end_is_refused(monkeypatch):
    monkeypatch.setattr("genesis.spec.SIZE_LIMIT", 1 << 20)
    with pytest.raises(SpecError, match=r"/dev/zero has more than 1 MiB: no chain spec"):
        load_spec(Path("/dev/zero"))


BLOBS = st.binary(max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
ENTRIES = st.dictionaries(BLOBS, BLOBS, max_size=4)
GENESIS = st.one_of(
    st.builds(
        RawGenesis,
        ENTRIES.map(lambda top: top | {b":code": b"x"}),
        st.dictionaries(BLOBS, ENTRIES, max_size=3),
    ),
    st.builds(ConfigGenesis, BLOBS, st.dictionaries(st.text(max_size=3), JSON), st.booleans()),
)
TEXTS = st.text(max_size=8)
HASHES = st.binary(min_size=32, max_size=32)
SPECS = st.builds(
    ChainSpec,
    name=TEXTS,
    id=st.from_regex(r"\A[A-Za-z0-9_-][A-Za-z0-9._-]{0,8}\Z"),
    genesis=GENESIS,
    chain_type=st.sampled_from(["Development", "Local", "Live"]),
    boot_nodes=st.lists(TEXTS, max_size=2).map(tuple),
    telemetry_endpoints=st.none() | st.lists(st.tuples(TEXTS, st.integers(0, 9))).map(tuple),
    protocol_id=st.none() | TEXTS,
    fork_id=st.none() | TEXTS,
    properties=st.dictionaries(TEXTS, JSON, max_size=2),
    code_substitutes=st.dictionaries(st.integers(0, 2**32 - 1), BLOBS, max_size=2),
    bad_blocks=st.lists(HASHES, max_size=2).map(tuple),
    fork_blocks=st.lists(st.tuples(st.integers(0, 2**32 - 1), HASHES), max_size=2).map(tuple),
    clock=st.none() | st.builds(Clock, st.integers(0, 2**48), st.integers(1, 1000)),
)


@given(SPECS)
def test_what_is_written_is_read_back(spec):
    assert parse_spec(render_spec(spec)) == spec
