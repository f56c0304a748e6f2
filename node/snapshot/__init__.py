"""The state of a chain after one block, whole, in one file."""
