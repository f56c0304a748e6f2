"""The pallets: every rule of the chain."""
