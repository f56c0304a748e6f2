"""Spreading blocks and extrinsics."""
