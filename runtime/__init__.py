"""The state transition: pallets, the executive, the runtime APIs."""
