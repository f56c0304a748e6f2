"""Knowing peers: address records, the address book, exchange."""
