"""A dry run of an upgrade: what a new runtime would do to the state of a chain."""
