"""Traces are read strictly: what is wrong with a file is said with its place."""

import gzip
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from node.replay.command import replay
from node.replay.errors import TraceError
from node.replay.files import parse_trace, read_trace, write_trace

RECORDED = Path("tests/conformance/traces/core-utility.json.gz")


@pytest.fixture
def document():
    return json.loads(gzip.decompress(RECORDED.read_bytes()))


def refusal(document):
    with pytest.raises(TraceError) as caught:
        parse_trace(json.dumps(document).encode(), "x")
    return caught.value.reason


def test_written_traces_read_back_the_same(tmp_path):
    trace = read_trace(RECORDED)
    for name in ("copy.json", "copy.json.gz"):
        write_trace(trace, tmp_path / name)
        assert read_trace(tmp_path / name) == trace


def test_gzip_is_told_by_content_and_not_by_name(tmp_path):
    path = tmp_path / "plain.json"
    path.write_bytes(RECORDED.read_bytes())
    assert read_trace(path) == read_trace(RECORDED)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no JSON"),
        (b"{", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[]", "an object is wanted, not list '[]'"),
        (b"{}", "spec_version: a whole number is wanted, not null"),
        (gzip.compress(b"{}" * 1000, mtime=0)[:-30], "cannot be read"),
        (b"\x1f\x8bnonsense", "cannot be read"),
    ],
)
def test_no_trace_at_all(tmp_path, content, reason):
    path = tmp_path / "bad.json.gz"
    path.write_bytes(content)
    with pytest.raises(TraceError, match=re.escape(reason)):
        read_trace(path)
    result = CliRunner().invoke(replay, [str(path)])
    assert result.exit_code == 2
    assert reason in result.output


def test_missing_file(tmp_path):
    with pytest.raises(TraceError, match="cannot be read"):
        read_trace(tmp_path / "none.json")


def test_hex_is_checked(document):
    document["blocks"][1]["extrinsics"][0] = "0g"
    assert refusal(document) == "x.blocks[1].extrinsics[0]: no hex: '0g'"
    document["blocks"][1]["extrinsics"][0] = 5
    assert refusal(document) == "x.blocks[1].extrinsics[0]: hex is wanted, not int '5'"


def test_genesis_holds_no_null(document):
    document["genesis"]["00"] = None
    assert refusal(document) == "x.genesis: a value is null"


def test_every_extrinsic_has_a_result(document):
    document["blocks"][0]["results"].pop()
    assert refusal(document).startswith("x.blocks[0].results: ")


def test_blocks_are_numbered_in_order(document):
    del document["blocks"][1]
    assert refusal(document) == "x.blocks[1].number: 2 is wanted, not 3"


def test_blocks_stand_on_each_other(document):
    first, second = document["blocks"][:2]
    second["header"] = first["header"][:64] + second["header"][64:]
    assert refusal(document) == "x.blocks[1].header: its parent is not the block before"


def test_state_root_is_that_of_the_header(document):
    document["blocks"][0]["state_root"] = "00" * 32
    assert refusal(document) == "x.blocks[0].state_root: not that of the header"
    document["blocks"][0]["state_root"] = "00"
    assert refusal(document) == "x.blocks[0].state_root: a hash has 32 bytes, not 1"


def test_question_without_a_block_brings_its_state(document):
    document["api_calls"] = [{"at_block": None, "method": "Core_version", "arg": "", "result": ""}]
    assert refusal(document) == "x.api_calls[0].at_block: null needs a state of its own"
