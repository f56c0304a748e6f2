"""Recorded chains: reading and writing traces, and replaying them on the runtime."""
