"""Scenarios: what a devnet can be asked to live through."""
