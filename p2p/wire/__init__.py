"""Bytes on the wire: frames, Noise, messages, limits."""
