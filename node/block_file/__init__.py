"""Blocks of a chain in a file, in the two forms in which Substrate's nodes hand them on."""
