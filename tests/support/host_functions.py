"""Host functions with the signatures that Substrate declares, to be called as a runtime does."""

from primitives.scale.raw import sized
from tests.support.host import MemoryHost
from tests.support.wasm import ask

SIGNATURES = {
    "ext_storage_get_version_1": "i64 -> i64",
    "ext_storage_read_version_1": "i64 i64 i32 -> i64",
    "ext_storage_set_version_1": "i64 i64 ->",
    "ext_storage_clear_version_1": "i64 ->",
    "ext_storage_exists_version_1": "i64 -> i32",
    "ext_storage_append_version_1": "i64 i64 ->",
    "ext_storage_clear_prefix_version_1": "i64 ->",
    "ext_storage_clear_prefix_version_2": "i64 i64 -> i64",
    "ext_storage_next_key_version_1": "i64 -> i64",
    "ext_storage_root_version_1": "-> i64",
    "ext_storage_root_version_2": "i32 -> i64",
    "ext_storage_changes_root_version_1": "i64 -> i64",
    "ext_storage_start_transaction_version_1": "->",
    "ext_storage_commit_transaction_version_1": "->",
    "ext_storage_rollback_transaction_version_1": "->",
    "ext_default_child_storage_get_version_1": "i64 i64 -> i64",
    "ext_default_child_storage_read_version_1": "i64 i64 i64 i32 -> i64",
    "ext_default_child_storage_set_version_1": "i64 i64 i64 ->",
    "ext_default_child_storage_clear_version_1": "i64 i64 ->",
    "ext_default_child_storage_exists_version_1": "i64 i64 -> i32",
    "ext_default_child_storage_clear_prefix_version_1": "i64 i64 ->",
    "ext_default_child_storage_clear_prefix_version_2": "i64 i64 i64 -> i64",
    "ext_default_child_storage_storage_kill_version_1": "i64 ->",
    "ext_default_child_storage_storage_kill_version_2": "i64 i64 -> i32",
    "ext_default_child_storage_storage_kill_version_3": "i64 i64 -> i64",
    "ext_default_child_storage_storage_kill_version_4": "i64 i64 i64 -> i64",
    "ext_default_child_storage_next_key_version_1": "i64 i64 -> i64",
    "ext_default_child_storage_root_version_1": "i64 -> i64",
    "ext_default_child_storage_root_version_2": "i64 i32 -> i64",
    "ext_crypto_ed25519_public_keys_version_1": "i32 -> i64",
    "ext_crypto_ed25519_generate_version_1": "i32 i64 -> i32",
    "ext_crypto_ed25519_sign_version_1": "i32 i32 i64 -> i64",
    "ext_crypto_ed25519_verify_version_1": "i32 i64 i32 -> i32",
    "ext_crypto_ed25519_batch_verify_version_1": "i32 i64 i32 -> i32",
    "ext_crypto_sr25519_public_keys_version_1": "i32 -> i64",
    "ext_crypto_sr25519_generate_version_1": "i32 i64 -> i32",
    "ext_crypto_sr25519_sign_version_1": "i32 i32 i64 -> i64",
    "ext_crypto_sr25519_verify_version_1": "i32 i64 i32 -> i32",
    "ext_crypto_sr25519_verify_version_2": "i32 i64 i32 -> i32",
    "ext_crypto_sr25519_batch_verify_version_1": "i32 i64 i32 -> i32",
    "ext_crypto_ecdsa_public_keys_version_1": "i32 -> i64",
    "ext_crypto_ecdsa_generate_version_1": "i32 i64 -> i32",
    "ext_crypto_ecdsa_sign_version_1": "i32 i32 i64 -> i64",
    "ext_crypto_ecdsa_sign_prehashed_version_1": "i32 i32 i32 -> i64",
    "ext_crypto_ecdsa_verify_version_1": "i32 i64 i32 -> i32",
    "ext_crypto_ecdsa_verify_version_2": "i32 i64 i32 -> i32",
    "ext_crypto_ecdsa_verify_prehashed_version_1": "i32 i32 i32 -> i32",
    "ext_crypto_ecdsa_batch_verify_version_1": "i32 i64 i32 -> i32",
    "ext_crypto_start_batch_verify_version_1": "->",
    "ext_crypto_finish_batch_verify_version_1": "-> i32",
    "ext_crypto_secp256k1_ecdsa_recover_version_1": "i32 i32 -> i64",
    "ext_crypto_secp256k1_ecdsa_recover_version_2": "i32 i32 -> i64",
    "ext_crypto_secp256k1_ecdsa_recover_compressed_version_1": "i32 i32 -> i64",
    "ext_crypto_secp256k1_ecdsa_recover_compressed_version_2": "i32 i32 -> i64",
    "ext_hashing_keccak_256_version_1": "i64 -> i32",
    "ext_hashing_keccak_512_version_1": "i64 -> i32",
    "ext_hashing_sha2_256_version_1": "i64 -> i32",
    "ext_hashing_blake2_128_version_1": "i64 -> i32",
    "ext_hashing_blake2_256_version_1": "i64 -> i32",
    "ext_hashing_twox_256_version_1": "i64 -> i32",
    "ext_hashing_twox_128_version_1": "i64 -> i32",
    "ext_hashing_twox_64_version_1": "i64 -> i32",
    "ext_trie_blake2_256_root_version_1": "i64 -> i32",
    "ext_trie_blake2_256_root_version_2": "i64 i32 -> i32",
    "ext_trie_blake2_256_ordered_root_version_1": "i64 -> i32",
    "ext_trie_blake2_256_ordered_root_version_2": "i64 i32 -> i32",
    "ext_trie_keccak_256_root_version_1": "i64 -> i32",
    "ext_trie_keccak_256_root_version_2": "i64 i32 -> i32",
    "ext_trie_keccak_256_ordered_root_version_1": "i64 -> i32",
    "ext_trie_keccak_256_ordered_root_version_2": "i64 i32 -> i32",
    "ext_logging_log_version_1": "i32 i64 i64 ->",
    "ext_logging_max_level_version_1": "-> i32",
    "ext_misc_print_num_version_1": "i64 ->",
    "ext_misc_print_utf8_version_1": "i64 ->",
    "ext_misc_print_hex_version_1": "i64 ->",
    "ext_misc_runtime_version_version_1": "i64 -> i64",
    "ext_panic_handler_abort_on_panic_version_1": "i64 ->",
    "ext_offchain_index_set_version_1": "i64 i64 ->",
    "ext_offchain_index_clear_version_1": "i64 ->",
    "ext_transaction_index_index_version_1": "i32 i32 i32 ->",
    "ext_transaction_index_renew_version_1": "i32 i32 ->",
}
"""As Substrate declares them."""


STATE = {b"a": b"one", b"ab": b"two", b"abc": b"three", b"b": bytes(100_000)}
NONE = b"\0"


def some(data):
    return b"\1" + sized(data)


def call(short_name, *arguments, host=None, result_length=None):
    name = f"ext_{short_name}" if "_version_" in short_name else f"ext_{short_name}_version_1"
    return ask(name, SIGNATURES[name], *arguments, host=host, result_length=result_length)


def changed_by(short_name, *arguments, state=STATE):
    host = MemoryHost(state)
    answer = call(short_name, *arguments, host=host)
    return answer, host.settle()
