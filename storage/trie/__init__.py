"""The base-16 Merkle trie, both state versions, with proofs."""
