"""Any production runtime runs: it tells its version, describes itself, and makes a block."""

import pytest

from genesis.spec import CODE_KEY
from node.executor.errors import RuntimePanic
from primitives.scale.raw import take_sized
from tests.support.specs import (
    first_block,
    fresh_host,
    genesis_header,
    genesis_state,
    runtimes,
    spec_files,
)

TESTNET_GENESIS = "8f9cf856bf558a14440e75569c9e58594757048d7b3a84b5d25f6bd978263105"

specs = pytest.mark.parametrize("path", spec_files(), ids=lambda path: path.stem)


@pytest.fixture
def host(path):
    return fresh_host(genesis_state(path))


@pytest.fixture
def runtime(path):
    return runtimes().of(genesis_state(path)[CODE_KEY])


@specs
def test_the_version_in_the_blob_is_what_the_runtime_answers(runtime, host):
    assert runtime.version == runtime.call("Core_version", b"", host)


@specs
def test_metadata_is_there(runtime, host):
    metadata, _ = take_sized(runtime.call("Metadata_metadata", b"", host), 0)
    assert metadata.startswith(b"meta\x0e")


@specs
def test_a_block_that_is_built_executes(runtime, host):
    block = first_block(runtime, host)
    assert runtime.call("Core_execute_block", block.encode(), host) == b""
    host.settle()
    assert host.root == block.header.state_root


@specs
def test_a_panic_carries_the_words_of_the_runtime(runtime, host):
    with pytest.raises(RuntimePanic, match=r"panicked at .*Bad input data provided to apply"):
        runtime.call("BlockBuilder_apply_extrinsic", b"\4\x84", host)


def test_the_testnet_begins_where_everyone_says():
    begun = {genesis_header(fresh_host(genesis_state(path))).hash().hex() for path in spec_files()}
    assert TESTNET_GENESIS in begun
