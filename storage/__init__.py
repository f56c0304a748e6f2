"""Key-value engines, the state trie, blocks and states on disk."""
