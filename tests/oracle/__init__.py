"""Experiments with the production runtime, where it is at hand (see walk.py)."""
