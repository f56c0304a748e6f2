"""The node: everything that meets the world, and where the parts are put together."""
