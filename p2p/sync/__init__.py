"""Catching up with the best chain of the peers."""
