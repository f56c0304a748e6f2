"""A replay on a runtime that does something else says what, where, and since which extrinsic."""

import dataclasses
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from genesis.host import GenesisHost
from node.executor.archive.loader import load_release
from node.executor.errors import RuntimePanic
from node.replay.command import replay
from node.replay.difference import Difference, KeyDifference, Kind
from node.replay.explain import Explainer
from node.replay.files import read_trace, write_trace
from node.replay.machine import APPLY, BEGIN, END, EXECUTE, Replay
from node.replay.stage import EmbeddedRuntime
from node.runtime_tools.metadata import metadata_of
from primitives.block import Header
from primitives.hashing import twox_128

TRACES = Path(__file__).parent / "traces"
TOTAL_ISSUANCE = twox_128(b"Balances") + twox_128(b"TotalIssuance")
NEW_ROOT = b"\7" * 32
RELEASE = load_release(185)
"""Which the traces are of."""


class Bent:
    """Our runtime, but for the answers to one method from its n-th call on."""

    method = APPLY
    call_number = 0

    def __init__(self, host):
        self.host = host
        self.inner = EmbeddedRuntime(host, RELEASE)
        self.calls = 0

    def call(self, method, args):
        if method != self.method:
            return self.inner.call(method, args)
        self.calls += 1
        if self.calls <= self.call_number:
            return self.inner.call(method, args)
        return self.bend(method, args)

    def bend(self, method, args):
        """The answer from then on; each test brings its own."""
        pytest.fail(f"{method} was to be bent")


def first_difference(name, bend, *, method=APPLY, after=0):
    bent = type("Runtime", (Bent,), {"bend": bend, "method": method, "call_number": after})
    with pytest.raises(Difference) as caught:
        Replay(read_trace(TRACES / f"{name}.json.gz"), bent).run()
    return caught.value


def extrinsics_before(trace, number, index):
    refused = sum(refusal.after <= index for refusal in trace.blocks[number - 1].refused)
    earlier = trace.blocks[: number - 1]
    return sum(len(b.extrinsics) + len(b.refused) for b in earlier) + index + refused


@pytest.fixture(scope="module")
def balances():
    return read_trace(TRACES / "core-balances.json.gz")


def transfer_in(trace):
    """The first signed transfer that succeeded: block and extrinsic."""
    explain = Explainer(metadata_of(EmbeddedRuntime(GenesisHost(), RELEASE)))
    for block in trace.blocks:
        for index, extrinsic in enumerate(block.extrinsics):
            if explain.call_name(extrinsic) == "Balances.transfer_allow_death":
                return block.number, index
    raise AssertionError("no transfer")


def test_other_result_names_block_extrinsic_call_and_both_results(balances):
    number, index = transfer_in(balances)

    def bend(runtime, method, args):
        runtime.inner.call(method, args)
        return bytes((0, 1, 2))

    found = first_difference(
        "core-balances", bend, after=extrinsics_before(balances, number, index)
    )
    assert (found.kind, found.block, found.extrinsic) == (Kind.RESULT, number, index)
    assert found.subject == "Balances.transfer_allow_death"
    assert (found.expected, found.got) == ("ok", {"failed": "BadOrigin"})


def test_other_storage_names_item_key_values_and_writer(balances):
    number, index = transfer_in(balances)
    extrinsic = balances.blocks[number - 1].extrinsics[index]
    tempo = twox_128(b"SubtensorModule") + twox_128(b"Tempo") + bytes((99, 0))

    def bend(runtime, method, args):
        result = runtime.inner.call(method, args)
        if args == extrinsic:
            runtime.host.put(tempo, bytes((5, 0)))
        return result

    found = first_difference("core-balances", bend)
    assert (found.kind, found.block, found.extrinsic) == (Kind.STORAGE, number, index)
    assert found.keys == [
        KeyDifference(
            key=tempo,
            item="SubtensorModule.Tempo",
            keys=[99],
            before=None,
            expected=None,
            got=5,
            written=[f"extrinsic {index} Balances.transfer_allow_death"],
        )
    ]


def test_storage_that_is_not_written_is_told_by_its_old_value(balances):
    account = twox_128(b"System") + twox_128(b"Account")

    class Forgetful(EmbeddedRuntime):
        """Puts every account back at the end of block 3."""

        def __init__(self, host):
            super().__init__(host, RELEASE)
            self.host = host
            self.number = 0

        def call(self, method, args):
            if method == BEGIN:
                self.number += 1
                self.accounts = {key: self.host.get(key) for key in self.host.keys(account)}
            answer = super().call(method, args)
            if method == END and self.number >= 3:
                for key, value in self.accounts.items():
                    self.host.put(key, value)
            return answer

    with pytest.raises(Difference) as caught:
        Replay(balances, Forgetful).run()
    assert (caught.value.kind, caught.value.block) == (Kind.STORAGE, 3)
    for key in caught.value.keys:
        assert key.item == "System.Account"
        assert key.got == key.before != key.expected
        assert key.got.keys() == {"nonce", "consumers", "providers", "sufficients", "data"}
        assert [name[:1] for name in key.keys] == ["5"]
        assert key.written[-1] == "the block's end"


def test_other_state_root_is_told_where_storage_is_equal():
    def bend(runtime, method, args):
        header = Header.decode(runtime.inner.call(method, args))
        return dataclasses.replace(header, state_root=NEW_ROOT).encode()

    found = first_difference("core-utility", bend, method=END, after=2)
    assert (found.kind, found.block, found.got) == (Kind.STATE_ROOT, 3, "0x" + NEW_ROOT.hex())


def test_other_extrinsics_root_is_a_difference_of_the_header():
    def bend(runtime, method, args):
        header = Header.decode(runtime.inner.call(method, args))
        return dataclasses.replace(header, extrinsics_root=NEW_ROOT).encode()

    assert first_difference("core-utility", bend, method=END).kind is Kind.HEADER


def test_other_refusal_is_told_with_the_call():
    trace = read_trace(TRACES / "core-fees.json.gz")
    block = next(block for block in trace.blocks if block.refused)
    refusal = block.refused[0]

    def bend(runtime, method, args):
        answer = runtime.inner.call(method, args)
        return bytes((1, 0, 3)) if args == refusal.extrinsic else answer

    found = first_difference("core-fees", bend)
    assert (found.kind, found.block, found.extrinsic) == (
        Kind.REFUSAL,
        block.number,
        refusal.after,
    )
    assert found.expected == {"refused": {"Invalid": "BadProof"}}
    assert found.got == {"refused": {"Invalid": "Stale"}}


def test_other_api_answer_is_told_with_method_and_argument():
    def bend(runtime, method, args):
        return runtime.inner.call(method, args) + b"\0"

    method = "NeuronInfoRuntimeApi_get_neuron"
    found = first_difference("net-stake", bend, method=method, after=1)
    assert found.kind is Kind.API
    assert found.subject.startswith(f"{method}(0x")
    assert found.got == found.expected + "00"


def test_api_that_panics_is_a_difference():
    def bend(runtime, method, args):
        raise RuntimePanic("out of order")

    method = "NeuronInfoRuntimeApi_get_neuron"
    found = first_difference("net-stake", bend, method=method)
    assert (found.kind, found.got) == (Kind.API, "panic")


@pytest.mark.parametrize(
    ("name", "method", "kind"),
    [
        ("core-bad-blocks", EXECUTE, Kind.BAD_BLOCK),
        ("core-system", BEGIN, Kind.DEAD_END),
    ],
)
def test_what_must_panic_and_does_not(name, method, kind):
    def bend(runtime, method, args):
        try:
            return runtime.inner.call(method, args)
        except RuntimePanic:
            return b""

    found = first_difference(name, bend, method=method)
    assert (found.kind, found.got) == (kind, "no panic")


def test_panic_within_a_block_is_a_failure_at_the_extrinsic():
    def bend(runtime, method, args):
        raise RuntimePanic("out of order")

    found = first_difference("core-utility", bend, after=2)
    assert (found.kind, found.got) == (Kind.FAILURE, "panic: out of order")
    assert found.extrinsic is not None


def test_other_genesis_is_seen_before_the_first_block(balances):
    state = {**balances.genesis, TOTAL_ISSUANCE: bytes(8)}
    with pytest.raises(Difference) as caught:
        Replay(dataclasses.replace(balances, genesis=state)).run()
    assert (caught.value.kind, caught.value.block) == (Kind.GENESIS, 0)


def bent_trace(tmp_path, trace):
    """A file whose record of block 3 says that the issuance fell to 1."""
    blocks = list(trace.blocks)
    blocks[2] = dataclasses.replace(
        blocks[2], diff={**blocks[2].diff, TOTAL_ISSUANCE: (1).to_bytes(8, "little")}
    )
    path = tmp_path / "bent.json.gz"
    write_trace(dataclasses.replace(trace, blocks=blocks), path)
    return path


def test_command_tells_the_first_difference_and_ends_with_status_1(tmp_path, balances):
    path = bent_trace(tmp_path, balances)
    result = CliRunner().invoke(replay, [str(path), str(TRACES / "core-fees.json.gz")])
    assert result.exit_code == 1
    assert "bent.json.gz: block 3" in result.output
    assert "storage differs" in result.output
    assert "Balances.TotalIssuance" in result.output
    assert "expected  1\n" in result.output
    assert "core-fees" not in result.output


def test_command_in_json_has_the_difference(tmp_path, balances):
    path = bent_trace(tmp_path, balances)
    result = CliRunner().invoke(replay, [str(TRACES / "core-system.json.gz"), str(path), "--json"])
    assert result.exit_code == 1
    answer = json.loads(result.output)
    good, bad = answer["traces"]
    assert (answer["equal"], good["equal"], good["difference"]) == (False, True, None)
    assert (good["blocks"], good["dead_ends"]) == (25, 2)
    assert bad["difference"]["kind"] == "storage"
    assert bad["difference"]["block"] == 3
    assert bad["difference"]["keys"][0]["item"] == "Balances.TotalIssuance"


def test_command_ends_with_status_0_when_all_is_equal():
    result = CliRunner().invoke(replay, [str(TRACES / "core-bad-blocks.json.gz")])
    assert result.exit_code == 0
    assert result.output.splitlines()[1].split()[:6] == [
        "core-bad-blocks",
        "5",
        "10",
        "0",
        "0",
        "34",
    ]
