"""Host functions as a runtime sees them: signatures, answers, and what they leave behind."""

import coincurve
import pytest

from node.executor.errors import RuntimePanic
from node.executor.wasm.functions import trie
from node.executor.wasm.functions.secp256k1 import ORDER
from node.executor.wasm.module import HOST_FUNCTIONS
from node.executor.wasm.runtime import WasmRuntimes
from primitives.crypto import KeyPair
from primitives.hashing import blake2_256, keccak_256
from primitives.scale.compact import encode_compact
from primitives.scale.raw import sized
from primitives.scheme import Scheme
from runtime.framework.errors import panic
from tests.support.host import MemoryHost
from tests.support.host_functions import NONE, SIGNATURES, STATE, call, changed_by, some
from tests.support.plain_trie import plain_root
from tests.support.wasm import NOTHING, method, module, runtime, span

ALICE, BOB = (KeyPair.from_uri(f"//{name}", Scheme.SR25519) for name in ("Alice", "Bob"))


def test_every_function_has_the_signature_that_substrate_declares():
    declared = {
        name: f"{' '.join(p.wasm for p in f.parameters)} -> {f.result.wasm if f.result else ''}"
        for name, f in HOST_FUNCTIONS.items()
    }
    assert {name: text.strip() for name, text in declared.items()} == SIGNATURES


@pytest.mark.parametrize("key", [b"a", b"b", b"absent"])
def test_get_answers_an_option(key):
    expected = some(STATE[key]) if key in STATE else NONE
    assert call("storage_get", key, host=MemoryHost(STATE)) == expected


@pytest.mark.parametrize(("offset", "left"), [(0, 5), (3, 2), (5, 0), (9, 0)])
def test_read_tells_how_much_there_is_from_the_offset(offset, left):
    answer = call("storage_read", b"abc", span(0, 2), offset, host=MemoryHost(STATE))
    assert answer == b"\1" + left.to_bytes(4, "little")


def test_read_of_nothing_is_none():
    assert call("storage_read", b"absent", span(0, 2), 0) == NONE


def test_read_fills_no_more_than_the_buffer():
    read = ("ext_storage_read_version_1", "(param i64 i64 i32) (result i64)")
    key, buffer, seen = span(64, 3), span(96, 2), span(96, 4)
    body = (
        f"(drop (call 0 (i64.const {key}) (i64.const {buffer}) (i32.const 1))) (i64.const {seen})"
    )
    reading = runtime(method("go", body), imports=[read], data=[(64, "key")])
    assert reading.call("go", b"", MemoryHost({b"key": b"value"})) == b"al\0\0"


def test_writing_changes_the_overlay():
    assert changed_by("storage_set", b"new", b"value") == (b"", {b"new": b"value"})
    assert changed_by("storage_clear", b"a") == (b"", {b"a": None})
    assert changed_by("storage_append", b"list", b"\7") == (b"", {b"list": b"\4\7"})
    assert changed_by("storage_clear_prefix", b"ab") == (b"", {b"ab": None, b"abc": None})


@pytest.mark.parametrize(
    ("limit", "answer", "gone"),
    [
        (NONE, b"\0\3\0\0\0", {b"a", b"ab", b"abc"}),
        (b"\1\2\0\0\0", b"\1\2\0\0\0", {b"a", b"ab"}),
    ],
)
def test_clearing_a_prefix_with_a_limit_says_what_is_left(limit, answer, gone):
    got, changes = changed_by("storage_clear_prefix_version_2", b"a", limit)
    assert (got, changes.keys()) == (answer, gone)


def test_a_broken_limit_is_a_panic():
    with pytest.raises(RuntimePanic, match="no optional u32: 0102"):
        call("storage_clear_prefix_version_2", b"a", b"\1\2")


def test_exists_and_next_key():
    host = MemoryHost(STATE)
    assert [call("storage_exists", key, host=host) for key in (b"ab", b"x")] == [1, 0]
    keys = [call("storage_next_key", key, host=host) for key in (b"", b"abc", b"b")]
    assert keys == [some(b"a"), some(b"b"), NONE]


def test_the_state_root_is_that_of_version_1():
    host = MemoryHost(STATE)
    assert call("storage_root_version_2", 1, host=host) == plain_root(STATE)
    for name, *arguments in (("storage_root",), ("storage_root_version_2", 0)):
        with pytest.raises(RuntimePanic, match="version 0"):
            call(name, *arguments, host=host)
    assert call("storage_changes_root", bytes(32)) == NONE


@pytest.mark.parametrize(("end", "kept"), [("commit", {b"k": b"v"}), ("rollback", {})])
def test_transactions_are_kept_or_undone(end, kept):
    names = ["start_transaction", "set", f"{end}_transaction"]
    types = ["", "(param i64 i64)", ""]
    imports = [(f"ext_storage_{name}_version_1", t) for name, t in zip(names, types, strict=True)]
    key, value = span(64, 1), span(65, 1)
    body = f"(call 0) (call 1 (i64.const {key}) (i64.const {value})) (call 2) {NOTHING}"
    host = MemoryHost()
    runtime(method("go", body), imports=imports, data=[(64, "kv")]).call("go", b"", host)
    assert host.settle() == kept


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("blake2_128", "cf4ab791c62b8d2b2109c90275287816"),
        ("blake2_256", "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"),
        ("twox_64", "990977adf52cbc44"),
        ("twox_128", "990977adf52cbc440889329981caa9be"),
        ("sha2_256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("keccak_256", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"),
        (
            "keccak_512",
            "18587dc2ea106b9a1563e32b3312421ca164c7f1f07bc922a9c83d77cea3a1e5"
            "d0c69910739025372dc14ac9642629379540c17e2a65b19d77aa511a9d00bb96",
        ),
    ],
)
def test_hashes_of_abc(name, digest):
    assert call(f"hashing_{name}", b"abc", result_length=len(digest) // 2).hex() == digest


def test_twox_256_goes_on_where_twox_128_ends():
    digest = call("hashing_twox_256", b"abc", result_length=32)
    assert digest[:16] == call("hashing_twox_128", b"abc", result_length=16)
    assert len({digest[at : at + 8] for at in (0, 8, 16, 24)}) == 4


@pytest.mark.parametrize("scheme", Scheme, ids=lambda scheme: scheme.name)
@pytest.mark.parametrize("kind", ["verify", "batch_verify"])
def test_signatures_are_checked(scheme, kind):
    pair = KeyPair.from_uri("//Alice", scheme)
    name = f"crypto_{scheme.name.lower()}_{kind}"
    signature = pair.sign(b"message")
    assert call(name, signature, b"message", pair.public) == 1
    assert call(name, signature, b"another", pair.public) == 0


def test_the_second_versions_check_as_well():
    pair = KeyPair.from_uri("//Alice", Scheme.ECDSA)
    signature = pair.sign(b"message")
    assert call("crypto_ecdsa_verify_version_2", signature, b"message", pair.public) == 1
    assert call("crypto_sr25519_verify_version_2", ALICE.sign(b"m"), b"m", ALICE.public) == 1
    digest = blake2_256(b"message")
    assert call("crypto_ecdsa_verify_prehashed", signature, digest, pair.public) == 1
    assert call("crypto_ecdsa_verify_prehashed", bytes(65), digest, pair.public) == 0


def test_a_batch_is_good_if_all_of_it_is():
    start, check, finish = (
        HOST_FUNCTIONS[f"ext_crypto_{name}_version_1"].body
        for name in ("start_batch_verify", "sr25519_batch_verify", "finish_batch_verify")
    )

    class Call:
        host = MemoryHost()
        batch_is_good = None

    good, bad = ALICE.sign(b"m"), BOB.sign(b"m")
    for signatures, answer in (([], True), ([good, good], True), ([good, bad, good], False)):
        start(Call)
        for signature in signatures:
            assert check(Call, signature, b"m", ALICE.public) == (signature is good)
        assert finish(Call) == answer
    with pytest.raises(RuntimePanic, match="did not start"):
        finish(Call)


def test_keys_are_recovered_from_signatures():
    secret = coincurve.PrivateKey(bytes(31) + b"\7")
    digest = keccak_256(b"message")
    signature = secret.sign_recoverable(digest, hasher=None)
    plain, short = (secret.public_key.format(compressed=c) for c in (False, True))
    for version in (1, 2):
        name = f"crypto_secp256k1_ecdsa_recover_version_{version}"
        assert call(name, signature, digest) == b"\0" + plain[1:]
        name = f"crypto_secp256k1_ecdsa_recover_compressed_version_{version}"
        assert call(name, signature, digest) == b"\0" + short
    ethereum = signature[:64] + bytes((signature[64] + 27,))
    assert call("crypto_secp256k1_ecdsa_recover", ethereum, digest) == b"\0" + plain[1:]


@pytest.mark.parametrize(
    ("signature", "reason"),
    [
        (ORDER.to_bytes(32, "big") + bytes(33), 0),
        (bytes(64) + b"\4", 1),
        (bytes(65), 2),
    ],
    ids=["BadRS", "BadV", "BadSignature"],
)
def test_what_cannot_be_recovered_says_why(signature, reason):
    for name in ("recover", "recover_compressed"):
        full = f"crypto_secp256k1_ecdsa_{name}_version_2"
        assert call(full, signature, bytes(32)) == bytes((1, reason))


def test_numbers_beyond_the_order_wrap_in_version_1_only():
    secret = coincurve.PrivateKey(bytes(31) + b"\7")
    digest = (ORDER + 5).to_bytes(32, "big")
    signature = secret.sign_recoverable(digest, hasher=None)
    r = int.from_bytes(signature[:32], "big")
    if r + ORDER < 1 << 256:
        signature = (r + ORDER).to_bytes(32, "big") + signature[32:]
    name = "crypto_secp256k1_ecdsa_recover_compressed"
    assert call(name, signature, digest) == b"\0" + secret.public_key.format()


def test_keys_are_generated_by_the_host():
    host = MemoryHost()
    asked = []
    host.generate_key = lambda *wish: asked.append(wish) or ALICE.public
    seed = some(b"//Alice")
    assert call("crypto_sr25519_generate", b"aura", seed, host=host, result_length=32) == (
        ALICE.public
    )
    assert asked == [(Scheme.SR25519, b"aura", "//Alice")]

    host.generate_key = lambda *_: panic("no keystore here")
    with pytest.raises(RuntimePanic, match="no keystore here"):
        call("crypto_ed25519_generate", b"gran", NONE, host=host, result_length=32)


def test_the_node_signs_nothing_for_a_runtime():
    assert call("crypto_sr25519_public_keys", b"aura") == NONE
    assert call("crypto_sr25519_sign", b"aura", ALICE.public, b"m") == NONE
    assert call("crypto_ecdsa_sign", b"beef", bytes(33), b"m") == NONE
    assert call("crypto_ecdsa_sign_prehashed", b"beef", bytes(33), bytes(32)) == NONE


VALUES = [b"", b"x", bytes(40), b"another"]
PAIRS = {b"do": b"verb", b"dog": b"puppy", b"doge": bytes(50), b"horse": b"stallion"}


def vector(items):
    return encode_compact(len(items)) + b"".join(items)


def in_order(values):
    return {encode_compact(at): value for at, value in enumerate(values)}


@pytest.mark.parametrize("hasher", ["blake2_256", "keccak_256"])
@pytest.mark.parametrize("version", [0, 1])
@pytest.mark.parametrize("pairs", [PAIRS, {}, {b"\x12\x34": bytes(33)}], ids=len)
def test_trie_roots_are_those_of_the_plain_definition(hasher, version, pairs, monkeypatch):
    """With its hash function exchanged, the other trie must be the one that the model knows."""
    monkeypatch.setattr(trie, "keccak_256", blake2_256)
    encoded = vector([sized(key) + sized(value) for key, value in pairs.items()])
    ordered = vector([sized(value) for value in pairs.values()])
    name = f"trie_{hasher}_root_version_2"
    assert call(name, encoded, version, result_length=32) == plain_root(pairs, version)
    name = f"trie_{hasher}_ordered_root_version_2"
    expected = plain_root(in_order(pairs.values()), version)
    assert call(name, ordered, version, result_length=32) == expected


@pytest.mark.parametrize("hasher", ["blake2_256", "keccak_256"])
def test_the_first_versions_make_tries_of_version_0(hasher):
    encoded = vector([sized(key) + sized(value) for key, value in PAIRS.items()])
    ordered = vector([sized(value) for value in VALUES])
    for kind, argument in (("root", encoded), ("ordered_root", ordered)):
        name = f"trie_{hasher}_{kind}_version_"
        first = call(f"{name}1", argument, result_length=32)
        assert first == call(f"{name}2", argument, 0, result_length=32)
        with pytest.raises(RuntimePanic, match="no state version 2"):
            call(f"{name}2", argument, 2, result_length=32)


@pytest.mark.parametrize("broken", [b"", b"\4", b"\4\x08x", b"\0x"])
def test_values_that_are_no_sequence_are_a_panic(broken):
    with pytest.raises(RuntimePanic):
        call("trie_blake2_256_ordered_root", broken, result_length=32)


def test_logging_and_printing_reach_the_host():
    host = MemoryHost()
    call("logging_log", 2, b"subtensor", b"hello", host=host)
    call("misc_print_utf8", b"words", host=host)
    call("misc_print_hex", b"\1\2", host=host)
    call("misc_print_num", 77, host=host)
    assert host.lines == [
        (3, "subtensor", "hello"),
        (3, "runtime", "words"),
        (3, "runtime", "0x0102"),
        (3, "runtime", "77"),
    ]
    assert call("logging_max_level") == 3


def test_the_version_of_other_code_is_the_hosts_answer():
    host = MemoryHost(versions={b"code": b"version"})
    assert call("misc_runtime_version", b"code", host=host) == some(b"version")
    assert call("misc_runtime_version", b"junk", host=host) == NONE


def test_a_runtime_may_be_asked_for_its_version_while_another_runs():
    version = sized(b"spec") + sized(b"impl") + bytes(12) + b"\0" + b"\1\0\0\0\0"
    text = "".join(f"\\{byte:02x}" for byte in version)
    asked = module(
        method("Core_version", f"(i64.const {span(64, len(version))})"), data=[(64, text)]
    )
    host = MemoryHost()
    host._version_of = WasmRuntimes().version_of
    assert call("misc_runtime_version", asked, host=host) == some(version)
    assert call("misc_runtime_version", asked[:-1], host=host) == NONE


def test_what_offchain_workers_would_read_goes_nowhere():
    assert changed_by("offchain_index_set", b"k", b"v") == (b"", {})
    assert changed_by("offchain_index_clear", b"k") == (b"", {})
    assert changed_by("transaction_index_index", 0, 5, bytes(32)) == (b"", {})
    assert changed_by("transaction_index_renew", 0, bytes(32)) == (b"", {})
