"""A devnet in one command: nodes as processes, a live table, scenarios with a verdict."""
