"""Runtimes as Python sources in one blob: their format, what they may contain, how they run."""
