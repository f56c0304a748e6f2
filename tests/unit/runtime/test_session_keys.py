"""Session keys through the runtime API; answers are the reference chain's."""

import pytest

from node.executor.host import ExecutionHost
from primitives.scale.types import decode, encode
from runtime.api import call
from runtime.framework.errors import Panic
from runtime.runtime import Runtime
from tests.support.host import DictView, MemoryHost

GENERATED = {
    "//Alice": "d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d"
    "88dc3417d5058ec4b4503e0c12ea1a0a89be200fe98922423d4334014fa6b0ee",
    "//Bob": "8eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48"
    "d17c2d7823ebf260fd138f2d7e27d114c0145d968b5ff5006125f2414fadae69",
}
DECODED = {
    bytes(range(64)).hex(): "010880" + bytes(range(32)).hex() + "61757261"
    "80" + bytes(range(32, 64)).hex() + "6772616e",
    bytes(63).hex(): "00",
    bytes(65).hex(): "010880" + "00" * 32 + "6175726180" + "00" * 32 + "6772616e",
}


def generate(runtime, seed):
    return decode(
        bytes, call(runtime, "SessionKeys_generate_session_keys", encode(bytes | None, seed))
    )


@pytest.mark.parametrize(("uri", "public"), GENERATED.items())
def test_keys_come_from_the_seed(uri, public):
    assert generate(Runtime(MemoryHost()), uri.encode()).hex() == public


@pytest.mark.parametrize(("keys", "answer"), DECODED.items())
def test_keys_are_told_apart(keys, answer):
    argument = encode(bytes, bytes.fromhex(keys))
    got = call(Runtime(MemoryHost()), "SessionKeys_decode_session_keys", argument)
    assert got.hex() == answer


def test_the_keystore_is_asked_for_one_key_of_each_type():
    asked = []

    def keystore(scheme, key_type, seed):
        asked.append((int(scheme), bytes(key_type), seed))
        return bytes((len(asked),)) * 32

    def unused(*_):
        raise AssertionError

    host = ExecutionHost(DictView({}), unused, unused, unused, keystore)
    assert generate(Runtime(host), None) == b"\x01" * 32 + b"\x02" * 32
    assert asked == [(1, b"aura", None), (0, b"gran", None)]


def test_a_seed_is_text():
    with pytest.raises(Panic, match="Seed is an utf8 string"):
        generate(Runtime(MemoryHost()), b"\xff")


def test_without_a_keystore_there_are_no_keys():
    def unused(*_):
        raise AssertionError

    runtime = Runtime(ExecutionHost(DictView({}), unused, unused, unused))
    with pytest.raises(Panic, match="no keystore here to generate a key of type aura in"):
        generate(runtime, b"//Alice")
