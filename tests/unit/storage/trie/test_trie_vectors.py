"""The published and cross-checked tries of tests/vectors/trie.json."""

import pytest

from primitives.hashing import blake2_256
from storage.errors import ProofError
from storage.trie.backend import MappedSource, Nodes
from storage.trie.node import EMPTY_ROOT, decode_node, encode_node
from storage.trie.proof import read_proof, verify_proof
from storage.trie.root import ordered_root, trie_root
from storage.trie.trie import Trie
from tests.support.plain_trie import plain_root
from tests.support.vectors import load_vectors, unhex

VECTORS = load_vectors("trie.json")
VERSIONS = (0, 1)


def by_name(kind):
    return pytest.mark.parametrize(
        "vector", [pytest.param(vector, id=vector["name"]) for vector in VECTORS[kind]]
    )


def pairs_of(vector):
    pairs = {}
    for key, value in vector["ops"]:
        if value is None:
            pairs.pop(unhex(key), None)
        else:
            pairs[unhex(key)] = unhex(value)
    return pairs


@by_name("tries")
@pytest.mark.parametrize("version", VERSIONS)
def test_root_of_the_final_map(vector, version):
    assert trie_root(pairs_of(vector), version).hex() == vector[f"root_v{version}"][2:]


@by_name("tries")
@pytest.mark.parametrize("version", VERSIONS)
def test_root_after_one_operation_at_a_time(vector, version):
    nodes, values, root = {}, {}, EMPTY_ROOT
    trie = Trie(Nodes(MappedSource(nodes, values)))
    for key, value in vector["ops"]:
        change = {unhex(key): None if value is None else unhex(value)}
        update = trie.apply(root, change, version)
        nodes |= update.nodes
        values |= update.values
        root = update.root
    assert root.hex() == vector[f"root_v{version}"][2:]
    assert dict(trie.items(root)) == pairs_of(vector)


@by_name("tries")
@pytest.mark.parametrize("version", VERSIONS)
def test_root_node_bytes(vector, version):
    expected = vector.get(f"root_node_v{version}")
    if expected is None:
        return
    update = Trie(Nodes(MappedSource({}, {}))).apply(EMPTY_ROOT, pairs_of(vector), version)
    encoded = update.nodes.get(update.root, b"\0")
    assert encoded == unhex(expected)
    decoded = decode_node(encoded)
    assert (b"\0" if decoded is None else encode_node(decoded)) == encoded


@by_name("ordered")
@pytest.mark.parametrize("version", VERSIONS)
def test_ordered_root(vector, version):
    values = [unhex(value) for value in vector["values"]]
    assert ordered_root(values, version).hex() == vector[f"root_v{version}"][2:]


@by_name("genesis")
def test_genesis_state_root(vector):
    """Large values enter as their hash, which under version 1 is all that a trie holds of them."""
    entries = {unhex(entry["key"]): entry for entry in vector["entries"]}
    whole = {key: unhex(entry["value"]) for key, entry in entries.items() if "value" in entry}
    stand_ins = {key: b"%064d" % at for at, key in enumerate(sorted(entries.keys() - whole))}
    update = Trie(Nodes(MappedSource({}, {}))).apply(EMPTY_ROOT, whole | stand_ins)
    hashes = {
        hash_: unhex(entries[key]["value_blake2_256"])
        for key, value in stand_ins.items()
        for hash_, made in update.values.items()
        if made == value
    }
    assert len(hashes) == len(stand_ins)
    assert root_with(update.nodes, update.root, hashes).hex() == vector["state_root"][2:]


def root_with(nodes, root, hashes):
    """Rebuild a trie bottom-up with other value hashes."""

    def rebuild(reference):
        node = decode_node(nodes[reference] if len(reference) == 32 else reference)
        node.value = hashes.get(node.value, node.value)
        for index, child in enumerate(node.children or ()):
            if child:
                encoded = rebuild(child)
                node.children[index] = encoded if len(encoded) < 32 else blake2_256(encoded)
        return encode_node(node)

    return blake2_256(rebuild(root))


@by_name("proofs")
def test_proof_shows_present_and_absent_keys(vector):
    proof = [unhex(node) for node in vector["nodes"]]
    present = {unhex(entry[0]): unhex(entry[1]) for entry in vector["present"]}
    absent = dict.fromkeys(unhex(key) for key in vector["absent"])
    shown = verify_proof(unhex(vector["root"]), proof, [*present, *absent])
    assert shown == present | absent


TRIES = {vector["name"]: vector for vector in VECTORS["tries"]}


@by_name("proofs")
def test_proof_is_made_as_published(vector):
    base, _, version = vector["name"].rpartition("_v")
    if base not in TRIES:
        return
    update = Trie(Nodes(MappedSource({}, {}))).apply(
        EMPTY_ROOT, pairs_of(TRIES[base]), int(version)
    )
    keys = [unhex(entry[0]) for entry in vector["present"]] + [unhex(k) for k in vector["absent"]]
    proof = read_proof(MappedSource(update.nodes, update.values), update.root, keys)
    assert update.root == unhex(vector["root"])
    assert sorted(proof) == sorted(unhex(node) for node in vector["nodes"])


@by_name("proofs")
def test_proof_with_any_entry_changed_or_missing_is_refused(vector):
    keys = [unhex(entry[0]) for entry in vector["present"]]
    proof = [unhex(node) for node in vector["nodes"]]
    truth = verify_proof(unhex(vector["root"]), proof, keys)
    for at, entry in enumerate(proof):
        for tampered in ([], [entry[:-1] + bytes((entry[-1] ^ 1,))]):
            try:
                shown = verify_proof(
                    unhex(vector["root"]), proof[:at] + tampered + proof[at + 1 :], keys
                )
            except ProofError:
                continue
            assert shown == truth, "an entry that these keys do not need may be anything"


@pytest.mark.slow
def test_root_of_ten_thousand_entries():
    pairs = {
        at.to_bytes(8, "little")[::-1] * (1 + at % 4): b"%d" % at * (1 + at % 9)
        for at in range(0, 10_000 * 7919, 7919)
    }
    assert len(pairs) == 10_000
    for version in VERSIONS:
        assert trie_root(pairs, version) == plain_root(pairs, version)
